package dev.sandbar.device.agent;

import dev.sandbar.core.compile.DeviceFacts;
import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.Diagnostic;
import dev.sandbar.core.model.Node;
import dev.sandbar.core.model.SpecReader;
import dev.sandbar.core.report.Condition;
import dev.sandbar.core.report.Drift;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.SortedMap;

/**
 * What the agent says of itself and its apps, as a document. It always says how fresh it is, and
 * never holds a secret.
 */
final class StatusDocument {

  private static final String VERSION =
      Objects.requireNonNullElse(
          StatusDocument.class.getPackage().getImplementationVersion(), "development");

  private StatusDocument() {}

  /**
   * Builds it.
   *
   * @param staleAfter when it must not be believed any more
   * @param handled the request of a person that was handled last; empty if none was
   * @param source how the source does
   */
  static Node of(
      Instant now,
      Duration staleAfter,
      String handled,
      DeviceFacts facts,
      Node source,
      Declared declared,
      SortedMap<AppName, AppReport> reports,
      Memory memory) {
    return Node.mapping(
        List.of(
            Node.entry("apiVersion", Node.text(SpecReader.API_VERSION)),
            Node.entry("kind", Node.text("DeviceStatus")),
            Node.entry("writtenAt", Node.text(now.toString())),
            Node.entry("staleAfterSeconds", Node.number(staleAfter.toSeconds())),
            Node.entry(
                "agent",
                Node.mapping(
                    List.of(
                        Node.entry("version", Node.text(VERSION)),
                        Node.entry("lastHandledReconcileAt", Node.text(handled)),
                        Node.entry("suspended", Node.flag(memory.suspended().all()))))),
            Node.entry(
                "device",
                Node.mapping(
                    List.of(
                        Node.entry("systemd", Node.number(facts.systemdVersion())),
                        Node.entry("kernel", Node.text(facts.kernel())),
                        Node.entry("architecture", Node.text(facts.architecture()))))),
            Node.entry("source", source),
            Node.entry(
                "problems",
                Node.list(declared.problems().stream().map(StatusDocument::problem).toList())),
            Node.entry(
                "apps",
                Node.list(
                    reports.entrySet().stream()
                        .map(e -> app(e.getKey(), e.getValue(), memory))
                        .toList()))));
  }

  private static Node problem(Diagnostic diagnostic) {
    return Node.mapping(
        List.of(
            Node.entry(
                "severity", Node.text(diagnostic.severity().name().toLowerCase(Locale.ROOT))),
            Node.entry("problem", Node.text(diagnostic.problem().name())),
            Node.entry("at", Node.text(diagnostic.at().toString())),
            Node.entry("message", Node.text(diagnostic.message())),
            Node.entry("help", Node.text(diagnostic.help()))));
  }

  private static Node app(AppName name, AppReport report, Memory memory) {
    var entries = new ArrayList<Node.Entry>();
    entries.add(Node.entry("name", Node.text(name.value())));
    entries.add(Node.entry("revision", Node.text(memory.revision(name))));
    entries.add(Node.entry("generation", Node.text(memory.generation(name))));
    entries.add(Node.entry("suspended", Node.flag(memory.suspended().covers(name))));
    entries.add(
        Node.entry(
            "permissions",
            Node.list(report.evidence().permissions().stream().map(Node::text).toList())));
    entries.add(
        Node.entry(
            "conditions",
            Node.list(
                report.conditions().values().stream().map(StatusDocument::condition).toList())));
    entries.add(
        Node.entry(
            "drift", Node.list(report.drifts().stream().map(StatusDocument::drift).toList())));
    return Node.mapping(entries);
  }

  private static Node condition(Condition condition) {
    return Node.mapping(
        List.of(
            Node.entry("type", Node.text(condition.type().text())),
            Node.entry("status", Node.text(condition.status().text())),
            Node.entry("reason", Node.text(condition.reason().text())),
            Node.entry("message", Node.text(condition.message())),
            Node.entry("lastTransitionTime", Node.text(condition.since().toString()))));
  }

  private static Node drift(Drift drift) {
    return Node.mapping(
        List.of(
            Node.entry("unit", Node.text(drift.difference().unit().value())),
            Node.entry("layer", Node.text(drift.difference().layer().name())),
            Node.entry("subject", Node.text(drift.difference().subject().toString())),
            Node.entry("declared", Node.text(drift.difference().declared())),
            Node.entry("observed", Node.text(drift.difference().observed())),
            Node.entry("since", Node.text(drift.since().toString()))));
  }
}
