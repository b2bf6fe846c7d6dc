package dev.sandbar.cli.fleet;

import dev.sandbar.cli.document.Envelope;
import dev.sandbar.cli.terminal.Page;
import dev.sandbar.cli.terminal.Style;
import dev.sandbar.core.model.Node;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;

/**
 * What became of something that was asked for.
 *
 * @param good whether it is as the user wants it
 * @param message one line
 * @param fields for machines
 */
public record Done(
    boolean good, String message, SequencedMap<String, String> fields, List<String> notes)
    implements FleetView {
  public Done {
    fields = new LinkedHashMap<>(fields);
    notes = List.copyOf(notes);
  }

  /** Something was done to one object. */
  static Done of(boolean good, String action, String object, String message, String... notes) {
    var fields = new LinkedHashMap<String, String>();
    fields.put("action", action);
    fields.put("object", object);
    return new Done(good, message, fields, List.of(notes));
  }

  @Override
  public Page page() {
    var page = new Page();
    page.hanging(good ? "done  " : "failed  ", good ? Style.GOOD : Style.BAD, message);
    return page;
  }

  @Override
  public Node document() {
    var document = Envelope.of("FleetChange").put("good", good);
    for (Map.Entry<String, String> field : fields.entrySet()) {
      document.put(field.getKey(), field.getValue());
    }
    return document.put("message", message).build();
  }
}
