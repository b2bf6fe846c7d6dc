package dev.sandbar.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sandbar.core.model.AppName;
import dev.sandbar.device.agent.AgentRequest;
import dev.sandbar.vdev.CommandResult;
import dev.sandbar.vdev.Suite;
import dev.sandbar.vdev.VirtualDevice;
import dev.sandbar.vdev.VirtualNetwork;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;

/** Versions that have to show that they are ready, and what becomes of those that are not. */
class HealthTest {

  private static final String READY = "/var/lib/private/sandbar-app/ready";
  private static final String CHECKS = "/run/systemd/system/sandbar.check-*";

  /** An app whose state says in which network it is, and whether it is ready. */
  private static String asked(String name, String health, String begin) {
    return asked(name, "permissions: {state: true}", health, begin, "true");
  }

  private static String asked(
      String name, String permissions, String health, String begin, String more) {
    return """
        apiVersion: sandbar.dev/v1alpha1
        kind: AppSandbox
        metadata: {name: %s}
        spec:
          run: {command: [/run/app/start]}
          %s
          health: {ready: {exec: {command: [/run/app/check]}}, %s}
          files:
            - path: /run/app/start
              mode: "0555"
              content: |
                #!/bin/sh
                readlink /proc/self/ns/net >"$STATE_DIRECTORY/net"
                %s
                exec sleep infinity
            - path: /run/app/check
              mode: "0555"
              content: |
                #!/bin/sh
                cat /etc/shadow && exit 3
                touch /etc/mine && exit 4
                %s
                [ -O "$STATE_DIRECTORY/net" ] || exit 6
                [ -e "$STATE_DIRECTORY/ready" ] || exit 7
        """
        .formatted(name, permissions, health, begin, more);
  }

  private static String listening(String more, String program) {
    return """
        apiVersion: sandbar.dev/v1alpha1
        kind: AppSandbox
        metadata: {name: web}
        spec:
          run: {command: [/usr/bin/perl, /run/web/program]}
          permissions: {localNetwork: true, ports: [{name: http, port: 8088}]}
          health: {ready: {tcp: {port: 8088}}, %s}
          files:
            - path: /run/web/program
              content: |
                use Socket;
                %s
                sleep;
        """
        .formatted(more, program);
  }

  private static final String LISTENS =
      "socket(my $s, PF_INET, SOCK_STREAM, 0) or die; sleep 1;"
          + " bind($s, pack_sockaddr_in(8088, INADDR_ANY)) or die; listen($s, 5) or die;";

  @ParameterizedTest
  @OnEachSystemd
  void aCommandAsksInTheSandboxOfTheApp(Suite suite, @TempDir Path folder) throws Exception {
    GitRepository repository =
        GitRepository.create(folder.resolve("fleet"))
            .commit("other.yaml", Apps.waiting("other"))
            .commit(
                "asked.yaml", asked("asked", "within: 60s", "touch \"$STATE_DIRECTORY/ready\""));
    try (var device = VirtualDevice.named("health").suite(suite).boot();
        var loop = DeviceLoop.start(device, repository)) {
      Apps.awaitReady(loop, "asked");
      // It is not asked any more, and nothing of that is left.
      await().atMost(Apps.SOON).until(() -> checks(device).isEmpty());
      assertThat(loop.drifts("asked")).isEmpty();
      String pid = Apps.pid(device, "asked");

      repository.commit(
          "asked.yaml", asked("asked", "within: 2s", "rm \"$STATE_DIRECTORY/ready\""));
      awaitRolledBack(
          loop,
          "asked",
          "it was not ready within 2 s: the command of the check ended with exit code 7");
      await().atMost(Apps.SOON).until(() -> Apps.state(device, "asked").equals("active"));
      assertThat(Apps.pid(device, "asked")).isNotEqualTo(pid);

      repository.remove("asked.yaml");
      Apps.awaitRemoved(loop, device, "asked");
      await().atMost(Apps.SOON).until(() -> checks(device).isEmpty());
    }
  }

