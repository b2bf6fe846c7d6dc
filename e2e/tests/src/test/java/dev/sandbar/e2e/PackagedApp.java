package dev.sandbar.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sandbar.core.model.Sha256;
import dev.sandbar.vdev.VirtualDevice;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * An app from a registry, with a file, a secret and a health check, looked after by the agent as
 * its package installs it.
 */
final class PackagedApp {

  private static final String APP = "publisher";

  private final VirtualDevice device;
  private final RealRegistry registry;
  private final GitRepository repository;
  private final String recipient;

  PackagedApp(VirtualDevice device, RealRegistry registry, GitRepository repository) {
    this.device = device;
    this.registry = registry;
    this.repository = repository;
    this.recipient = device.exec("sandbar", "secret", "recipient").orThrow().strip();
  }

  /** What the settings of an agent say of the registry, whose files are put beside them. */
  static String settings(VirtualDevice device, RealRegistry registry) throws IOException {
    device.write("/etc/sandbar/ca.pem", Files.readString(Path.of(registry.access().caFile())));
    device.write("/etc/sandbar/auth.json", Files.readString(Path.of(registry.access().authFile())));
    device.exec("chmod", "600", "/etc/sandbar/auth.json").orThrow();
    return "images: {caFile: /etc/sandbar/ca.pem, authFile: /etc/sandbar/auth.json}\n";
  }

  /** It runs, is updated, and fails, which brings all of the version before back. */
  void livesThroughItsVersions(Path folder) throws Exception {
    Reported agent = () -> device;
    Path image = Workbench.images().mosquittoClient().path();
    String first = registry.push("acme/publisher", "1", image);
    byte[] padded = Arrays.copyOf(Files.readAllBytes(image), (int) Files.size(image) + 4096);
    String second =
        registry.push("acme/publisher", "2", Files.write(folder.resolve("2.squashfs"), padded));
    String ready = "busybox touch $STATE_DIRECTORY/ready";

    commit(first, "one", "password-1", ready, "60s");
    Apps.awaitReady(agent, APP);
    Apps.awaitSaid(device, APP, said("one", "password-1"));

    commit(second, "two", "password-2", ready, "60s");
    Apps.awaitApplied(agent, repository, APP);
    Apps.awaitSaid(device, APP, said("one", "password-1", "two", "password-2"));

    commit(first, "three", "password-3", "busybox rm -f $STATE_DIRECTORY/ready", "3s");
    await()
        .atMost(Apps.SOON)
        .untilAsserted(
            () ->
                assertThat(agent.why(APP, "Ready"))
                    .startsWith("RolledBack: ")
                    .contains("it was not ready within 3 s", "not tried again"));
    Apps.awaitSaid(
        device,
        APP,
        said("one", "password-1", "two", "password-2", "three", "password-3", "two", "password-2"));
    assertThat(Apps.show(device, APP, "RootImage")).contains(second.substring(7));
    assertThat(device.exec("sandbar", "status", "-o", "json").stdout()).contains("RolledBack");
    for (String secret : new String[] {"password-1", "password-2", "password-3"}) {
      assertThat(device.exec("grep", "-rlF", secret, "/etc", "/var/lib/sandbar", "/run/sandbar"))
          .as(secret)
          .matches(it -> it.stdout().isEmpty());
    }
  }

  private static String[] said(String... words) {
    var lines = words.clone();
    for (int i = 1; i < lines.length; i += 2) {
      lines[i] = "SECRET " + Sha256.of(lines[i]).hex() + " -";
    }
    return lines;
  }

  private void commit(String digest, String text, String secret, String last, String within)
      throws IOException {
    String sealed =
        device
            .exec(
                "sh",
                "-c",
                "printf %s '" + secret + "' | sandbar secret seal --recipient " + recipient)
            .orThrow();
    repository
        .write("secrets/token.age", sealed)
        .write(
            APP + ".yaml",
            """
            apiVersion: sandbar.dev/v1alpha1
            kind: AppSandbox
            metadata: {name: publisher}
            spec:
              image: {oci: '%s/acme/publisher', digest: '%s'}
              run:
                command:
                  - /usr/bin/sh
                  - -c
                  - 'cat /run/publisher/app.conf; echo SECRET $(busybox sha256sum <$CREDENTIALS_DIRECTORY/token); %s; exec sleep infinity'
              files: [{path: /run/publisher/app.conf, content: "%s\\n"}]
              secrets: [{name: token, from: {file: secrets/token.age}}]
              permissions: {state: true}
              health:
                ready: {exec: {command: [/usr/bin/sh, -c, 'test -e $STATE_DIRECTORY/ready && cat $CREDENTIALS_DIRECTORY/token >/dev/null']}}
                within: %s
            """
                .formatted(registry.host(), digest, last, text, within))
        .commitAll("Version " + text);
  }
}
