package dev.sandbar.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sandbar.core.model.DeviceSettings;
import dev.sandbar.vdev.Suite;
import dev.sandbar.vdev.VirtualDevice;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;

/**
 * Every way in which a device is known to drift: named while nobody may touch it, put right when
 * somebody may.
 */
class DriftZooTest {

  /** Files of others, which stay. */
  private static final List<String> OTHERS =
      List.of("ssh.service.d", "other-name.service.d", "other-file.service");

  private static final Duration LIMIT = Duration.ofMinutes(2);

  @TempDir private Path folder;

  @ParameterizedTest
  @OnEachSystemd
  void everyTamperingIsNamedThenPutRight(Suite suite) throws Exception {
    List<Tampering> zoo = Tampering.ZOO.stream().filter(t -> t.isTriedOn(suite)).toList();
    GitRepository repository = GitRepository.create(folder.resolve("fleet"));
    try (var device = VirtualDevice.named("zoo").suite(suite).boot();
        var server = new EventServer()) {
      device.put(Images.garbage(folder).file(), "/srv/images/other");
      device.write("/tmp/bpf", BpfScript.TEXT);
      declare(repository, device, zoo, "Detect");
      try (var loop =
          DeviceLoop.start(
              device,
              repository,
              s -> alerting(server).apply(DeviceLoop.checking(Duration.ofSeconds(2)).apply(s)))) {
        List<String> apps = zoo.stream().map(Tampering::app).toList();
        Apps.awaitReady(loop, apps);
        List<String> before = Apps.content(device);
        Instant begun = Instant.now();

        // systemd attaches an app's programs anew when a unit beside it starts, as the agent has
        // it do once a reload of 257 has lost those on ports: they are changed when that is over.
        List<Tampering> programs = zoo.stream().filter(Tampering::isOfPrograms).toList();
        List<Tampering> others = zoo.stream().filter(t -> !t.isOfPrograms()).toList();
        List<String> attached = portFilters(device, programs);
        run(device, others, Tampering::script);
        device.write("/etc/systemd/system/ssh.service.d/10-x.conf", "[Service]\nEnvironment=A=b\n");
        await().atMost(Apps.SOON).until(() -> Apps.state(device, "killed").equals("active"));
        List<String> tampered = stamps(device, apps);
        awaitNamed(loop, others);
        await()
            .atMost(Apps.SOON)
            .untilAsserted(() -> assertThat(portFilters(device, programs)).isEqualTo(attached));
        run(device, programs, Tampering::script);
        awaitNamed(loop, zoo);
        assertThat(sinces(loop, apps))
            .isNotEmpty()
            .allMatch(s -> !s.isBefore(begun) && !s.isAfter(Instant.now()));
        assertThat(stamps(device, apps)).as("nobody may touch it").isEqualTo(tampered);

        declare(repository, device, zoo, "Correct");
        List<Tampering> left = zoo.stream().filter(t -> !t.cure().isEmpty()).toList();
        for (Tampering t : zoo) {
          if (t.cure().isEmpty()) {
            Apps.awaitNoDrift(loop, t.app());
          }
        }
        for (Tampering t : left) {
          Apps.awaitDrift(loop, t.app(), t.drift());
        }
        assertThat(Apps.states(device, left.stream().map(Tampering::app).toList()))
            .as("a restart is of no use")
            .isSubsetOf(tampered);
        run(device, left, Tampering::cure);
        for (Tampering t : left) {
          Apps.awaitNoDrift(loop, t.app());
        }
        assertThat(
                Apps.content(device).stream()
                    .filter(line -> OTHERS.stream().noneMatch(line::contains)))
            .isEqualTo(before);
        assertThat(Apps.states(device, apps))
            .allMatch(app -> (app + " ").contains(" ActiveState=active "));
        assertThat(device.read("/etc/systemd/system/ssh.service.d/10-x.conf")).contains("A=b");
        assertThat(device.read("/opt/linked/x.conf")).as("what is not ours").contains("any");
        assertReceived(server, zoo);
      }
    }
  }

  private static UnaryOperator<DeviceSettings> alerting(EventServer server) {
    return DeviceLoop.alerting("- {name: hook, webhook: '%s'}".formatted(server.url()));
  }

  private static void awaitNamed(DeviceLoop loop, List<Tampering> zoo) throws Exception {
    for (Tampering t : zoo) {
      if (!t.drift().isEmpty()) {
        Apps.awaitDrift(loop, t.app(), t.drift());
        assertThat(loop.condition(t.app(), "Drifted")).isEqualTo("True");
      }
    }
    for (Tampering t : zoo) {
      if (t.drift().isEmpty()) {
        Apps.awaitNoDrift(loop, t.app());
      }
    }
  }

  /** How many programs on ports each app has. */
  private static List<String> portFilters(VirtualDevice device, List<Tampering> zoo) {
    String script =
        "for u; do perl /tmp/bpf count /sys/fs/cgroup$(systemctl show --value -p ControlGroup $u)"
            + " 8; done";
    List<String> command = new ArrayList<>(List.of("sh", "-ec", script, "sh"));
    zoo.forEach(t -> command.add(Apps.unit(t.app())));
    return device.exec(LIMIT, command.toArray(String[]::new)).orThrow().lines().toList();
  }

