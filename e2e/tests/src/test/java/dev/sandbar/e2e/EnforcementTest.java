package dev.sandbar.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sandbar.vdev.VirtualDevice;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Apps whose sandbox the kernel does not hold: somebody with root shows them what is hidden. */
class EnforcementTest {

  private static final String NOT_ENFORCED =
      "NotEnforced: not enforced: ProtectHome is /home not hidden";

  @TempDir private Path folder;

  private static String app(String name, int edition, String more) {
    return Apps.manifest(
        name,
        "run: {command: [/usr/bin/sleep, infinity], environment: {EDITION: '%d'}}, drift: {mode: Correct}%s"
            .formatted(edition, more));
  }

  /** From now on every process with such an environment sees /home, as soon as it runs. */
  private static void attack(VirtualDevice device, String environment) {
    device.write(
        "/run/attack",
        """
        my %%done;
        while (1) {
          for my $file (glob("/sys/fs/cgroup/sandbar.slice/*.service/cgroup.procs")) {
            open(my $procs, "<", $file) or next;
            chomp(my @pids = <$procs>);
            for my $pid (grep { !$done{$_} } @pids) {
              open(my $environ, "<", "/proc/$pid/environ") or next;
              my $text = do { local $/; <$environ> } // "";
              next unless $text =~ /%s/;
              $done{$pid} = !system("nsenter", "--target", $pid, "--mount", "umount", "-l", "/home");
            }
          }
          select(undef, undef, undef, 0.001);
        }
        """
            .formatted(environment));
    device
        .exec("systemd-run", "--quiet", "--collect", "--unit=attacker", "perl", "/run/attack")
        .orThrow();
  }

  private static void endAttack(VirtualDevice device) {
    device.exec("systemctl", "stop", "attacker").orThrow();
  }

  private static void awaitWhy(Reported loop, String app, String start) {
    await()
        .atMost(Apps.SOON)
        .untilAsserted(() -> assertThat(loop.why(app, "Ready")).startsWith(start));
  }

  private static boolean isGone(VirtualDevice device, String app) {
    return Apps.state(device, app).equals("inactive")
        && !Files.exists(device.root().resolve(Apps.file(app).substring(1)));
  }

  @Test
  void aStrictAppIsRolledBackOrStoppedAndAPermissiveOneGoesOn() throws Exception {
    GitRepository repository =
        GitRepository.create(folder.resolve("fleet"))
            .commit("updated.yaml", app("updated", 1, ""))
            .commit("strict.yaml", app("strict", 3, ""))
            .commit("lenient.yaml", app("lenient", 3, ", enforcement: Permissive"));
    try (var device = VirtualDevice.named("enforced").boot();
        var loop =
            DeviceLoop.start(device, repository, DeviceLoop.sweeping(Duration.ofSeconds(2)))) {
      Apps.awaitReady(loop, "updated", "strict", "lenient");
      String lenient = Apps.pid(device, "lenient");

      // A new version that is not enforced is taken back.
      attack(device, "EDITION=2");
      repository.commit("updated.yaml", app("updated", 2, ""));
      awaitWhy(loop, "updated", NOT_ENFORCED);
      await()
          .atMost(Apps.SOON)
          .until(() -> Apps.show(device, "updated", "Environment").contains("EDITION=1"));
      await().atMost(Apps.SOON).until(() -> Apps.state(device, "updated").equals("active"));
      // It is tried a few times, and then the one before stays.
      await()
          .atMost(Apps.SOON)
          .until(() -> loop.why("updated", "Ready").contains("or by: sandbar reconcile updated"));
      await().atMost(Apps.SOON).until(() -> Apps.state(device, "updated").equals("active"));
      String updated = Apps.pid(device, "updated");
      endAttack(device);

      // Of one that is the last there is nothing to go back to.
      attack(device, "EDITION=3");
      awaitWhy(loop, "strict", NOT_ENFORCED);
      await().atMost(Apps.SOON).until(() -> isGone(device, "strict"));
      await()
          .atMost(Apps.SOON)
          .untilAsserted(
              () ->
                  assertThat(Texts.items(loop.app("lenient"), "ignored"))
                      .singleElement()
                      .satisfies(
                          it -> {
                            assertThat(Texts.at(it, "property")).isEqualTo("ProtectHome");
                            assertThat(Texts.at(it, "reason")).isEqualTo("enforcement: Permissive");
                          }));
      assertThat(Apps.pid(device, "lenient")).isEqualTo(lenient);
      assertThat(loop.condition("lenient", "Ready")).isEqualTo("True");
      assertThat(loop.condition("lenient", "Drifted")).isEqualTo("False");
      endAttack(device);

      // It is tried again by itself, after a pause that has grown with each try, and stays.
      await()
          .atMost(Apps.SOON.multipliedBy(4))
          .until(() -> Apps.state(device, "strict").equals("active"));
      Apps.awaitNoDrift(loop, "strict");
      assertThat(Apps.state(device, "strict")).isEqualTo("active");

      // That goes for the one without a version to go back to alone.
      assertThat(Apps.pid(device, "updated")).isEqualTo(updated);
      assertThat(loop.why("updated", "Ready")).startsWith(NOT_ENFORCED);
    }
  }
}
