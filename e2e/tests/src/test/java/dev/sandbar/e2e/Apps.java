package dev.sandbar.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sandbar.vdev.DeviceShell;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.stream.IntStream;

/** Manifests of apps, and what becomes of them on a device. */
final class Apps {

  /** Generous: the machine may be busy with other tests. */
  static final Duration SOON = Duration.ofMinutes(8);

  private Apps() {}

  /** An app that waits, with more of a spec, in the flow style of YAML. */
  static String waiting(String name, String more) {
    return manifest(
        name, "run: {command: [/usr/bin/sleep, infinity]}" + (more.isEmpty() ? "" : ", " + more));
  }

  static String waiting(String name) {
    return waiting(name, "");
  }

  /** An app with this spec. */
  static String manifest(String name, String spec) {
    return """
        apiVersion: sandbar.dev/v1alpha1
        kind: AppSandbox
        metadata: {name: %s}
        spec: {%s}
        """
        .formatted(name, spec);
  }

  static String unit(String app) {
    return "sandbar-" + app + ".service";
  }

  static String file(String app) {
    return "/etc/systemd/system/" + unit(app);
  }

  /** A property of an app's unit, as systemd has it loaded. */
  static String show(DeviceShell device, String app, String property) {
    return device.exec("systemctl", "show", "--value", "--property", property, unit(app)).orThrow();
  }

  static String pid(DeviceShell device, String app) {
    return show(device, app, "MainPID");
  }

  static String state(DeviceShell device, String app) {
    return show(device, app, "ActiveState");
  }

  /** The process and the state of each of these apps, asked at once. */
  static List<String> states(DeviceShell device, List<String> apps) {
    var command = new ArrayList<>(List.of("systemctl", "show", "-p", "MainPID,ActiveState"));
    apps.forEach(app -> command.add(unit(app)));
    List<String> shown =
        List.of(device.exec(command.toArray(String[]::new)).orThrow().strip().split("\n\n"));
    assertThat(shown).hasSameSizeAs(apps);
    return IntStream.range(0, apps.size())
        .mapToObj(i -> (apps.get(i) + "\n" + shown.get(i)).replace('\n', ' '))
        .toList();
  }

  /**
   * Stops an app that an agent may start again at once: then systemctl says that its job was
   * cancelled.
   */
  static void stop(DeviceShell device, String app) {
    var result = device.exec("systemctl", "stop", unit(app));
    assertThat(result.exitCode() == 0 || result.stderr().contains("cancel"))
        .as(result.stderr())
        .isTrue();
  }

  /** Stops an app that the agent shall start again, and sees both: another start has another id. */
  static void stopAndAwaitReturn(DeviceShell device, String app) {
    String before = invocation(device, app);
    stop(device, app);
    awaitReturn(device, app, before);
  }

  /** Of the last start of an app. */
  static String invocation(DeviceShell device, String app) {
    return show(device, app, "InvocationID");
  }

  /** Waits until the app runs, by another start than this. */
  static void awaitReturn(DeviceShell device, String app, String invocation) {
    await()
        .atMost(SOON)
        .untilAsserted(
            () -> {
              assertThat(invocation(device, app)).isNotEmpty().isNotEqualTo(invocation);
              assertThat(state(device, app)).isEqualTo("active");
            });
  }

  static void awaitReady(ReportedStatus loop, String... apps) {
    awaitReady(loop, Arrays.asList(apps));
  }

  static void awaitReady(ReportedStatus loop, Collection<String> apps) {
    await()
        .atMost(SOON)
        .untilAsserted(
            () -> {
              for (String app : apps) {
                assertThat(loop.condition(app, "Ready"))
                    .as("%s: %s; problems %s", app, loop.why(app, "Ready"), loop.problems())
                    .isEqualTo("True");
              }
            });
  }

  /** Waits until these apps run what the newest commit says. */
  static void awaitApplied(ReportedStatus loop, GitRepository repository, String... apps)
      throws IOException {
    String head = repository.head();
    await()
        .atMost(SOON)
        .untilAsserted(
            () -> {
              for (String app : apps) {
                assertThat(Texts.at(loop.app(app), "revision"))
                    .as("%s: %s", app, loop.why(app, "Ready"))
                    .endsWith(head);
              }
            });
    awaitReady(loop, apps);
  }

  static void awaitDrift(ReportedStatus loop, String app, String pattern) {
    await()
        .atMost(SOON)
        .untilAsserted(
            () ->
                assertThat(loop.drifts(app))
                    .as(app)
                    .anySatisfy(d -> assertThat(d).matches(pattern)));
  }

  static void awaitNoDrift(ReportedStatus loop, String app) {
    await()
        .atMost(SOON)
        .untilAsserted(
            () -> {
              assertThat(loop.drifts(app)).as(app).isEmpty();
              assertThat(loop.condition(app, "Ready")).as(loop.why(app, "Ready")).isEqualTo("True");
            });
  }

  /** Waits until the program of an app has printed exactly these lines, in all its lives. */
  static void awaitSaid(DeviceShell device, String app, String... lines) {
    await()
        .atMost(SOON)
        .untilAsserted(
            () ->
                assertThat(
                        device
                            .exec(
                                "journalctl",
                                "--output=cat",
                                "--no-pager",
                                "--unit=" + unit(app),
                                "SYSLOG_IDENTIFIER=" + app)
                            .orThrow()
                            .lines())
                    .containsExactly(lines));
  }

  static void awaitRemoved(ReportedStatus loop, DeviceShell device, String app) {
    await()
        .atMost(SOON)
        .untilAsserted(
            () -> {
              assertThat(traces(device, app)).isEmpty();
              assertThat(loop.condition(app, "Ready")).isEqualTo("absent");
            });
  }

  /** Every file that makes up our units and images, with its content. */
  static List<String> content(DeviceShell device) {
    String script =
        "cd /; find etc/systemd run/systemd/system run/systemd/system.control var/lib/sandbar/images -type f -exec"
            + " sha256sum {} + -o -type l -printf '%p %l\\n' 2>/dev/null | sort";
    return device.exec("sh", "-c", script).stdout().lines().toList();
  }

  /** Everything of Sandbar's that stands on the device, apart from its own records: a line each. */
  static List<String> traces(DeviceShell device, String app) throws IOException {
    String script =
        "find /etc/systemd /run/systemd/system /run/systemd/system.control /run/systemd/transient"
            + " /var/lib/sandbar/state/apps /var/lib/sandbar/images ! -type d -name '*%s*' 2>/dev/null; "
                .formatted(app)
            + "systemctl list-units --all --plain --no-legend '%s'".formatted(unit(app));
    return device.exec("sh", "-c", script).stdout().lines().toList();
  }
}
