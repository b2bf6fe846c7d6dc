package dev.sandbar.core.bundle;

import dev.sandbar.core.model.Node;
import java.util.ArrayList;
import java.util.List;

/**
 * What a device says of one app. Whatever it is made from, it is bounded.
 *
 * @param generation of the AppSandbox that runs; 0 if none does
 * @param revision of the source that runs; empty if none does
 * @param rendered digest of the unit that runs; empty if none does
 * @param granted permissions that the running unit grants, as {@code key} or {@code key=detail}; at
 *     most {@value #MAX_GRANTED}
 * @param notEnforced directives of the spec that the device cannot hold, so that the running unit
 *     leaves them out; at most {@value #MAX_NOT_ENFORCED}
 * @param conditions at most {@value #MAX_CONDITIONS}
 * @param drifts at most {@value #MAX_DRIFTS}
 */
public record ReportedApp(
    long generation,
    String revision,
    String rendered,
    Enforcement enforcement,
    List<String> granted,
    List<String> notEnforced,
    List<ReportedCondition> conditions,
    List<ReportedDrift> drifts) {

  /** The most drifts of one app. */
  public static final int MAX_DRIFTS = 20;

  /** The most permissions of one app. */
  public static final int MAX_GRANTED = 64;

  /** The most directives that are not enforced of one app. */
  public static final int MAX_NOT_ENFORCED = 32;

  /** The longest name of a directive, in characters. */
  public static final int MAX_DIRECTIVE = 64;

  /** The most conditions of one app. */
  public static final int MAX_CONDITIONS = 8;

  /** The longest text of a permission, in characters. */
  public static final int MAX_GRANT = 256;

  public ReportedApp {
    revision = Values.cut(revision, BundleEntry.MAX_REVISION);
    rendered = Values.cut(rendered, 64);
    granted = granted.stream().limit(MAX_GRANTED).map(text -> Values.cut(text, MAX_GRANT)).toList();
    notEnforced =
        notEnforced.stream()
            .limit(MAX_NOT_ENFORCED)
            .map(text -> Values.cut(text, MAX_DIRECTIVE))
            .toList();
    conditions = conditions.stream().limit(MAX_CONDITIONS).toList();
    drifts = drifts.stream().limit(MAX_DRIFTS).toList();
  }

  /** As in {@code status.apps} of a DeviceBundle. */
  public Node toNode() {
    return Node.mapping(
        List.of(
            Node.entry("generation", Node.number(generation)),
            Node.entry("revision", Node.text(revision)),
            Node.entry("rendered", Node.text(rendered)),
            Node.entry("enforcement", Node.text(enforcement.text())),
            Node.entry("granted", Values.texts(granted)),
            Node.entry("notEnforced", Values.texts(notEnforced)),
            Node.entry(
                "conditions",
                Node.list(conditions.stream().map(ReportedCondition::toNode).toList())),
            Node.entry("drifts", Node.list(drifts.stream().map(ReportedDrift::toNode).toList()))));
  }

  /** From a status. */
  public static ReportedApp read(Node node) {
    Values fields = Values.of(node);
    var conditions = new ArrayList<ReportedCondition>();
    fields
        .items("conditions", MAX_CONDITIONS)
        .forEach(item -> conditions.add(ReportedCondition.read(item)));
    var drifts = new ArrayList<ReportedDrift>();
    fields.items("drifts", MAX_DRIFTS).forEach(item -> drifts.add(ReportedDrift.read(item)));
    return new ReportedApp(
        fields.number("generation"),
        fields.text("revision", BundleEntry.MAX_REVISION),
        fields.text("rendered", 64),
        Enforcement.of(fields.text("enforcement", 32)),
        fields.texts("granted", MAX_GRANTED, MAX_GRANT),
        fields.texts("notEnforced", MAX_NOT_ENFORCED, MAX_DIRECTIVE),
        conditions,
        drifts);
  }
}
