package dev.sandbar.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sandbar.vdev.Suite;
import dev.sandbar.vdev.VirtualDevice;
import dev.sandbar.vdev.image.AppImage;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Files of a spec, in the sandbox and in the store. */
class FilesTest {

  private static final String STORE = "/var/lib/sandbar/files";

  /** The program is a file itself; it says what it reads and what it could do to it. */
  private static final String OWN =
      """
      apiVersion: sandbar.dev/v1alpha1
      kind: AppSandbox
      metadata: {name: own}
      spec:
        run: {command: [/run/own/start, /run/own/app.conf]}
        drift: {mode: Correct}
        files:
          - path: /run/own/start
            mode: "0555"
            content: |
              #!/bin/sh
              read -r line <"$1"
              echo "READ $line"
              echo lost 2>/dev/null >>"$1" && echo OPEN append
              chmod 777 "$1" 2>/dev/null && echo OPEN chmod
              rm -f "$1" 2>/dev/null && echo OPEN remove
              mv "$0" "$0.old" 2>/dev/null && echo OPEN rename
              "$1" 2>/dev/null && echo OPEN execute
              ls /var/lib/sandbar/files 2>/dev/null && echo OPEN store
              echo DONE
              exec sleep infinity
          - path: /run/own/app.conf
            content: "level = %s ${device.labels.site} ${variables.rate} ${variables.unit}\\n"
        variables: [{name: rate, type: Integer, minimum: 1}, {name: unit, default: bar}]
      """;

  /** Its file stands beside it in the repository. */
  private static final String BESIDE =
      Apps.manifest(
          "beside",
          "run: {command: [/bin/sh, -c, 'cat /run/beside.yml; exec sleep 9999']}, files: [{path: /run/beside.yml, from: {file: conf/beside.yml}}]");

  private static String reading(String name, String path, String more) {
    return Apps.manifest(
        name,
        "run: {command: [/bin/sh, -c, 'cat %1$s; exec sleep 9999']}, files: [{path: %1$s, content: \"from the spec\\n\"}]%2$s"
            .formatted(path, more));
  }

  @ParameterizedTest
  @EnumSource(
      value = Suite.class,
      names = {"BOOKWORM", "TRIXIE"})
  void areSeenAsDeclaredAndCannotBeChanged(Suite suite, @TempDir Path folder) throws Exception {
    AppImage image = Workbench.images().mosquittoClient();
    GitRepository repository =
        GitRepository.create(folder.resolve("fleet"))
            .write("own.yaml", OWN.formatted("1"))
            .write("covers.yaml", reading("covers", "/etc/issue", ""))
            .write("beside.yaml", BESIDE)
            .write("conf/beside.yml", "level: one ${device.labels.site}\n")
            .write("open.yaml", reading("open", "/etc/issue", ", mode: Open"))
            .write("nowhere.yaml", reading("nowhere", "/etc/none/such.conf", ""))
            .commit(
                "image.yaml",
                reading(
                    "image",
                    "/run/x/y.conf",
                    ", image: {path: /srv/a.squashfs, sha256: %s}".formatted(image.sha256())));
    try (var device = VirtualDevice.named("files").suite(suite).boot()) {
      device.put(image.path(), "/srv/a.squashfs");
      String issue = device.read("/etc/issue");
      try (var loop =
          DeviceLoop.start(
              device,
              repository,
              settings ->
                  DeviceLoop.sweeping(Duration.ofSeconds(1))
                      .apply(settings)
                      .giving(new TreeMap<>(Map.of("rate", "5", "of-another-app", "x"))))) {
        Apps.awaitReady(loop, "own", "covers", "open", "image", "beside");
        Apps.awaitSaid(device, "own", "READ level = 1 test 5 bar", "DONE");
        for (String app : List.of("covers", "open", "image")) {
          Apps.awaitSaid(device, app, "from the spec");
        }
        Apps.awaitSaid(device, "beside", "level: one test");
        assertThat(device.read("/etc/issue")).as("the device's own").isEqualTo(issue);
        await()
            .atMost(Apps.SOON)
            .untilAsserted(
                () ->
                    assertThat(loop.why("nowhere", "Ready"))
                        .contains("the device has no file to show one of files at", "below /run"));
        assertThat(device.exec("ls", "/etc/none").exitCode()).as("nothing is made").isNotZero();
        assertThat(stored(device)).hasSize(4);

        changed(device, repository, loop);
        drifts(device, loop);
        gone(device, repository, loop);
      }
    }
  }

  private static void changed(VirtualDevice device, GitRepository repository, DeviceLoop loop)
      throws Exception {
    repository
        .write("conf/beside.yml", "level: two ${device.labels.site}\n")
        .commit("own.yaml", OWN.formatted("2"));
    Apps.awaitApplied(loop, repository, "own", "beside");
    Apps.awaitSaid(device, "beside", "level: one test", "level: two test");
    Apps.awaitSaid(
        device, "own", "READ level = 1 test 5 bar", "DONE", "READ level = 2 test 5 bar", "DONE");
    // The version before stays until the new one has proved itself.
    await().atMost(Apps.SOON).until(() -> stored(device).size() == 4);
  }

  private static void drifts(VirtualDevice device, DeviceLoop loop) throws Exception {
    for (String tampering : List.of("echo more >>$f", "rm $f")) {
      String pid = Apps.pid(device, "own");
      device
          .exec(
              "sh",
              "-ec",
              "f=$(grep -l 'level = 2' %s/*); %s"
                  .formatted(STORE, tampering.replace("$f", "\"$f\"")))
          .orThrow();
      await().atMost(Apps.SOON).until(() -> !Apps.pid(device, "own").equals(pid));
      Apps.awaitNoDrift(loop, "own");
      assertThat(device.exec("sh", "-c", "cat " + STORE + "/*").stdout())
          .as(tampering)
          .contains("level = 2 test 5 bar\n")
          .doesNotContain("more");
    }
  }

  private static void gone(VirtualDevice device, GitRepository repository, DeviceLoop loop)
      throws Exception {
    repository.remove("own.yaml");
    Apps.awaitRemoved(loop, device, "own");
    await().atMost(Apps.SOON).until(() -> stored(device).size() == 2);
  }

  private static List<String> stored(VirtualDevice device) {
    return device.exec("ls", STORE).orThrow().lines().toList();
  }
}
