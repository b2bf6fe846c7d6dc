package dev.sandbar.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sandbar.cli.Main;
import dev.sandbar.core.model.DevicePolicy;
import dev.sandbar.core.model.DeviceSettings;
import dev.sandbar.core.model.ImagePolicy;
import dev.sandbar.core.model.ImageScope;
import dev.sandbar.core.report.Backoff;
import dev.sandbar.vdev.VirtualDevice;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The owner wants images to be signed. The signatures are made here in the formats of cosign; that
 * cosign's own are read as well, the tests of the device runtime show.
 */
class SignedImagesTest {

  private static final Backoff QUICK =
      new Backoff(Duration.ofSeconds(1), 1_000, Duration.ofSeconds(1));

  private static final String KEY = "/etc/sandbar/keys/acme.pub";
  private static final String OTHER = "/etc/sandbar/keys/other.pub";
  private static final String STATEMENT = "application/vnd.in-toto+json";

  @TempDir private Path folder;

  private final KeyPair acme = keys();
  private final KeyPair stranger = keys();
  private int images;

  private static KeyPair keys() {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
      generator.initialize(new ECGenParameterSpec("secp256r1"));
      return generator.generateKeyPair();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  private static String pem(KeyPair keys) {
    return "-----BEGIN PUBLIC KEY-----\n%s\n-----END PUBLIC KEY-----\n"
        .formatted(Base64.getMimeEncoder().encodeToString(keys.getPublic().getEncoded()));
  }

  private static String signature(KeyPair keys, String message) throws GeneralSecurityException {
    Signature signature = Signature.getInstance("SHA256withECDSA");
    signature.initSign(keys.getPrivate());
    signature.update(message.getBytes(StandardCharsets.UTF_8));
    return Base64.getEncoder().encodeToString(signature.sign());
  }

  private static String payload(String digest) {
    return "{\"critical\":{\"identity\":{\"docker-reference\":\"elsewhere/pump\"},\"image\":{\"docker-manifest-digest\":\"%s\"},\"type\":\"cosign container image signature\"},\"optional\":null}"
        .formatted(digest);
  }

  private Path file(String name, String content) throws IOException {
    return Files.writeString(folder.resolve(name), content);
  }

  private static String bundle(KeyPair keys, String digest) throws GeneralSecurityException {
    String statement =
        "{\"_type\":\"https://in-toto.io/Statement/v1\",\"subject\":[{\"digest\":{\"sha256\":\"%s\"}}],\"predicateType\":\"https://sigstore.dev/cosign/sign/v1\",\"predicate\":{}}"
            .formatted(digest.substring(7));
    String signed =
        "DSSEv1 %d %s %d %s"
            .formatted(STATEMENT.length(), STATEMENT, statement.length(), statement);
    return "{\"mediaType\":\"application/vnd.dev.sigstore.bundle.v0.3+json\",\"dsseEnvelope\":{\"payload\":\"%s\",\"payloadType\":\"%s\",\"signatures\":[{\"sig\":\"%s\"}]}}"
        .formatted(
            Base64.getEncoder().encodeToString(statement.getBytes(StandardCharsets.UTF_8)),
            STATEMENT,
            signature(keys, signed));
  }

  /** Another image each time: the same one with more behind it. */
  private String push(RealRegistry registry, String name) throws Exception {
    byte[] image = Files.readAllBytes(Workbench.images().mosquittoClient().path());
    images++;
    Path file = folder.resolve(name + ".squashfs");
    Files.write(file, Arrays.copyOf(image, image.length + 4096 * images));
    return registry.push("acme/" + name, "1", file);
  }

  private static String app(RealRegistry registry, String name, String repository, String digest) {
    return app(
        name, "oci: '%s/acme/%s', digest: '%s'".formatted(registry.host(), repository, digest));
  }

  private static String app(String name, String image) {
    return Apps.manifest(
        name,
        "image: {%s}, run: {command: [/usr/bin/sh, -c, \"exec sleep infinity\"]}".formatted(image));
  }

  private static ImagePolicy signedBy(String key, String... unsigned) {
    return new ImagePolicy(
        List.of(new ImagePolicy.Signer(key, List.of())),
        Arrays.stream(unsigned).map(ImageScope::new).toList());
  }

  private static DeviceLoop start(
      VirtualDevice device, GitRepository repository, RealRegistry registry, ImagePolicy policy)
      throws IOException {
    UnaryOperator<DeviceSettings> often = DeviceLoop.sweeping(Duration.ofSeconds(1));
    return DeviceLoop.start(
        device,
        repository,
        s -> often.apply(s).with(registry.access()).with(DevicePolicy.NONE.with(policy)),
        QUICK);
  }

  private static void awaitDenied(DeviceLoop loop, String app, String... words) {
    await()
        .atMost(Apps.SOON)
        .untilAsserted(
            () -> assertThat(loop.why(app, "Ready")).startsWith("PolicyDenied: ").contains(words));
  }

  private static void assertGone(VirtualDevice device, String app) {
    await()
        .atMost(Apps.SOON)
        .untilAsserted(
            () -> {
              assertThat(Apps.state(device, app)).isEqualTo("inactive");
              assertThat(device.exec("test", "-e", Apps.file(app)).exitCode()).isNotZero();
            });
  }

  private static String store(VirtualDevice device) {
    return device.exec("ls", "-R", "/var/lib/sandbar/images").orThrow();
  }

  private static String planned(VirtualDevice device, Path spec) {
    var said = new ByteArrayOutputStream();
    Main.run(
        new String[] {"plan", spec.toString(), "--device", device.id()},
        InputStream.nullInputStream(),
        said,
        said,
        Map.of());
    // Without the breaks that fit a terminal.
    return said.toString(StandardCharsets.UTF_8).replaceAll("\\s+", " ");
  }

  @Test
  void onlyWhatIsSignedRuns() throws Exception {
    GitRepository repository = GitRepository.create(folder.resolve("fleet"));
    try (var registry = new RealRegistry(Files.createDirectory(folder.resolve("registry")));
        var device = VirtualDevice.named("signed").boot()) {
      device.write(KEY, pem(acme));
      device.write(OTHER, pem(stranger));
      String old = push(registry, "old");
      repository.write("old.yaml", app(registry, "old", "old", old));
      repository.commit("plain.yaml", Apps.waiting("plain"));
      try (var loop = start(device, repository, registry, ImagePolicy.NONE)) {
        Apps.awaitReady(loop, "old", "plain");
      }
      String plain = Apps.pid(device, "plain");

      String classic = push(registry, "classic");
      registry.sign(
          "acme/classic",
          classic,
          Map.of(file("p1", payload(classic)), signature(acme, payload(classic))));
      String bundled = push(registry, "bundled");
      registry.attach("acme/bundled", bundled, file("b1", bundle(acme, bundled)));
      String wrong = push(registry, "wrong");
      registry.sign(
          "acme/wrong",
          wrong,
          Map.of(file("p2", payload(wrong)), signature(stranger, payload(wrong))));
      String another = push(registry, "another");
      registry.sign(
          "acme/another",
          another,
          Map.of(file("p3", payload(classic)), signature(acme, payload(classic))));
      String changed = push(registry, "changed");
      registry.sign(
          "acme/changed",
          changed,
          Map.of(file("p4", payload(changed)), signature(acme, payload(changed) + " ")));
      String many = push(registry, "many");
      var signatures = new LinkedHashMap<Path, String>();
      for (int i = 0; i < 100; i++) {
        signatures.put(file("m" + i, "garbage " + i), "AAAA");
      }
      registry.sign("acme/many", many, signatures);
      for (var image :
          Map.of(
                  "classic", classic, "bundled", bundled, "wrong", wrong, "another", another,
                  "changed", changed, "many", many)
              .entrySet()) {
        repository.write(
            image.getKey() + ".yaml",
            app(registry, image.getKey(), image.getKey(), image.getValue()));
      }
      Path image = Workbench.images().mosquittoClient().path();
      device.put(image, "/srv/images/local.squashfs");
      device.put(image, "/srv/other/local.squashfs");
      String sum = device.exec("sha256sum", "/srv/images/local.squashfs").orThrow().split(" ")[0];
      repository.write(
          "excepted.yaml",
          app("excepted", "path: /srv/images/local.squashfs, sha256: '%s'".formatted(sum)));
      // The same bytes, which are in the store by then, from a place that is not excepted.
      repository.write(
          "around.yaml",
          app("around", "path: /srv/other/local.squashfs, sha256: '%s'".formatted(sum)));
      repository.commit(
          "named.yaml",
          Apps.manifest(
              "named",
              "directives: {RootImage: /srv/other/local.squashfs}, run: {command: [/usr/bin/sh]}"));

      try (var loop = start(device, repository, registry, signedBy(KEY, "/srv/images"))) {
        Apps.awaitReady(loop, "classic", "bundled", "excepted", "plain");
        awaitDenied(loop, "old", "acme/old", "there is none", "referrers of the image");
        assertGone(device, "old");
        awaitDenied(loop, "wrong", "by none of the keys");
        awaitDenied(loop, "another", "of another image");
        awaitDenied(loop, "changed", "by none of the keys");
        awaitDenied(loop, "many", "32 checked, which is the most");
        awaitDenied(loop, "around", "beside /srv/other/local.squashfs there is no signature");
        awaitDenied(loop, "named", "directives.RootImage");
        for (String refused : List.of(wrong, another, changed, many)) {
          assertThat(store(device)).doesNotContain(refused.substring(7));
        }
        assertThat(Apps.pid(device, "plain")).isEqualTo(plain);

        // A plan says the same beforehand, and keeps nothing.
        device.write(
            "/etc/sandbar/agent.yaml",
            "{apiVersion: sandbar.dev/v1alpha1, kind: AgentConfig, images: {caFile: %s, authFile: %s}, policy: {images: {signedBy: [{key: %s}]}}}"
                .formatted(registry.access().caFile(), registry.access().authFile(), KEY));
        assertThat(planned(device, file("plan.yaml", app(registry, "planned", "bundled", bundled))))
            .contains("planned: the policy of the device wants its image to be signed, and it is");
        assertThat(planned(device, file("plan.yaml", app(registry, "planned", "wrong", wrong))))
            .contains("by none of the keys", "cosign sign --key")
            .doesNotContain("and it is");
        assertThat(store(device)).doesNotContain(wrong.substring(7));

        // An update to what is not signed leaves what runs.
        String pid = Apps.pid(device, "classic");
        repository.commit("classic.yaml", app(registry, "classic", "wrong", wrong));
        awaitDenied(loop, "classic", "acme/wrong");
        assertThat(Apps.pid(device, "classic")).isEqualTo(pid);
        repository.commit("classic.yaml", app(registry, "classic", "classic", classic));
        Apps.awaitReady(loop, "classic");
        assertThat(Apps.pid(device, "classic")).isEqualTo(pid);

        // Signed later, it comes back by itself.
        registry.attach("acme/old", old, file("b2", bundle(acme, old)));
        Apps.awaitReady(loop, "old");
      }

      // Another start of the agent without a network.
      registry.stop();
      List<String> pids =
          List.of(
              Apps.pid(device, "classic"), Apps.pid(device, "bundled"), Apps.pid(device, "old"));
      try (var loop = start(device, repository, registry, signedBy(KEY, "/srv/images"))) {
        Apps.awaitReady(loop, "classic", "bundled", "old", "excepted");
        assertThat(
                List.of(
                    Apps.pid(device, "classic"),
                    Apps.pid(device, "bundled"),
                    Apps.pid(device, "old")))
            .isEqualTo(pids);
      }

      // Another key: what runs is signed no more, whether the registry can be asked or not.
      try (var loop = start(device, repository, registry, signedBy(OTHER))) {
        awaitDenied(loop, "classic", "could not be checked", "cannot connect");
        assertGone(device, "classic");
        assertGone(device, "bundled");
        assertGone(device, "excepted");
        registry.startAgain();
        Apps.awaitReady(loop, "wrong", "plain");
        awaitDenied(loop, "classic", "by none of the keys");
        assertThat(Apps.pid(device, "plain")).isEqualTo(plain);
      }
    }
  }
}
