package dev.sandbar.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sandbar.core.model.Sha256;
import dev.sandbar.device.store.DurableFiles;
import dev.sandbar.device.store.SecretKeyFile;
import dev.sandbar.device.systemd.CredentialEncryption;
import dev.sandbar.source.age.AgeKey;
import dev.sandbar.source.age.AgeRecipient;
import dev.sandbar.source.age.SealedText;
import dev.sandbar.vdev.Suite;
import dev.sandbar.vdev.VirtualDevice;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Secrets of apps, from the repository to the program, and who else gets hold of them: nobody. */
class SecretsTest {

  private static final String STORE = "/var/lib/sandbar/secrets";

  /** All secrets begin so, in whatever form they could leak. */
  private static final String MARK = "correct-horse-battery";

  private static final String FIRST = MARK + "-1";
  private static final String SECOND = MARK + "-2";
  private static final String THIRD = MARK + "-3";

  /** Says which secret it reads, and what it could do to it. */
  private static final String READING =
      "f=$CREDENTIALS_DIRECTORY/mqtt; echo READ $(sha256sum <$f);"
          + " (echo lost >>$f) 2>/dev/null && echo OPEN append;"
          + " rm -f $f 2>/dev/null && echo OPEN remove;"
          + " cat "
          + STORE
          + "/* 2>/dev/null && echo OPEN store;"
          + " cat "
          + SecretKeyFile.PATH
          + " 2>/dev/null && echo OPEN key;"
          + " echo DONE; %s";

  private static final String STAY = "exec sleep infinity";

  /** Another app, which was given no secret. */
  private static final String THIEF =
      "for f in /run/credentials/*/mqtt /run/credentials/*/* "
          + STORE
          + "/* "
          + SecretKeyFile.PATH
          + " /proc/[0-9]*/root/run/credentials/*/mqtt; do"
          + " cat $f 2>/dev/null && echo OPEN $f; done;"
          + " grep -l battery /proc/[0-9]*/environ 2>/dev/null && echo OPEN environ;"
          + " echo TRIED; exec sleep infinity";

  private final AgeKey stranger = AgeKey.generate();

  private static String sealed(String secret, AgeRecipient... recipients) throws Exception {
    return SealedText.seal(secret.getBytes(StandardCharsets.US_ASCII), List.of(recipients));
  }

  private static String app(String name, String script, String more) {
    return Apps.manifest(
        name,
        "run: {command: [/bin/sh, -c, '%s']}, drift: {mode: Correct}%s".formatted(script, more));
  }

  /** Its secret stands beside it in the repository. */
  private static String pump(String last) {
    return app(
        "pump",
        READING.formatted(last),
        ", secrets: [{name: mqtt, from: {file: secrets/pump.age}}]");
  }

  private static String[] read(String... secrets) {
    return List.of(secrets).stream()
        .flatMap(it -> List.of("READ " + Sha256.of(it).hex() + " -", "DONE").stream())
        .toArray(String[]::new);
  }

  static AgeRecipient recipient(VirtualDevice device) throws IOException {
    return new SecretKeyFile(
            device.root(), new DurableFiles(), new CredentialEncryption(device.root()))
        .recipient();
  }

  private static DeviceLoop agent(VirtualDevice device, GitRepository repository)
      throws IOException {
    return DeviceLoop.start(
        device,
        repository,
        s -> DeviceLoop.removing(3).apply(DeviceLoop.sweeping(Duration.ofSeconds(1)).apply(s)));
  }