  /** One after the other in one go, each in a shell of its own. */
  private void run(VirtualDevice device, List<Tampering> zoo, Function<Tampering, String> part) {
    var script = new StringBuilder();
    for (Tampering t : zoo) {
      script
          .append("(")
          .append(variables(t))
          .append(part.apply(t))
          .append("\n)\n[ $? = 0 ] || echo 'failed: ")
          .append(t.app())
          .append("'\n");
    }
    device.write("/tmp/zoo", script.toString());
    assertThat(device.exec(LIMIT, "sh", "-c", "sh /tmp/zoo 2>&1").orThrow())
        .doesNotContain("failed: ");
  }

  private static void assertReceived(EventServer server, List<Tampering> zoo) {
    for (Tampering t : zoo) {
      if (!t.drift().isEmpty()) {
        String subject =
            t.drift().replaceFirst("^[A-Z]+ (\\.\\*)?", "").split("\\.\\*|:", 2)[0].strip();
        await()
            .atMost(Apps.SOON)
            .untilAsserted(
                () -> {
                  assertThat(server.received("DriftDetected", t.app(), subject))
                      .as("%s begins", t.app())
                      .isTrue();
                  assertThat(server.received("NoDriftDetected", t.app(), subject))
                      .as("%s ends", t.app())
                      .isTrue();
                });
      }
    }
    // That systemd 257 drops filters on ports in a storm of reloads is seen, and true.
    assertThat(server.events())
        .filteredOn(e -> e.body().contains("\"name\":\"touched\""))
        .allMatch(e -> e.body().contains("\"sandbar.dev/subject\":\"BPF BIND"));
  }

  private void declare(
      GitRepository repository, VirtualDevice device, List<Tampering> zoo, String mode)
      throws Exception {
    int variant = 0;
    for (Tampering t : zoo) {
      String drift = "drift: {mode: " + mode + "}" + t.spec();
      String manifest = Apps.waiting(t.app(), drift);
      if (t.hasImage()) {
        Images image = image(t, ++variant);
        device.put(image.file(), image.source());
        manifest = image.app(t.app(), drift);
      }
      repository.write(t.app() + ".yaml", manifest);
    }
    repository.commitAll(mode);
  }

  private Images image(Tampering t, int variant) throws Exception {
    assertThat(t.hasImage()).isTrue();
    return Images.probe(folder, variant);
  }

  private String variables(Tampering t) {
    try {
      int variant =
          (int)
                  Tampering.ZOO.stream()
                      .filter(Tampering::hasImage)
                      .takeWhile(o -> !o.app().equals(t.app()))
                      .count()
              + 1;
      String image = t.hasImage() ? image(t, variant).stored() : "";
      return """
      set -e; U=%s; F=%s; I=%s
      P=$(systemctl show --value -p MainPID $U)
      G=$(systemctl show --value -p ControlGroup $U)
      IN="nsenter -t $P -m"
      BPF="perl /tmp/bpf"
      """
          .formatted(Apps.unit(t.app()), Apps.file(t.app()), image);
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  /** When each file was changed, and which process runs. */
  private static List<String> stamps(VirtualDevice device, List<String> apps) {
    String script =
        "find /etc/systemd /run/systemd/system /run/systemd/system.control /var/lib/sandbar/images"
            + " -printf '%p %T@ %l\\n' 2>/dev/null | sort";
    Stream<String> files = device.exec("sh", "-c", script).stdout().lines();
    return Stream.concat(files, Apps.states(device, apps).stream()).toList();
  }

  private static List<Instant> sinces(DeviceLoop loop, List<String> apps) throws Exception {
    var sinces = new ArrayList<Instant>();
    for (String app : apps) {
      Texts.items(loop.app(app), "drift")
          .forEach(d -> sinces.add(Instant.parse(Texts.at(d, "since"))));
    }
    return sinces;
  }

  @Test
  void aRestartedManagerOrBusIsFollowedWithoutTouchingApps() throws Exception {
    GitRepository repository =
        GitRepository.create(folder.resolve("fleet"))
            .commit("kept.yaml", Apps.waiting("kept", "drift: {mode: Correct}"));
    try (var device = VirtualDevice.named("zoo").boot();
        var server = new EventServer();
        var loop = DeviceLoop.start(device, repository, alerting(server))) {
      Apps.awaitReady(loop, "kept");
      String pid = Apps.pid(device, "kept");

      device.exec("systemctl", "daemon-reexec").orThrow();
      device.exec("systemctl", "daemon-reload").orThrow();
      Apps.awaitNoDrift(loop, "kept");
      assertThat(Apps.pid(device, "kept")).isEqualTo(pid);
      Apps.stopAndAwaitReturn(device, "kept");

      String second = Apps.pid(device, "kept");
      device.exec("systemctl", "restart", "dbus.service").orThrow();
      await().atMost(Apps.SOON).until(() -> Objects.equals(Apps.pid(device, "kept"), second));
      Apps.stopAndAwaitReturn(device, "kept");
      Apps.awaitNoDrift(loop, "kept");

      // Asked for the programs on ports, systemd attaches this one too: it is named still.
      String group = "/sys/fs/cgroup" + Apps.show(device, "kept", "ControlGroup");
      device.write("/tmp/bpf", BpfScript.TEXT);
      device
          .exec("sh", "-ec", "perl /tmp/bpf detach " + group + " 1; systemctl daemon-reload")
          .orThrow();
      await()
          .atMost(Apps.SOON)
          .untilAsserted(
              () ->
                  assertThat(server.received("NoDriftDetected", "kept", "BPF EGRESS"))
                      .as("%s", server.events())
                      .isTrue());
      Apps.awaitNoDrift(loop, "kept");
    }
  }
}