  @Test
  void aVersionThatIsNotReadyIsRolledBackOnce(@TempDir Path folder) throws Exception {
    GitRepository repository =
        GitRepository.create(folder.resolve("fleet"))
            .commit("web.yaml", listening("within: 60s", LISTENS));
    try (var device = VirtualDevice.named("ready").suite(Suite.TRIXIE).boot()) {
      try (var loop = DeviceLoop.start(device, repository)) {
        Apps.awaitReady(loop, "web");

        repository.commit("web.yaml", listening("within: 3s", "sleep 1;"));
        awaitRolledBack(
            loop,
            "web",
            "it was not ready within 3 s: no process of it listens on TCP port 8088 at any address");
        assertThat(loop.why("web", "Ready")).contains("not tried again");
        assertThat(loop.condition("web", "Stalled")).isEqualTo("True");
        awaitListens(device);
      }
      // Nor by another agent, nor with another commit.
      String invocation = Apps.invocation(device, "web");
      try (var loop = DeviceLoop.start(device, repository)) {
        repository.commit("other.yaml", Apps.waiting("other"));
        Apps.awaitReady(loop, "other");
        awaitRolledBack(loop, "web", "not tried again");
        assertThat(Apps.invocation(device, "web")).isEqualTo(invocation);

        // Nor by what somebody wants of another app, or of all.
        var other = new AppName("other");
        asked(device, AgentRequest.Verb.HOLD, other);
        asked(device, AgentRequest.Verb.RELEASE, other);
        asked(device, AgentRequest.Verb.RECONCILE, null);
        assertThat(Apps.invocation(device, "web")).isEqualTo(invocation);

        // Somebody wants it tried again: once, and not by the next agent.
        asked(device, AgentRequest.Verb.RECONCILE, new AppName("web"));
        await().atMost(Apps.SOON).until(() -> !Apps.invocation(device, "web").equals(invocation));
        awaitRolledBack(loop, "web", "it was not ready within 3 s");
        awaitListens(device);
      }
      String again = Apps.invocation(device, "web");
      try (var loop = DeviceLoop.start(device, repository)) {
        awaitRolledBack(loop, "web", "not tried again");
        assertThat(Apps.invocation(device, "web")).isEqualTo(again);

        // It gets more time: the same unit, and another judgement.
        repository.commit("web.yaml", listening("within: 20s", "sleep 5;" + LISTENS));
        Apps.awaitApplied(loop, repository, "web");
        othersAreNotAsked(device, loop, repository);
        aVersionStaysIfItsSpecSaysSo(device, loop, repository);
      }
    }
  }

  /** Late, and with a crash: the one before does not come back, and what recovers is ready. */
  private static void aVersionStaysIfItsSpecSaysSo(
      VirtualDevice device, DeviceLoop loop, GitRepository repository) throws Exception {
    repository.commit(
        "web.yaml", listening("within: 2s, rollback: Never", "sleep 10; my $late;" + LISTENS));
    awaitStays(loop, "it was not ready within 2 s: no process of it listens on TCP port 8088");
    assertThat(program(device)).contains("$late");
    Apps.awaitApplied(loop, repository, "web");
    assertThat(program(device)).contains("$late");

    repository.commit("web.yaml", listening("within: 2s, rollback: Never", "exit 3;"));
    awaitStays(loop, "it did not stay up: ");
    assertThat(Apps.state(device, "web")).isNotEqualTo("active");
    // Rounds about another app change nothing of it.
    repository.commit("other.yaml", Apps.waiting("other").replace("infinity", "2d"));
    Apps.awaitApplied(loop, repository, "other");
    assertThat(loop.why("web", "Ready")).startsWith("HealthCheckFailed: ");

    // The same unit is judged by what is declared of its health now.
    repository.commit("web.yaml", listening("within: 2s", "exit 3;"));
    awaitRolledBack(loop, "web", "it did not stay up: ");
    awaitListens(device);
  }