  @ParameterizedTest
  @EnumSource(
      value = Suite.class,
      names = {"TRIXIE", "FORKY"})
  void onlyTheAppReadsItsSecret(Suite suite, @TempDir Path folder) throws Exception {
    try (var device = VirtualDevice.named("secret").suite(suite).boot()) {
      CredentialRelay.install(device);
      AgeRecipient own = recipient(device);
      assertThat(device.read(SecretKeyFile.PATH))
          .doesNotContain("SECRET")
          .matches("[A-Za-z0-9+/=]+\\n");
      GitRepository repository =
          GitRepository.create(folder.resolve("fleet"))
              .write("pump.yaml", pump(STAY))
              .write("thief.yaml", app("thief", THIEF, ""))
              .write(
                  "open.yaml", app("open", THIEF, ", mode: Open, directives: {DynamicUser: true}"))
              .commit("secrets/pump.age", sealed(FIRST, stranger.recipient(), own));
      try (var loop = agent(device, repository)) {
        Apps.awaitReady(loop, "pump", "thief", "open");
        Apps.awaitSaid(device, "pump", read(FIRST));
        Apps.awaitSaid(device, "thief", "TRIED");
        Apps.awaitSaid(device, "open", "TRIED");
        Apps.awaitNoDrift(loop, "pump");
        leaksNowhere(device);
        if (suite == Suite.TRIXIE) {
          tampered(device, loop);
          leavesNoCore(device, repository, loop, own);
        }
      }
      device.reboot();
      await()
          .atMost(Apps.SOON)
          .untilAsserted(() -> assertThat(Apps.state(device, "pump")).isEqualTo("active"));
      assertThat(device.exec("journalctl", "-b", "-u", Apps.unit("pump"), "-o", "cat").stdout())
          .as("with neither agent nor network")
          .contains(read(FIRST));
      try (var loop = agent(device, repository)) {
        if (suite == Suite.TRIXIE) {
          rotated(device, repository, loop, own);
          refused(device, repository, loop, own);
        }
        leaksNowhere(device);
        repository.remove("pump.yaml");
        Apps.awaitRemoved(loop, device, "pump");
        await().atMost(Apps.SOON).until(() -> stored(device).isEmpty());
      }
    }
  }

  /** Everything that somebody on the device or a server of logs could read. */
  private static void leaksNowhere(VirtualDevice device) {
    String base64 = "Y29ycmVjdC1ob3JzZS1iYXR0ZXJ5";
    String script =
        """
        journalctl --output=export --no-pager >/tmp/journal
        systemctl show '*' >/tmp/shown 2>/dev/null
        busctl call org.freedesktop.systemd1 /org/freedesktop/systemd1/unit/sandbar_2dpump_2eservice \
          org.freedesktop.DBus.Properties GetAll s org.freedesktop.systemd1.Service >>/tmp/shown
        cat /proc/[0-9]*/environ /proc/[0-9]*/cmdline >/tmp/processes 2>/dev/null
        test -s /tmp/journal && test -s /tmp/shown && test -s /tmp/processes || echo EMPTY
        for word in %s %s; do
          grep -rlaF $word /etc /var /tmp /root /srv /home 2>/dev/null
          find /run -path /run/credentials -prune -o -type f -exec grep -laF $word {} + 2>/dev/null
        done
        true
        """
            .formatted(MARK, base64);
    device.write("/opt/leaks.sh", script);
    assertThat(device.exec("sh", "/opt/leaks.sh").orThrow()).isEmpty();
  }

  private static void tampered(VirtualDevice device, DeviceLoop loop) {
    String pid = Apps.pid(device, "pump");
    for (String tampering : List.of("echo x >>$f", "rm $f", "cp $f~sha256 $f")) {
      device.exec("sh", "-ec", "f=$(ls %s/*.mqtt); %s".formatted(STORE, tampering)).orThrow();
      await()
          .atMost(Apps.SOON)
          .untilAsserted(
              () ->
                  assertThat(
                          device
                              .exec(
                                  "sh",
                                  "-c",
                                  "f=$(ls %s/*.mqtt); test $(sha256sum <$f | cut -c-64) = $(cat $f~sha256) && stat -c '%%F %%a %%u' $f"
                                      .formatted(STORE))
                              .stdout())
                      .as(tampering)
                      .isEqualTo("regular file 400 0\n"));
    }
    Apps.awaitNoDrift(loop, "pump");
    assertThat(Apps.pid(device, "pump")).as("goes on").isEqualTo(pid);
  }

