package dev.sandbar.device.store;

import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.Node;
import java.util.List;

/**
 * What was applied for one app, enough to apply it again without its source: to roll back, and to
 * go on when the network or the repository is gone.
 *
 * @param generation as stamped into the unit
 * @param revision of the source it came from, for example a Git commit; empty if unknown
 * @param unit text of the unit file
 * @param image digest in hexadecimal; empty for an app without
 * @param imageSource where the image was copied from
 * @param spec as it was read
 * @param appliedAt milliseconds since 1970
 */
public record AppRecord(
    AppName app,
    String generation,
    String revision,
    String unit,
    String image,
    String imageSource,
    Node spec,
    long appliedAt) {

  /** For {@link StateStore#save}. */
  public Node toNode() {
    return Fields.mapping(
        List.of(
            Fields.entry("app", Node.text(app.value())),
            Fields.entry("generation", Node.text(generation)),
            Fields.entry("revision", Node.text(revision)),
            Fields.entry("unit", Node.text(unit)),
            Fields.entry("image", Node.text(image)),
            Fields.entry("imageSource", Node.text(imageSource)),
            Fields.entry("spec", spec),
            Fields.entry("appliedAt", Node.number(appliedAt))));
  }

  /**
   * From {@link StateStore#load}.
   *
   * @throws IllegalArgumentException if it names no app
   */
  public static AppRecord fromNode(Node node) {
    Fields fields = Fields.of(node);
    return new AppRecord(
        new AppName(fields.text("app")),
        fields.text("generation"),
        fields.text("revision"),
        fields.text("unit"),
        fields.text("image"),
        fields.text("imageSource"),
        fields.node("spec"),
        fields.number("appliedAt"));
  }
}
