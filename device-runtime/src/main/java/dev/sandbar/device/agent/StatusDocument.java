package dev.sandbar.device.agent;

import dev.sandbar.core.bind.NodeBinder;
import dev.sandbar.core.compile.DeviceFacts;
import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.AppSpec.DriftMode;
import dev.sandbar.core.model.Cidr;
import dev.sandbar.core.model.Diagnostic;
import dev.sandbar.core.model.Node;
import dev.sandbar.core.model.Problem;
import dev.sandbar.core.model.SpecReader;
import dev.sandbar.core.model.UnitName;
import dev.sandbar.core.plan.Difference.Layer;
import dev.sandbar.core.plan.IgnoredDifference;
import dev.sandbar.core.report.Condition;
import dev.sandbar.core.report.DirectiveCounts;
import dev.sandbar.core.report.Drift;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.SortedMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What the agent says of itself and its apps, as a document. It always says how fresh it is, and
 * never holds a secret.
 *
 * @param uptimeSeconds when it was written: how long after the boot
 * @param staleAfterSeconds when it must not be believed any more
 * @param bootId which boot that was
 * @param agent the program that writes it
 * @param source how the source does
 */
record StatusDocument(
    String apiVersion,
    String kind,
    Instant writtenAt,
    long uptimeSeconds,
    long staleAfterSeconds,
    String bootId,
    Process agent,
    Device device,
    Node source,
    List<Finding> problems,
    List<App> apps) {

  private static final String VERSION =
      Objects.requireNonNullElse(
          StatusDocument.class.getPackage().getImplementationVersion(), "development");

  /**
   * @param lastHandledReconcileAt the request of a person that was handled last; empty if none was
   * @param suspended whether all apps are
   * @param exposure level that systemd-analyze security gives its own service; empty if it runs as
   *     none
   */
  private record Process(
      String version, String lastHandledReconcileAt, boolean suspended, String exposure) {}

  private record Device(int systemd, String kernel, String architecture) {}

  private record Finding(String severity, Problem problem, String at, String message, String help) {
    static Finding of(Diagnostic found) {
      return new Finding(
          found.severity().name().toLowerCase(Locale.ROOT),
          found.problem(),
          found.at().toString(),
          found.message(),
          found.help());
    }
  }

  /**
   * @param permissions that the version on the device grants; null if that cannot be read
   * @param held why a person on the device holds it at the version that runs; empty if nobody does
   * @param exposure level that systemd-analyze security gives its unit, as it is declared; empty if
   *     nothing of it shall run
   * @param declaredIn file that declares it; empty if it is not known
   * @param drift differences that last
   * @param ignore rules of its spec, each with how many differences it suppresses now
   * @param ignored those differences
   * @param hosts that internetTo names; null if it names none
   */
  private record App(
      AppName name,
      UnitName unit,
      String revision,
      String generation,
      boolean suspended,
      String held,
      @Nullable List<String> permissions,
      DirectiveCounts directives,
      String exposure,
      List<Condition> conditions,
      List<Found> drift,
      String declaredIn,
      DriftMode driftMode,
      List<Rule> ignore,
      List<Ignored> ignored,
      @Nullable List<Resolved> hosts) {}

  /**
   * A host of {@code internetTo}.
   *
   * @param addresses that are open
   * @param refused others of the last answers
   */
  private record Resolved(String name, List<String> addresses, List<String> refused) {
    static List<Resolved> of(AppReport.Evidence evidence) {
      return evidence.hosts().entrySet().stream()
          .map(
              host ->
                  new Resolved(
                      host.getKey(),
                      host.getValue().addresses().stream().map(Cidr::toString).toList(),
                      host.getValue().refused().stream().map(Cidr::toString).toList()))
          .toList();
    }
  }

  private record Rule(String property, String reason, long suppresses) {
    static List<Rule> of(AppReport.Evidence evidence) {
      return evidence.drift().ignore().stream()
          .map(
              rule ->
                  new Rule(
                      rule.property(),
                      rule.reason(),
                      evidence.ignored().stream()
                          .filter(it -> it.rule().property().equals(rule.property()))
                          .count()))
          .toList();
    }
  }

  private record Ignored(
      UnitName unit,
      Layer layer,
      String subject,
      String declared,
      String observed,
      String property,
      String reason) {
    static Ignored of(IgnoredDifference ignored) {
      var found = ignored.difference();
      return new Ignored(
          found.unit(),
          found.layer(),
          found.subject().toString(),
          found.declared(),
          found.observed(),
          ignored.rule().property(),
          ignored.rule().reason());
    }
  }

  private record Found(
      UnitName unit, Layer layer, String subject, String declared, String observed, Instant since) {
    static Found of(Drift drift) {
      var found = drift.difference();
      return new Found(
          found.unit(),
          found.layer(),
          found.subject().toString(),
          found.declared(),
          found.observed(),
          drift.since());
    }
  }

  /**
   * @param ofAgent what is wrong with the agent's own files
   */
  static Node of(
      Stamp now,
      Duration staleAfter,
      String handled,
      Session session,
      Record source,
      Declared declared,
      List<Diagnostic> ofAgent,
      SortedMap<AppName, AppReport> reports,
      Memory memory) {
    DeviceFacts facts = session.facts();
    return NodeBinder.write(
        new StatusDocument(
            SpecReader.API_VERSION,
            "DeviceStatus",
            now.at(),
            now.boot().seconds(),
            staleAfter.toSeconds(),
            now.boot().boot(),
            new Process(VERSION, handled, memory.suspended().all(), session.exposure()),
            new Device(facts.systemdVersion(), facts.kernel(), facts.architecture()),
            NodeBinder.write(source),
            Stream.concat(ofAgent.stream(), declared.problems().stream()).map(Finding::of).toList(),
            reports.entrySet().stream().map(e -> app(e.getKey(), e.getValue(), memory)).toList()));
  }

  private static App app(AppName name, AppReport report, Memory memory) {
    return new App(
        name,
        memory.units().of(name),
        memory.revision(name),
        memory.generation(name),
        memory.suspended().covers(name),
        Optional.ofNullable(memory.holds().get(name)).map(hold -> hold.message(name)).orElse(""),
        report.evidence().permissions().known()
            ? report.evidence().permissions().permissions()
            : null,
        report.evidence().directives(),
        report.evidence().exposure(),
        List.copyOf(report.conditions().values()),
        report.drifts().stream().map(Found::of).toList(),
        report.evidence().declaredIn(),
        report.evidence().drift().mode(),
        Rule.of(report.evidence()),
        report.evidence().ignored().stream().map(Ignored::of).toList(),
        report.evidence().hosts().isEmpty() ? null : Resolved.of(report.evidence()));
  }
}