  private static void awaitStays(Reported loop, String why) throws IOException {
    await()
        .atMost(Apps.SOON)
        .untilAsserted(
            () ->
                assertThat(loop.why("web", "Ready"))
                    .startsWith("HealthCheckFailed: " + why)
                    .endsWith("; it stays, for health.rollback is Never"));
    assertThat(loop.condition("web", "Stalled")).isEqualTo("True");
  }

  /** What the app that runs was started as. */
  private static String program(VirtualDevice device) {
    return device
        .exec(
            "sh",
            "-c",
            "cat /proc/$(systemctl show --value -p MainPID sandbar-web)/root/run/web/program")
        .stdout();
  }

  /** Until the agent has answered. */
  private static void asked(VirtualDevice device, AgentRequest.Verb verb, @Nullable AppName app)
      throws IOException {
    AgentRequest request = AgentRequest.ask(device.root(), verb, app);
    await().atMost(Apps.SOON).until(() -> !request.isWaiting(device.root()));
  }

  /** What Git withdraws does not come back with the version before, whatever the app does. */
  @Test
  void noRollbackBringsAPermissionBack(@TempDir Path folder) throws Exception {
    String program = "run: {command: [/usr/bin/sleep, infinity]}";
    String fails = "health: {ready: {exec: {command: [/usr/bin/false]}}, within: 2s}";
    GitRepository repository =
        GitRepository.create(folder.resolve("fleet"))
            .write(
                "app.yaml", Apps.manifest("app", program + ", permissions: {networkStatus: true}"))
            .write("web.yaml", listening("within: 60s", LISTENS))
            .commitAll("Two apps");
    try (var device = VirtualDevice.named("withdrawn").boot()) {
      try (var loop = DeviceLoop.start(device, repository)) {
        Apps.awaitReady(loop, "app", "web");
        assertThat(families(device)).contains("AF_NETLINK");
        repository
            .write(
                "app.yaml", Apps.manifest("app", "run: {command: [/usr/bin/sleep, 1d]}, " + fails))
            .write(
                "web.yaml",
                Apps.manifest("web", program + ", permissions: {localNetwork: true}, " + fails))
            .commitAll("Both with less, and both fail");
        awaitRolledBack(loop, "app", "goes on without what was withdrawn: networkStatus");
        await().atMost(Apps.SOON).until(() -> Apps.state(device, "app").equals("active"));
        assertThat(families(device)).doesNotContain("AF_NETLINK");
        // Its check asks for the port: without it there is no such app.
        await()
            .atMost(Apps.SOON)
            .untilAsserted(
                () ->
                    assertThat(loop.why("web", "Ready"))
                        .contains("does not take its place, for this was withdrawn: ports"));
        assertThat(device.exec("cat", Apps.file("web")).stdout()).doesNotContain("8088");
      }
      try (var _ = DeviceLoop.unanswered(device, s -> s)) {
        await()
            .during(Duration.ofSeconds(3))
            .atMost(Apps.SOON)
            .until(() -> !families(device).contains("AF_NETLINK"));
        assertThat(Apps.state(device, "app")).isEqualTo("active");
      }
    }
  }

  private static String families(VirtualDevice device) {
    return device
        .exec("systemctl", "show", "-p", "RestrictAddressFamilies", Apps.unit("app"))
        .orThrow();
  }

  /** That another program listens on the port says nothing of the app. */
  private static void othersAreNotAsked(
      VirtualDevice device, Reported loop, GitRepository repository) throws Exception {
    device
        .exec("systemd-run", "--unit=other", "busybox", "httpd", "-f", "-p", "8089", "-h", "/srv")
        .orThrow();
    for (String check : List.of("tcp", "http")) {
      repository.write(
          check + ".yaml",
          Apps.waiting(
              check,
              "permissions: {internet: true, internetTo: [{cidr: 127.0.0.0/8}], ports: [{port: 8089}]},"
                  + " health: {ready: {%s: {port: 8089}}, within: 2s}".formatted(check)));
    }
    repository.commitAll("Apps that listen nowhere");
    for (String check : List.of("tcp", "http")) {
      await()
          .atMost(Apps.SOON)
          .untilAsserted(
              () ->
                  assertThat(loop.why(check, "Ready"))
                      .contains(
                          "it was not ready within 2 s: no process of it listens on TCP port 8089 at any address"));
    }
  }