  /** The same crash leaves a core of an app that may, if cores are files on this machine. */
  private static void leavesNoCore(
      VirtualDevice device, GitRepository repository, DeviceLoop loop, AgeRecipient own)
      throws Exception {
    String crash = "cd /var/lib/sandbar-%s; kill -ABRT $$";
    repository
        .write(
            "cored.yaml",
            Apps.manifest(
                "cored",
                "run: {command: [/bin/sh, -c, '%s']}, mode: Open, permissions: {state: true}, directives: {LimitCORE: 64M}"
                    .formatted(crash.formatted("cored"))))
        .write("secrets/crash.age", sealed(FIRST, own))
        .commit(
            "coreless.yaml",
            Apps.manifest(
                "coreless",
                "run: {command: [/bin/sh, -c, 'x=$(cat $CREDENTIALS_DIRECTORY/mqtt); %s']}, mode: Open, permissions: {state: true}, secrets: [{name: mqtt, from: {file: secrets/crash.age}}]"
                    .formatted(crash.formatted("coreless"))));
    boolean files = !device.read("/proc/sys/kernel/core_pattern").matches("(?s)[|/@].*");
    // It is systemd's word for how the process ended: with a core, or without one.
    awaitEnd(loop, "coreless", "result signal, exit status 6");
    assertThat(device.exec("ls", "-A", "/var/lib/sandbar-coreless/").orThrow()).isEmpty();
    if (files) {
      awaitEnd(loop, "cored", "result core-dump, exit status 6");
    }
    assertThat(
            device
                .exec("sh", "-c", "cat /proc/%s/limits".formatted(Apps.pid(device, "pump")))
                .orThrow())
        .containsPattern("Max core file size +1 +1 ");
    repository.delete("cored.yaml").delete("secrets/crash.age").remove("coreless.yaml");
    for (String name : List.of("cored", "coreless")) {
      await().atMost(Apps.SOON).until(() -> loop.condition(name, "Ready").equals("absent"));
    }
  }

  private static void awaitEnd(DeviceLoop loop, String app, String how) {
    await().atMost(Apps.SOON).untilAsserted(() -> assertThat(loop.why(app, "Ready")).contains(how));
  }

  private void rotated(
      VirtualDevice device, GitRepository repository, DeviceLoop loop, AgeRecipient own)
      throws Exception {
    Apps.awaitReady(loop, "pump");
    repository.commit("secrets/pump.age", sealed(SECOND, own));
    Apps.awaitApplied(loop, repository, "pump");
    awaitReads(device, SECOND);
    await().atMost(Apps.SOON).until(() -> stored(device).size() == 1);
    // A version that does not stay up: its secret goes with it.
    repository.write("secrets/pump.age", sealed(THIRD, own)).commit("pump.yaml", pump("exit 3"));
    await()
        .atMost(Apps.SOON)
        .untilAsserted(() -> assertThat(loop.why("pump", "Ready")).startsWith("RolledBack: "));
    awaitReads(device, SECOND);
    assertThat(Apps.state(device, "pump")).isEqualTo("active");
    repository.write("secrets/pump.age", sealed(FIRST, own)).commit("pump.yaml", pump(STAY));
    Apps.awaitApplied(loop, repository, "pump");
    awaitReads(device, FIRST);
  }

  /** Waits until the last secret that was read is this one. */
  private static void awaitReads(VirtualDevice device, String secret) {
    await()
        .atMost(Apps.SOON)
        .untilAsserted(
            () ->
                assertThat(
                        device
                            .exec("journalctl", "-b", "-u", Apps.unit("pump"), "-o", "cat")
                            .orThrow()
                            .lines()
                            .filter(line -> line.startsWith("READ "))
                            .reduce((_, last) -> last))
                    .contains("READ " + Sha256.of(secret).hex() + " -"));
  }

