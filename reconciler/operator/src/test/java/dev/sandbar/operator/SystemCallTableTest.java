package dev.sandbar.operator;

import static dev.sandbar.operator.TestFleet.soon;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sandbar.apiserver.ApiServer;
import dev.sandbar.apiserver.KubernetesApi;
import dev.sandbar.core.bind.NodeBinder;
import dev.sandbar.core.bundle.ReportedFacts;
import dev.sandbar.core.bundle.SyscallTable;
import dev.sandbar.core.bundle.TableDigest;
import dev.sandbar.core.compile.ReferenceDevice;
import dev.sandbar.operator.publish.Writes.Kind;
import dev.sandbar.source.text.PackedText;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Map;
import java.util.Objects;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;

/** The table of system calls of a device: in its facts, or in the status of its bundle. */
class SystemCallTableTest {
  private static final String PUMP = "run: {command: [/usr/bin/sleep, infinity]}\n";

  /** Needs the table: without it no group is known. */
  private static final String CALLS = PUMP + "systemCalls: {deny: [\"@reboot\"]}\n";

  private static String digest() {
    return TableDigest.of(TestFleet.TABLE);
  }

  private static String pump(TestFleet fleet, String device, String field) {
    return PublishingTest.app(fleet, device, "pump", field);
  }

  /** As an agent does it once it has a bundle. */
  private static void moveTable(TestFleet fleet, String device) {
    fleet.table(device, TestFleet.TABLE);
    fleet.facts(device, ReferenceDevice.facts(), digest());
  }

  private static long generation(TestFleet fleet, String device) {
    return Objects.requireNonNull(fleet.bundle(device)).getMetadata().getGeneration();
  }

  @Test
  void aDeviceThatMovesItsTableCompilesAsBefore(@KubernetesApi ApiServer api) {
    try (var fleet = new TestFleet(api)) {
      fleet.app("pump", CALLS);
      String rendered;
      try (var operator = new RunningOperator(api, fleet.namespace)) {
        // As an agent of an older release, and every agent that has no bundle yet.
        fleet.device("old", "{}");
        fleet.device("one", "{}");
        soon().until(() -> !pump(fleet, "old", "rendered").isEmpty());
        soon().until(() -> !pump(fleet, "one", "rendered").isEmpty());
        rendered = pump(fleet, "one", "rendered");
        moveTable(fleet, "one");
        fleet.takeOver("one");
        soon()
            .until(
                () ->
                    fleet
                        .condition(Kind.DEVICE, "one", "Ready")
                        .equals("True/ReconciliationSucceeded"));
        assertThat(generation(fleet, "one")).as("nothing was published anew").isEqualTo(1);
        assertThat(operator.counter("sandbar.compilations")).isEqualTo(1);
      }
      // With nothing in memory.
      fleet.app("pump", CALLS + "permissions: {state: true}\n");
      try (var operator = new RunningOperator(api, fleet.namespace)) {
        soon().until(() -> pump(fleet, "one", "generation").equals("2"));
        soon().until(() -> pump(fleet, "old", "generation").equals("2"));
        assertThat(pump(fleet, "one", "rendered"))
            .isEqualTo(pump(fleet, "old", "rendered"))
            .isNotEqualTo(rendered);
        assertThat(operator.counter("sandbar.compilations")).as("equal devices").isEqualTo(1);
        // An older agent again.
        fleet.facts("one", ReferenceDevice.facts());
        fleet.table("one", "");
        fleet.app("pump", CALLS);
        soon().until(() -> pump(fleet, "one", "generation").equals("3"));
        assertThat(operator.fatal).isEmpty();
      }
    }
  }

  @Test
  void aTableThatIsGoneTakesNoAppAway(@KubernetesApi ApiServer api) {
    try (var fleet = new TestFleet(api)) {
      fleet.app("pump", CALLS);
      try (var operator = new RunningOperator(api, fleet.namespace)) {
        fleet.device("one", "{}");
        soon().until(() -> !pump(fleet, "one", "rendered").isEmpty());
        moveTable(fleet, "one");
        assertThat(operator.fatal).isEmpty();
      }
      fleet.table("one", "");
      fleet.app("pump", CALLS + "permissions: {state: true}\n");
      // The digest alone makes no bundle.
      fleet.bareDevice("two", "{}");
      fleet.beat("two");
      fleet.facts("two", ReferenceDevice.facts(), digest());
      try (var operator = new RunningOperator(api, fleet.namespace)) {
        soon()
            .until(
                () -> {
                  fleet.beat("one");
                  return fleet
                      .field(Kind.APP_SANDBOX, "pump", "status", "problems")
                      .contains("has not reported yet what it can enforce");
                });
        assertThat(pump(fleet, "one", "generation")).as("as it was").isEqualTo("1");
        assertThat(generation(fleet, "one")).isEqualTo(1);
        assertThat(fleet.bundle("two")).isNull();
        // Each writes it where it can.
        fleet.table("one", TestFleet.TABLE);
        soon().until(() -> pump(fleet, "one", "generation").equals("2"));
        fleet.facts("two", ReferenceDevice.facts());
        soon().until(() -> pump(fleet, "two", "generation").equals("2"));
        assertThat(operator.fatal).isEmpty();
      }
    }
  }