  private static String answering(String health, String answer) {
    return answering(
        "answering",
        "{internet: true, internetTo: [{cidr: 127.0.0.0/8}], ports: [{port: 8090}]}",
        health,
        answer);
  }

  /** Programs of the device do not reach it at an address of the device. */
  private static String inside(String health, String answer) {
    return answering(
        "inside", "{localNetwork: true, ports: [{port: 8090}]}\n  network: Own", health, answer);
  }

  private static String answering(String app, String permissions, String health, String answer) {
    return """
        apiVersion: sandbar.dev/v1alpha1
        kind: AppSandbox
        metadata: {name: %1$s}
        spec:
          run: {command: [/usr/bin/perl, /run/%1$s/program]}
          permissions: %2$s
          health: {ready: {http: {port: 8090, path: "/ready?full=1"}}, %3$s}
          files:
            - path: /run/%1$s/program
              content: |
                use Socket;
                socket(my $s, PF_INET, SOCK_STREAM, 0) or die;
                setsockopt($s, SOL_SOCKET, SO_REUSEADDR, 1);
                bind($s, pack_sockaddr_in(8090, INADDR_ANY)) or die;
                listen($s, 5);
                while (accept(my $c, $s)) {
                  my $asked = <$c>;
                  syswrite($c, $asked =~ m{^GET /ready[?]full=1 HTTP} ? "%4$s" : "HTTP/1.1 404 No\\r\\n\\r\\n");
                  close $c;
                }
        """
        .formatted(app, permissions, health, answer);
  }

  /** All kinds of checks by the agent as it ships. */
  static void asksFromInsideItsOwnSandbox(GitRepository repository, Reported agent)
      throws Exception {
    String ok = "HTTP/1.1 204 Well\\r\\n\\r\\n";
    // It has no network, and an app with one of its own answers to addresses of networks alone.
    agent.device().exec("ip", "address", "add", "192.168.77.2/24", "dev", "lo").orThrow();
    repository.git("checkout", "--quiet", "edge");
    repository
        .write("berlin/answering.yaml", answering("within: 60s, every: 5s", ok))
        .write(
            "berlin/asked.yaml", asked("asked", "within: 60s", "touch \"$STATE_DIRECTORY/ready\""))
        .write("berlin/web.yaml", listening("within: 60s", LISTENS))
        .write("berlin/inside.yaml", inside("within: 60s", ok))
        .commitAll("Apps that are asked whether they are ready");
    Apps.awaitReady(agent, "answering", "asked", "web", "inside");
    repository.commit(
        "berlin/answering.yaml", answering("within: 1s", "HTTP/1.1 503 Busy\\r\\n\\r\\n"));
    awaitRolledBack(
        agent,
        "answering",
        "it was not ready within 1 s: it answers with status 503 at 127.0.0.1:8090");
    for (String app : List.of("answering", "asked", "web", "inside")) {
      repository.remove("berlin/" + app + ".yaml");
      Apps.awaitRemoved(agent, agent.device(), app);
    }
    repository.git("checkout", "--quiet", "main");
  }

  /** {@code sandbar apply} on a device without an agent waits, and goes back. */
  static void appliesByHand(VirtualDevice device, Function<String, CommandResult> sandbar) {
    String ready = "touch \"$STATE_DIRECTORY/ready\"";
    device.write("/root/asked.yaml", asked("asked", "within: 60s", "sleep 2; " + ready));
    CommandResult applied = sandbar.apply("apply /root/asked.yaml --yes");
    assertThat(applied.exitCode()).as(applied.stdout() + applied.stderr()).isZero();
    assertThat(device.exec("ls", "/var/lib/private/sandbar-asked/ready").ok()).isTrue();
    assertThat(checks(device)).isEmpty();
    String first = device.read(Apps.file("asked"));

    device.write("/root/asked.yaml", asked("asked", "within: 2s", "rm \"$STATE_DIRECTORY/ready\""));
    CommandResult late = sandbar.apply("apply /root/asked.yaml --yes");
    assertThat(late.exitCode()).isOne();
    assertThat((late.stdout() + late.stderr()).replaceAll("\\s+", " "))
        .contains("it was not ready within 2 s: the command of the check ended with exit code 7");
    assertThat(device.read(Apps.file("asked"))).isEqualTo(first);
    assertThat(Apps.state(device, "asked")).isEqualTo("active");
    assertThat(checks(device)).isEmpty();
  }