  /** Nothing that runs changes, and the rest of the repository goes on. */
  private void refused(
      VirtualDevice device, GitRepository repository, DeviceLoop loop, AgeRecipient own)
      throws Exception {
    String pid = Apps.pid(device, "pump");
    String good = sealed(THIRD, own);
    int middle = good.length() / 2;
    char other = good.charAt(middle) == 'A' ? 'B' : 'A';
    int number = 0;
    for (var bad :
        List.of(
            List.of(
                sealed(THIRD, stranger.recipient()),
                "it is not sealed to this device, whose recipient is " + own),
            List.of(
                good.substring(0, middle) + other + good.substring(middle + 1), "secret mqtt: "),
            List.of(good.substring(0, middle), "is not an armored file of age"),
            List.of(THIRD, "is not an armored file of age"))) {
      number++;
      String rest = "rest-" + number;
      repository
          .write(rest + ".yaml", Apps.waiting(rest))
          .commit("secrets/pump.age", bad.getFirst());
      Apps.awaitReady(loop, rest);
      await()
          .atMost(Apps.SOON)
          .untilAsserted(
              () ->
                  assertThat(loop.why("pump", "Ready") + loop.problems())
                      .contains(bad.getLast())
                      .doesNotContain(MARK));
      assertThat(Apps.pid(device, "pump")).as("goes on").isEqualTo(pid);
    }
    assertThat(device.exec("sh", "-c", "cat " + STORE + "/.* 2>/dev/null").stdout())
        .as("half written")
        .isEmpty();
  }

  private static List<String> stored(VirtualDevice device) {
    return device
        .exec("ls", STORE)
        .orThrow()
        .lines()
        .filter(line -> line.endsWith(".mqtt"))
        .toList();
  }

  /** The agent inside its own sandbox makes the key of the device, and asks systemd itself. */
  static void keepsASecret(GitRepository repository, Reported agent) throws Exception {
    VirtualDevice device = agent.device();
    repository.git("checkout", "--quiet", "edge");
    String spec = app("pump", READING.formatted(STAY), ", secrets: [{name: mqtt, sealed: \"%s\"}]");
    try (AgeKey stranger = AgeKey.generate()) {
      repository.commit(
          "berlin/pump.yaml",
          spec.formatted(sealed(FIRST, stranger.recipient()).replace("\n", "\\n")));
    }
    var recipient = Pattern.compile("whose recipient is (age1[a-z0-9]+)");
    await().atMost(Apps.SOON).until(() -> recipient.matcher(agent.why("pump", "Ready")).find());
    var found = recipient.matcher(agent.why("pump", "Ready"));
    assertThat(found.find()).isTrue();
    AgeRecipient own = AgeRecipient.of(found.group(1));
    repository.commit("berlin/pump.yaml", spec.formatted(sealed(FIRST, own).replace("\n", "\\n")));
    Apps.awaitReady(agent, "pump");
    Apps.awaitSaid(device, "pump", read(FIRST));
    Apps.awaitNoDrift(agent, "pump");
    leaksNowhere(device);
    repository.remove("berlin/pump.yaml");
    repository.git("checkout", "--quiet", "main");
    Apps.awaitRemoved(agent, device, "pump");
    await().atMost(Apps.SOON).until(() -> stored(device).isEmpty());
  }

  /** It has no service that encrypts credentials: systemd 256 is the first. */
  @Test
  void anOlderSystemdIsNotTrustedWithSecrets(@TempDir Path folder) throws Exception {
    try (var device = VirtualDevice.named("secretless").suite(Suite.BOOKWORM).boot()) {
      GitRepository repository =
          GitRepository.create(folder.resolve("fleet"))
              .write("pump.yaml", pump(STAY))
              .write("rest.yaml", Apps.waiting("rest"))
              .commit("secrets/pump.age", sealed(FIRST, stranger.recipient()));
      try (var loop = agent(device, repository)) {
        Apps.awaitReady(loop, "rest");
        await()
            .atMost(Apps.SOON)
            .untilAsserted(
                () ->
                    assertThat(loop.why("pump", "Ready") + loop.problems())
                        .contains("secrets need systemd 256 or newer, and this device has 252"));
        assertThat(Apps.traces(device, "pump")).isEmpty();
      }
    }
  }
}
