package dev.sandbar.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sandbar.core.bundle.FactsNode;
import dev.sandbar.core.compile.DeviceFacts;
import dev.sandbar.core.compile.Feature;
import dev.sandbar.core.model.Node;
import dev.sandbar.device.store.StateStore;
import dev.sandbar.vdev.Suite;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** A device refuses what it cannot enforce, says why, and stays as it is. */
final class CapabilityTest {

  private static final Duration LIMIT = Duration.ofSeconds(60);

  /** Everything that an agent may leave on a device, and whether it runs. */
  private static final String SNAPSHOT =
      """
      find /etc/systemd /run/systemd/system /run/systemd/system.control /usr/local/lib/systemd \
          /var/lib/sandbar/images /var/lib/private -name '*sandbar*' -o -name 'sha256-*' \
          -o -name '*refused*' 2>/dev/null | sort | xargs -r stat --format='%n %s %Y'
      systemctl list-units --all --plain --no-legend 'sandbar*' \
          | grep -v sandbar-refresh.slice | tr -s ' '
      systemctl show --property=MainPID,ExecMainStartTimestampMonotonic sandbar-steady.service
      """;

  /** Debian 12's systemd takes SocketBindAllow, reads it back, and does nothing. */
  @Test
  void systemd252RefusesPortsBecauseItCannotFilterThem() throws Exception {
    try (var bench = Workbench.boot(Suite.BOOKWORM, Map.of(), "")) {
      steady(bench);
      assertThat(bench.facts().features()).doesNotContain(Feature.CGROUP_BPF_SOCKET_BIND);
      String before = bench.sh(SNAPSHOT);

      bench.declare(
          Map.of(
              "refused",
              bench.probe(
                  "refused",
                  "",
                  "permissions: {localNetwork: true, ports: [{name: web, port: 8088}]}")));

      assertThat(refusal(bench, "refused"))
          .startsWith("False CannotEnforce refused.yaml:")
          .contains("SocketBindAllow", "ports", "BPF_FRAMEWORK");
      assertThat(bench.sh(SNAPSHOT)).isEqualTo(before);
    }
  }

  /** A new version that cannot be enforced leaves the old one running, and what lacks is named. */
  @Test
  void aDeviceWithoutAFeatureRefusesAndKeepsWhatRuns() throws Exception {
    Map<Feature, String> specs =
        new TreeMap<>(
            Map.of(
                Feature.SECCOMP, "",
                Feature.MOUNT_NAMESPACE, "",
                Feature.NETWORK_NAMESPACE, "",
                Feature.IPC_NAMESPACE, "",
                Feature.DYNAMIC_USER, "",
                Feature.CGROUP_BPF_IP, "permissions: {internet: true}",
                Feature.CGROUP_BPF_DEVICE,
                    "permissions: {devices: [{device: /dev/ttyS0, access: ReadOnly}]}",
                Feature.MEMORY_CONTROLLER, "directives: {MemoryMax: 64M}",
                Feature.CPU_CONTROLLER, "directives: {CPUWeight: 50}",
                Feature.IO_CONTROLLER, "directives: {IOWeight: 50}"));
    specs.put(Feature.ROOT_IMAGE, "");
    try (var bench = Workbench.boot(Suite.TRIXIE, Map.of(), "")) {
      steady(bench);
      DeviceFacts whole = bench.facts();
      for (var entry : specs.entrySet()) {
        Feature missing = entry.getKey();
        String app =
            "refused-" + missing.name().toLowerCase(java.util.Locale.ROOT).replace('_', '-');
        bench.restartAgent(() -> forget(bench, whole, List.of(missing)));
        String before = bench.sh(SNAPSHOT);

        String manifest =
            missing == Feature.ROOT_IMAGE
                ? bench.probe(app, "", "")
                : Workbench.hostProbe(app, "", entry.getValue());
        bench.declare(Map.of(app, manifest));

        assertThat(refusal(bench, app))
            .startsWith("False CannotEnforce")
            .contains("it lacks " + missing.title());
        assertThat(bench.sh(SNAPSHOT)).as("device without " + missing).isEqualTo(before);
        bench.withdraw(app);
      }
    }
  }

  /** What the real device lacks is found by asking it: here the memory controller, if it does. */
  @Test
  void theFactsAreThoseOfTheKernel() throws Exception {
    try (var bench = Workbench.boot(Suite.FORKY, Map.of(), "")) {
      steady(bench);
      var controllers = List.of(bench.sh("cat /sys/fs/cgroup/cgroup.controllers").split(" "));
      DeviceFacts facts = bench.facts();

      assertThat(facts.has(Feature.MEMORY_CONTROLLER)).isEqualTo(controllers.contains("memory"));
      assertThat(facts.has(Feature.PIDS_CONTROLLER)).isEqualTo(controllers.contains("pids"));
      assertThat(facts.has(Feature.CPU_CONTROLLER)).isEqualTo(controllers.contains("cpu"));
      assertThat(facts.has(Feature.IO_CONTROLLER)).isEqualTo(controllers.contains("io"));

      bench.declare(
          Map.of("limited", Workbench.hostProbe("limited", "", "directives: {MemoryMax: 96M}")));
      if (facts.has(Feature.MEMORY_CONTROLLER)) {
        bench.awaitReady(List.of("limited"));
        String group = "/sys/fs/cgroup/sandbar.slice/sandbar-limited.service/memory.max";
        assertThat(bench.sh("cat " + group)).isEqualTo(Integer.toString(96 << 20));
      } else {
        assertThat(refusal(bench, "limited"))
            .contains("it lacks " + Feature.MEMORY_CONTROLLER.title());
      }
    }
  }

  private static void steady(Workbench bench) throws IOException {
    // In open mode, so that no line of its unit depends on what the device can do.
    bench.declare(
        Map.of("steady", Workbench.hostProbe("steady", "--only, dev-null", "mode: Open")));
    bench.awaitReady(List.of("steady"));
  }

  private static String refusal(Workbench bench, String app) {
    return await()
        .atMost(LIMIT)
        .until(() -> bench.condition(app, "Ready"), c -> c.startsWith("False"));
  }

  /** Facts are found once per boot and then read from the disk: this changes those. */
  private static void forget(Workbench bench, DeviceFacts whole, List<Feature> missing) {
    var features = new TreeSet<>(whole.features());
    features.removeAll(missing);
    var facts =
        new DeviceFacts(
            whole.systemdVersion(),
            whole.kernel(),
            whole.architecture(),
            features,
            whole.syscalls(),
            whole.labels(),
            whole.volumes());
    var store = new StateStore(bench.device().root());
    if (!(store.load("facts") instanceof StateStore.Loaded.Found(Node document))) {
      throw new AssertionError("the agent saved no facts");
    }
    try {
      store.save(
          "facts",
          Node.mapping(
              List.of(
                  Node.entry("key", Objects.requireNonNull(document.fields().get("key"))),
                  Node.entry("facts", FactsNode.toNode(facts)))));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