  /** In a network of its own, where the command is in the same one. */
  private static String own(String health, String begin) {
    return asked(
        "app",
        "network: Own\n  permissions: {state: true, localNetwork: true}",
        health,
        begin,
        "[ \"$(readlink /proc/self/ns/net)\" = \"$(cat \"$STATE_DIRECTORY/net\")\" ] || exit 5");
  }

  @Test
  void aVersionThatFailsLaterGoesIfItsSpecSaysSo(@TempDir Path folder) throws Exception {
    String ready = "touch \"$STATE_DIRECTORY/ready\"";
    GitRepository repository =
        GitRepository.create(folder.resolve("fleet")).commit("app.yaml", own("within: 60s", ready));
    try (var network = VirtualNetwork.create();
        var device = VirtualDevice.named("later").network(network).boot()) {
      NetworkApps.prepare(device);
      try (var loop = DeviceLoop.start(device, repository)) {
        Apps.awaitReady(loop, "app");
        repository.commit("app.yaml", own("every: 5s, rollback: Always", "SECOND=1;" + ready));
        Apps.awaitApplied(loop, repository, "app");
        assertThat(started(device)).contains("SECOND");
        goesBackToTheFirst(device, loop);

        // Without that word it is reported only.
        repository.commit("app.yaml", own("every: 5s", "THIRD=1;" + ready));
        Apps.awaitApplied(loop, repository, "app");
        isReportedOnly(device, loop);
      }
    }
  }

  private static void goesBackToTheFirst(VirtualDevice device, Reported loop) {
    device.exec("rm", READY).orThrow();
    await()
        .atMost(Apps.SOON)
        .untilAsserted(
            () -> {
              assertThat(loop.why("app", "Ready"))
                  .startsWith("RolledBack: ")
                  .contains("it was ready and no longer is");
              assertThat(started(device)).doesNotContain("SECOND");
            });
    await()
        .atMost(Apps.SOON)
        .untilAsserted(() -> assertThat(loop.condition("app", "Healthy")).isEqualTo("True"));
  }

  private static void isReportedOnly(VirtualDevice device, Reported loop) {
    device.exec("rm", READY).orThrow();
    await()
        .atMost(Apps.SOON)
        .untilAsserted(
            () ->
                assertThat(loop.why("app", "Healthy"))
                    .isEqualTo(
                        "HealthCheckFailed: it runs and is not ready: the command of the check"
                            + " ended with exit code 7"));
    assertThat(started(device)).contains("THIRD");
    device.exec("touch", READY).orThrow();
    await()
        .atMost(Apps.SOON)
        .untilAsserted(() -> assertThat(loop.condition("app", "Healthy")).isEqualTo("True"));
  }

  /** What the app that runs was started as. */
  private static String started(VirtualDevice device) {
    return device
        .exec(
            "sh",
            "-c",
            "cat /proc/$(systemctl show --value -p MainPID sandbar-app)/root/run/app/start")
        .stdout();
  }

  private static String checks(VirtualDevice device) {
    return device.exec("sh", "-c", "ls " + CHECKS + " 2>/dev/null").stdout();
  }

  private static void awaitListens(VirtualDevice device) {
    await()
        .atMost(Apps.SOON)
        .until(() -> device.exec("cat", "/proc/net/tcp").orThrow().contains("00000000:1F98"));
  }

  private static void awaitRolledBack(Reported loop, String app, String why) {
    await()
        .atMost(Apps.SOON)
        .untilAsserted(
            () -> assertThat(loop.why(app, "Ready")).startsWith("RolledBack: ").contains(why));
  }
}