  @Test
  void aTableThatLiesHarmsNobodyElse(@KubernetesApi ApiServer api) throws IOException {
    var groups = new TreeMap<String, SortedSet<String>>();
    groups.put("@reboot", new TreeSet<>());
    String own = PackedText.pack(NodeBinder.write(new SyscallTable(groups, new TreeSet<>())));
    Map<String, String> tables =
        Map.of(
            "liar", own, "noise", "sha256:not base64 at all", "bomb", bomb(), "digest", digest());
    try (var fleet = new TestFleet(api)) {
      fleet.app("pump", CALLS);
      try (var operator = new RunningOperator(api, fleet.namespace)) {
        fleet.device("honest", "{}");
        soon().until(() -> !pump(fleet, "honest", "rendered").isEmpty());
        String rendered = pump(fleet, "honest", "rendered");
        moveTable(fleet, "honest");
        for (String name : tables.keySet()) {
          fleet.device(name, "{}");
          soon().until(() -> fleet.bundle(name) != null);
        }
        // What they name is the table of another; what they send is not.
        tables.forEach(
            (name, table) -> {
              fleet.table(name, table);
              fleet.facts(name, ReferenceDevice.facts(), digest());
            });
        assertThatThrownBy(
                () -> fleet.table("liar", "A".repeat(ReportedFacts.MAX_SYSTEM_CALLS + 1)))
            .hasMessageContaining("systemCalls");
        assertThat(operator.fatal).isEmpty();
        fleet.app("pump", CALLS + "permissions: {state: true}\n");
        soon().until(() -> pump(fleet, "honest", "generation").equals("2"));
        fleet.app("pump", CALLS);
        soon().until(() -> pump(fleet, "honest", "generation").equals("3"));
        assertThat(pump(fleet, "honest", "rendered")).isEqualTo(rendered);
      }
      // What they send, named rightly, in an operator that knows nothing else.
      tables.forEach(
          (name, table) -> {
            fleet.table(name, table);
            fleet.facts(name, ReferenceDevice.facts(), TableDigest.of(table));
          });
      fleet.app("pump", CALLS + "permissions: {state: true}\n");
      try (var operator = new RunningOperator(api, fleet.namespace)) {
        soon().until(() -> pump(fleet, "honest", "generation").equals("4"));
        String rendered = pump(fleet, "honest", "rendered");
        // A table that is another with every write.
        for (int i = 0; i < 200; i++) {
          fleet.table("liar", own + " ".repeat(i));
        }
        fleet.app("pump", CALLS);
        soon().until(() -> pump(fleet, "honest", "generation").equals("5"));
        fleet.app("pump", CALLS + "permissions: {state: true}\n");
        soon().until(() -> pump(fleet, "honest", "generation").equals("6"));
        assertThat(pump(fleet, "honest", "rendered")).isEqualTo(rendered);
        tables.keySet().forEach(name -> assertThat(pump(fleet, name, "generation")).isNotEmpty());
        assertThat(operator.fatal).isEmpty();
      }
    }
  }

  /** Forty megabytes of blanks in sixty kilobytes. */
  private static String bomb() throws IOException {
    var bytes = new ByteArrayOutputStream();
    try (var gzip = new GZIPOutputStream(bytes)) {
      for (int i = 0; i < 40; i++) {
        gzip.write(" ".repeat(1 << 20).getBytes(StandardCharsets.US_ASCII));
      }
    }
    String packed = Base64.getEncoder().encodeToString(bytes.toByteArray());
    assertThat(packed).hasSizeLessThanOrEqualTo(ReportedFacts.MAX_SYSTEM_CALLS);
    return packed;
  }
}
