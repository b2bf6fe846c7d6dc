package dev.sandbar.core.bundle;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.attest.Enforcement;
import dev.sandbar.core.bind.NodeBinder;
import dev.sandbar.core.compile.DeviceFacts;
import dev.sandbar.core.compile.TestDevice;
import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.AppSpec.DriftMode;
import dev.sandbar.core.model.FlowText;
import dev.sandbar.core.model.Location;
import dev.sandbar.core.model.Node;
import dev.sandbar.core.model.SafeText;
import dev.sandbar.core.model.SpecReader;
import dev.sandbar.core.report.Condition;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class BundleTest {
  private static final String DIGEST = "ab".repeat(32);

  private static BundleEntry entry(String name, String spec) {
    return new BundleEntry(new AppName(name), FlowText.parse(spec), 3, "main@sha1:1", DIGEST);
  }

  /** An operator of an earlier release publishes what it has. */
  @Test
  void aSpecOfAnEarlierReleaseIsReadAsItWas() {
    assertThat(
            SpecReader.read(
                entry("old", "{run: {command: [/bin/old]}, drift: Correct}").document()))
        .isInstanceOfSatisfying(
            SpecReader.Read.class,
            read -> assertThat(read.app().drift().mode()).isEqualTo(DriftMode.CORRECT));
  }

  @Test
  void aNumberBeyondAllNumbersIsReadAsItIsWritten() {
    Node number = new Node.Scalar(new Location("", 0, 0), Node.Kind.DECIMAL, "100E2147483647");
    Node apps = Node.mapping(List.of(Node.entry("pump", number)));
    Node spec = Node.mapping(List.of(Node.entry("apps", apps)));
    assertThat(BundleReading.read(spec).refused()).containsOnlyKeys(new AppName("pump"));
  }

  private static final Bundle TWO =
      Bundle.of(
          List.of(
              entry("pump", "{run: {command: [/bin/pump, \"1\"]}, permissions: {internet: true}}"),
              entry("valve", "{run: {command: [/bin/valve]}, mode: Open}")));

  @Test
  void whatWasWrittenIsRead() {
    for (Decommission decommission : Decommission.values()) {
      var bundle = new Bundle(TWO.entries(), decommission);
      BundleReading reading = BundleReading.read(bundle.toNode());
      assertThat(reading.bundle().decommission()).isEqualTo(decommission);
      assertThat(reading.digest()).isEqualTo(bundle.digest());
      assertThat(reading.bundle().entries().keySet()).isEqualTo(TWO.entries().keySet());
      assertThat(reading.problems()).isEmpty();
      assertThat(reading.complete()).isTrue();
    }
  }

  @Test
  void theDigestDoesNotDependOnHowAServerStoresTheEntries() {
    assertThat(Bundle.digest(reversed(TWO.apps()))).isEqualTo(TWO.digest());
    assertThat(Bundle.digest(FlowText.parse("{a: {n: 1.0, gone: null}}")))
        .isEqualTo(Bundle.digest(FlowText.parse("{a: {n: 1}}")));
    assertThat(Bundle.digest(FlowText.parse("{a: {n: \"1\"}}")))
        .isNotEqualTo(Bundle.digest(FlowText.parse("{a: {n: 1}}")));
    assertThat(Bundle.digest(FlowText.parse("{a: {n: [a, b]}}")))
        .isNotEqualTo(Bundle.digest(FlowText.parse("{a: {n: [b, a]}}")));
    assertThat(Bundle.digest(FlowText.parse("{a: {n: 1e999999999}}"))).isNotNull();
  }

  private static BundleEntry only(Bundle bundle) {
    assertThat(bundle.entries()).hasSize(1);
    return bundle.entries().values().iterator().next();
  }

  private static Node reversed(Node node) {
    if (!(node instanceof Node.Mapping mapping)) {
      return node;
    }
    var entries = new ArrayList<Node.Entry>();
    mapping.entries().forEach(e -> entries.add(Node.entry(e.key(), reversed(e.value()))));
    Collections.reverse(entries);
    return Node.mapping(entries);
  }

  @Test
  void absenceMeansRemovalOnlyUnderADigestThatFits() {
    assertThat(BundleReading.read(Bundle.of(List.of()).toNode()).complete()).isTrue();
    for (String spec :
        List.of("{}", "{apps: {}}", "{digest: " + DIGEST + "}", "{apps: 7}", "[]", "null")) {
      assertThat(BundleReading.read(FlowText.parse(spec)).complete()).as(spec).isFalse();
    }
    Node edited =
        Node.mapping(
            List.of(
                Node.entry("digest", Node.text(TWO.digest().hex())),
                Node.entry("apps", Bundle.of(List.of(entry("pump", "{run: {}}"))).apps())));
    BundleReading reading = BundleReading.read(edited);
    assertThat(reading.complete()).isFalse();
    assertThat(reading.bundle().entries()).containsOnlyKeys(new AppName("pump"));
    assertThat(reading.problems().getFirst().message()).contains("does not match its digest");
  }

  /** Whoever could change this field alone would have every app removed. */
  @Test
  void theEndOfServiceIsUnderTheDigestToo() {
    for (Decommission written : Decommission.values()) {
      for (Decommission changed : Decommission.values()) {
        Node spec =
            with(
                new Bundle(TWO.entries(), changed).toNode(),
                "digest",
                Node.text(new Bundle(TWO.entries(), written).digest().hex()));
        BundleReading reading = BundleReading.read(spec);
        assertThat(reading.complete()).isEqualTo(written == changed);
        assertThat(reading.bundle().decommission())
            .isEqualTo(written == changed ? written : Decommission.NONE);
      }
    }
    Node more =
        with(
            new Bundle(TWO.entries(), Decommission.KEEP_APPS).toNode(),
            "decommission",
            FlowText.parse("{removeApps: false, wipe: true}"));
    assertThat(BundleReading.read(more).complete()).as("a field of a later version").isFalse();
  }

  private static Node with(Node spec, String field, Node value) {
    var entries = new ArrayList<Node.Entry>();
    spec.fields()
        .forEach((key, old) -> entries.add(Node.entry(key, key.equals(field) ? value : old)));
    return Node.mapping(entries);
  }

  @Test
  void aWrongEntryCostsItselfAlone() {
    Node spec =
        FlowText.parse(
            "{apps: {good: {spec: {run: {}}, generation: 4}, bad: {spec: 7}, empty: {}, UPPER:"
                + " {}}}");
    BundleReading reading = BundleReading.read(spec);
    assertThat(reading.bundle().entries()).containsOnlyKeys(new AppName("good"));
    assertThat(only(reading.bundle()).revision()).isEqualTo("generation/4");
    assertThat(reading.refused()).containsOnlyKeys(new AppName("bad"), new AppName("empty"));
    assertThat(reading.problems().toString()).contains("UPPER");
    assertThat(reading.complete()).isFalse();
  }

  @Test
  void tooManyAppsChangeNothing() {
    var entries = new ArrayList<BundleEntry>();
    for (int i = 0; i <= Bundle.MAX_APPS; i++) {
      entries.add(entry("a" + i, "{run: {}}"));
    }
    BundleReading reading = BundleReading.read(Bundle.of(entries).toNode());
    assertThat(reading.complete()).isFalse();
    assertThat(reading.bundle().entries()).isEmpty();
  }

  @Test
  void anEntryReadsLikeAFileAndSaysWhereItCameFrom() {
    assertThat(SpecReader.read(entry("pump", "{run: {command: [/bin/pump]}}").document()))
        .isInstanceOf(SpecReader.Read.class);
    var outcome =
        SpecReader.read(entry("pump", "{run: {}, permissions: {inetrnet: true}}").document());
    assertThat(outcome.diagnostics().toString())
        .contains("appsandbox/pump: error:")
        .contains("inetrnet");
  }

  @Test
  void aReportComesBackAsItWentAndIsBounded() {
    var drift =
        new ReportedDrift("FILE", "x".repeat(999), "a", "b\ud83d\ude00", "2026-01-01T00:00:00Z");
    var condition =
        new Condition(
            Condition.Type.READY,
            Condition.Status.TRUE,
            "Succeeded",
            "m".repeat(9_999),
            Instant.EPOCH);
    var app =
        new ReportedApp(
            3,
            "r".repeat(999),
            DIGEST,
            Enforcement.DEGRADED,
            Collections.nCopies(100, "internet"),
            Collections.nCopies(100, "TasksMax".repeat(99)),
            new ReportedDirectives(40, 1, 2, 3),
            "1.2",
            List.of(condition),
            Collections.nCopies(100, drift),
            -1);
    var status =
        new BundleStatus(
                7, DIGEST, "now", new TreeMap<>(Map.of(new AppName("pump"), app)), List.of(), true)
            .with("packed");
    assertThat(NodeBinder.readLenient(BundleStatus.class, NodeBinder.write(status)))
        .isEqualTo(status);
    assertThat(app.drifts()).hasSize(ReportedApp.MAX_DRIFTS);
    assertThat(app.ignored()).isZero();
    assertThat(app.granted()).hasSize(ReportedApp.MAX_GRANTED);
    assertThat(app.conditions().getFirst().message()).hasSize(ReportedApp.MAX_MESSAGE);
    assertThat(NodeBinder.readLenient(BundleStatus.class, FlowText.parse("[1, 2]")).apps())
        .isEmpty();
    assertThat(SafeText.cut("a\ud83d\ude00", 2)).isEqualTo("a");
    assertThat(status.with("x".repeat(ReportedFacts.MAX_SYSTEM_CALLS)).systemCalls()).isNotEmpty();
    assertThat(status.with("x".repeat(ReportedFacts.MAX_SYSTEM_CALLS + 1)).systemCalls())
        .as("part of a table is none")
        .isEmpty();
  }

  /** The schema of the kinds drops what it does not know. */
  @Test
  void aReportHasTheFieldsOfTheKind() {
    var drift = new ReportedDrift("FILE", "UMask", "a", "b", "2026-01-01T00:00:00Z");
    var condition =
        new Condition(Condition.Type.READY, Condition.Status.TRUE, "Succeeded", "m", Instant.EPOCH);
    var app =
        new ReportedApp(
            3,
            "main",
            "d",
            Enforcement.DEGRADED,
            List.of("internet"),
            List.of("TasksMax"),
            new ReportedDirectives(40, 1, 2, 3),
            "1.2",
            List.of(condition),
            List.of(drift),
            2);
    var status =
        new BundleStatus(
                7, "d", "now", new TreeMap<>(Map.of(new AppName("pump"), app)), List.of(), true)
            .with("packed");
    assertThat(
            CanonicalText.same(
                NodeBinder.write(status),
                FlowText.parse(
                    "{observedGeneration: 7, digest: d, reportedAt: now, apps: {pump: {generation:"
                        + " 3, revision: main, rendered: d, enforcement: Degraded, granted:"
                        + " [internet], notEnforced: [TasksMax], directives: {enforced: 40,"
                        + " degraded: 1, unsupported: 2, unknown: 3}, exposure: \"1.2\","
                        + " conditions: [{type: Ready, status: \"True\", reason: Succeeded,"
                        + " message: m, lastTransitionTime: \"1970-01-01T00:00:00Z\"}], drifts:"
                        + " [{layer: FILE, subject: UMask, declared: a, observed: b, since:"
                        + " \"2026-01-01T00:00:00Z\"}], ignored: 2}}, conditions: [],"
                        + " decommissioned: true, systemCalls: packed}")))
        .isTrue();
  }

  @Test
  void factsComeBackAsTheyWent() {
    DeviceFacts facts = TestDevice.with(257);
    assertThat(FactsNode.read(FactsNode.toNode(facts))).isEqualTo(facts);
    var reported = ReportedFacts.of(facts, "packed", "1.0");
    assertThat(NodeBinder.readLenient(ReportedFacts.class, NodeBinder.write(reported)))
        .isEqualTo(reported);
    String recipient = "age1dr0ensuhgux0ha5p0tf9u6cq544c9xkn9udgz9xqht4878v7gq3sfx5eha";
    ReportedFacts sealed = reported.to(recipient);
    assertThat(NodeBinder.readLenient(ReportedFacts.class, NodeBinder.write(sealed)))
        .isEqualTo(sealed);
    assertThat(sealed.recipient()).isEqualTo(recipient);
    for (String none :
        List.of("", recipient + "\n", recipient.replace('q', 'b'), "AGE-SECRET-KEY-1")) {
      assertThat(sealed.to(none)).as("the rest is kept").isEqualTo(reported);
    }
    SyscallTable table =
        NodeBinder.readLenient(SyscallTable.class, NodeBinder.write(SyscallTable.of(facts)));
    assertThat(reported.with(table.syscalls(), facts.labels())).isEqualTo(facts);
  }

  @Test
  void theDigestOfFactsFollowsWhatTheCompilerDependsOn() {
    DeviceFacts facts = TestDevice.with(257);
    assertThat(FactsNode.digest(facts.configured(Map.of("site", "other"), facts.volumes())))
        .isEqualTo(FactsNode.digest(facts));
    assertThat(FactsNode.digest(facts.configured(facts.labels(), Map.of())))
        .isNotEqualTo(FactsNode.digest(facts));
    assertThat(FactsNode.digest(TestDevice.with(256))).isNotEqualTo(FactsNode.digest(facts));
  }

  @Test
  void grantedSaysEachPermissionInOneText() {
    assertThat(
            granted(
                "{run: {command: [/x]}, permissions: {internet: true, internetTo: [{cidr:"
                    + " 203.0.113.0/24}], ports: [{name: web, port: 8080}], state: true,"
                    + " localNetwork: false}}"))
        .containsExactly("internetTo=203.0.113.0/24", "ports=8080/tcp", "state");
    assertThat(granted("{run: {command: [/x]}}")).isEmpty();
    assertThat(granted("{run: {command: [/x]}, mode: Open, permissions: {internet: false}}"))
        .doesNotContain("internet")
        .contains("localNetwork", "state");
  }

  private static List<String> granted(String spec) {
    return Granted.of(FlowText.read("pump", spec));
  }
}
