package dev.sandbar.device.fetch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.model.DeviceSettings;
import dev.sandbar.core.model.ImagePolicy;
import dev.sandbar.core.model.ImageScope;
import dev.sandbar.core.model.ImageSource;
import dev.sandbar.core.model.Sha256;
import dev.sandbar.device.TestTls;
import dev.sandbar.device.signature.ImageSignature;
import dev.sandbar.device.signature.TestSigner;
import dev.sandbar.device.store.ImageStore;
import dev.sandbar.device.store.StoredSignatures;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Signatures in registries and layouts, and what is kept of them. */
final class ImageSignaturesTest {

  private static final Sha256 IMAGE = Sha256.of("an image");
  private static final String KEY = "/etc/sandbar/keys/acme.pub";
  private static final String OTHER = "/etc/sandbar/keys/other.pub";
  private static final String BUNDLE = "application/vnd.dev.sigstore.bundle.v0.3+json";

  @TempDir private Path folder;
  private Path root;
  private FileServer server;
  private TestSigner signer;
  private final Set<Sha256> served = new HashSet<>();

  @BeforeEach
  void start() throws Exception {
    root = Files.createDirectory(folder.resolve("root"));
    server = new FileServer(TestTls.in(folder, "registry"));
    signer = TestSigner.fresh();
    signer.write(root.resolve(KEY.substring(1)));
    TestSigner.fresh().write(root.resolve(OTHER.substring(1)));
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private ImageSignatures signatures(ImagePolicy policy) {
    return new ImageSignatures(
        root,
        DeviceSettings.DEFAULT
            .with(server.trusted(""))
            .with(DeviceSettings.DEFAULT.policy().with(policy)));
  }

  private static ImagePolicy signedBy(String... keys) {
    return new ImagePolicy(
        List.of(keys).stream().map(key -> new ImagePolicy.Signer(key, List.of())).toList(),
        List.of());
  }

  private ImageSource source() {
    return new ImageSource.Registry(server.host(), "acme/pump");
  }

  private SignatureVerdict judge(String... keys) {
    return signatures(signedBy(keys)).judge(source(), IMAGE);
  }

  private static void assertBad(SignatureVerdict verdict, String... words) {
    assertThat(verdict)
        .isInstanceOfSatisfying(
            SignatureVerdict.Bad.class, bad -> assertThat(bad.why()).contains(words));
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private Sha256 blob(byte[] content) {
    Sha256 digest = Sha256.of(content);
    if (served.add(digest)) {
      server.at("/v2/acme/pump/blobs/sha256:" + digest, FileServer.file(content));
    }
    return digest;
  }

  private static String layer(Sha256 content, String signature) {
    return "{\"mediaType\":\"%s\",\"digest\":\"sha256:%s\",\"size\":1,\"annotations\":{\"%s\":\"%s\"}}"
        .formatted(ImageSignature.PAYLOAD_TYPE, content, ImageSignature.SIGNATURE, signature);
  }

  private void tagged(List<String> layers) {
    server.at(
        "/v2/acme/pump/manifests/sha256-%s.sig".formatted(IMAGE),
        FileServer.file(
            bytes("{\"schemaVersion\":2,\"layers\":[%s]}".formatted(String.join(",", layers)))));
  }

  private String good() throws Exception {
    byte[] payload = TestSigner.payload(IMAGE);
    return layer(blob(payload), signer.sign(payload));
  }

  /** The index of referrers with one bundle. */
  private byte[] referrers(byte[] bundle, String predicate) {
    Sha256 content = blob(bundle);
    byte[] manifest =
        bytes(
            "{\"schemaVersion\":2,\"layers\":[{\"mediaType\":\"%s\",\"digest\":\"sha256:%s\",\"size\":1}]}"
                .formatted(BUNDLE, content));
    server.at("/v2/acme/pump/manifests/sha256:" + Sha256.of(manifest), FileServer.file(manifest));
    return bytes(
        "{\"schemaVersion\":2,\"manifests\":[{\"artifactType\":\"text/plain\",\"digest\":\"sha256:%s\"},{\"artifactType\":\"%s\",\"digest\":\"sha256:%s\",\"size\":1,\"annotations\":{\"dev.sigstore.bundle.predicateType\":\"%s\"}}]}"
            .formatted(IMAGE, BUNDLE, Sha256.of(manifest), predicate));
  }

  @Test
  void whatWasGoodNeedsNoRegistryUntilItsKeyIsGone() throws Exception {
    tagged(List.of(good()));
    assertThat(judge(OTHER, KEY)).isEqualTo(new SignatureVerdict.Good());
    int asked = server.requests.size();
    assertThat(judge(KEY)).isEqualTo(new SignatureVerdict.Good());
    assertThat(signatures(signedBy(KEY)).offline(source(), IMAGE))
        .contains(new SignatureVerdict.Good());
    assertThat(server.requests).hasSize(asked);
    // By another source of the same bytes too, and never for another image.
    assertThat(signatures(signedBy(KEY)).judge(new ImageSource.Layout("/media/stick"), IMAGE))
        .isEqualTo(new SignatureVerdict.Good());
    assertThat(signatures(signedBy(KEY)).offline(source(), Sha256.of("other"))).isEmpty();
    // The owner takes the key away.
    assertThat(signatures(signedBy(OTHER)).offline(source(), IMAGE)).isEmpty();
    assertBad(judge(OTHER), "by none of the keys");
    // It goes with the image.
    var stored = new StoredSignatures(root);
    assertThat(stored.has(IMAGE)).isTrue();
    new ImageStore(root).remove(IMAGE);
    assertThat(stored.has(IMAGE)).isFalse();
  }

  @Test
  void aLookKeepsNothing() throws Exception {
    tagged(List.of(good()));
    assertThat(signatures(signedBy(KEY)).look(source(), IMAGE))
        .isEqualTo(new SignatureVerdict.Good());
    assertThat(new StoredSignatures(root).has(IMAGE)).isFalse();
  }

  @Test
  void aBundleIsFoundByTheReferrersOfNewAndOldRegistries() throws Exception {
    byte[] index = referrers(signer.bundle(IMAGE), ImageSignature.CLAIM);
    server.at("/v2/acme/pump/manifests/sha256-" + IMAGE, FileServer.file(index));
    server.at("/v2/acme/pump/manifests/sha256-" + IMAGE + ".sig", FileServer.status(404));
    assertThat(judge(KEY)).isEqualTo(new SignatureVerdict.Good());
    assertBad(judge(OTHER), "no valid one was found (1 checked:", "by none of the keys");
    new ImageStore(root).remove(IMAGE);
    server.at("/v2/acme/pump/referrers/sha256:" + IMAGE, FileServer.file(index));
    assertThat(judge(KEY)).isEqualTo(new SignatureVerdict.Good());
  }

  @Test
  void whatIsNoneSaysWhatWasLookedFor() throws Exception {
    assertBad(
        judge(KEY),
        "the policy of this device wants the image " + source().shown(),
        "there is none: the tag sha256-" + IMAGE + ".sig and referrers of the image");
    assertThat(judge(KEY))
        .isInstanceOfSatisfying(
            SignatureVerdict.Bad.class,
            bad ->
                assertThat(bad.help())
                    .contains(KEY, "cosign sign --key", "unsigned", "@sha256:" + IMAGE));
    // Attestations are not even fetched.
    server.at(
        "/v2/acme/pump/referrers/sha256:" + IMAGE,
        FileServer.file(referrers(signer.bundle(IMAGE), "https://slsa.dev/provenance/v1")));
    assertBad(judge(KEY), "there is none");
    assertThat(new StoredSignatures(root).has(IMAGE)).isFalse();
  }

  @Test
  void badOnesAreRefusedAndAGoodOneAmongThemIsFound() throws Exception {
    byte[] payload = TestSigner.payload(IMAGE);
    byte[] changed = bytes(new String(payload, StandardCharsets.UTF_8) + " ");
    byte[] other = TestSigner.payload(Sha256.of("other"));
    var bad =
        new ArrayList<>(
            List.of(
                layer(blob(payload), TestSigner.fresh().sign(payload)),
                layer(blob(changed), signer.sign(payload)),
                layer(blob(other), signer.sign(other)),
                layer(blob(bytes("garbage")), "!"),
                "{}",
                "[]",
                "{\"mediaType\":\"x\",\"digest\":\"sha256:" + IMAGE + "\"}"));
    tagged(bad);
    assertBad(judge(KEY), "no valid one was found (7 checked:", "by none of the keys");
    // The registry takes the tag anew.
    server.close();
    server = new FileServer(TestTls.in(folder, "registry"));
    served.clear();
    bad.set(0, layer(blob(payload), TestSigner.fresh().sign(payload)));
    bad.set(1, good());
    tagged(bad);
    assertThat(judge(KEY)).isEqualTo(new SignatureVerdict.Good());
  }

  @Test
  void soManyAreLookedAtAndNoMore() throws Exception {
    byte[] payload = TestSigner.payload(IMAGE);
    String wrong = layer(blob(payload), TestSigner.fresh().sign(payload));
    var many = new ArrayList<>(Collections.nCopies(3_000, wrong));
    many.add(good());
    tagged(many);
    assertBad(judge(KEY), "32 checked, which is the most");
    assertThat(server.requests.size()).isLessThan(40);
  }

  @Test
  void garbageIsNoSignature() throws Exception {
    for (String garbage : List.of("", "{", "[]", "{\"layers\":{}}", "<html>")) {
      server.at(
          "/v2/acme/pump/manifests/sha256-%s.sig".formatted(IMAGE),
          FileServer.file(bytes(garbage)));
      assertBad(judge(KEY), "no valid one was found", "no manifest with a signature");
      server.close();
      server = new FileServer(TestTls.in(folder, "registry"));
    }
  }

  /** Whoever cannot be asked has not signed. */
  @Test
  void aRegistryThatIsAwayAndAKeyThatIsNotThereAreReasons() throws Exception {
    assertBad(judge("/etc/sandbar/keys/none.pub"), "there is no key /etc/sandbar/keys/none.pub");
    server.at("/v2/acme/pump/manifests/", FileServer.status(500));
    assertBad(judge(KEY), "could not be checked", "HTTP 500");
    ImageSource source = source();
    server.close();
    assertBad(
        signatures(signedBy(KEY)).judge(source, IMAGE), "could not be checked", "cannot connect");
  }

  @Test
  void placesAreExceptedAndKeysAreForPlaces() throws Exception {
    tagged(List.of(good()));
    var scope = new ImageScope(server.host() + "/acme");
    var elsewhere = new ImageScope(server.host() + "/acm");
    assertThat(
            signatures(
                    new ImagePolicy(
                        List.of(new ImagePolicy.Signer(OTHER, List.of())), List.of(scope)))
                .judge(source(), IMAGE))
        .isEqualTo(new SignatureVerdict.Good());
    assertBad(
        signatures(
                new ImagePolicy(
                    List.of(new ImagePolicy.Signer(KEY, List.of(elsewhere))), List.of(elsewhere)))
            .judge(source(), IMAGE),
        "none of its keys may sign those from there");
    assertThat(
            signatures(
                    new ImagePolicy(
                        List.of(new ImagePolicy.Signer(KEY, List.of(scope))), List.of()))
                .judge(source(), IMAGE))
        .isEqualTo(new SignatureVerdict.Good());
    for (ImageSource without :
        List.of(new ImageSource.File("/srv/a.raw"), new ImageSource.Web("https://a.example/b"))) {
      assertBad(
          signatures(signedBy(KEY)).judge(without, Sha256.of("file")), "nothing there has one");
    }
  }

  /** As {@code oras cp -r} and {@code cosign save} write it. */
  @Test
  void aLayoutHasItsSignaturesWithIt() throws Exception {
    Path layout = Files.createDirectories(root.resolve("media/stick"));
    Path blobs = Files.createDirectories(layout.resolve("blobs/sha256"));
    Files.writeString(layout.resolve("oci-layout"), "{\"imageLayoutVersion\":\"1.0.0\"}");
    byte[] image = bytes("{\"schemaVersion\":2,\"layers\":[]}");
    Sha256 digest = put(blobs, image);
    var source = new ImageSource.Layout("/media/stick");
    byte[] payload = TestSigner.payload(digest);
    String layer = layer(put(blobs, payload), signer.sign(payload));
    Sha256 manifest = put(blobs, bytes("{\"schemaVersion\":2,\"layers\":[%s]}".formatted(layer)));
    index(layout, digest);
    assertBad(
        signatures(signedBy(KEY)).judge(source, digest),
        "there is none: the manifests that index.json lists");
    index(layout, digest, manifest);
    assertThat(signatures(signedBy(KEY)).judge(source, digest))
        .isEqualTo(new SignatureVerdict.Good());
    assertBad(
        signatures(signedBy(KEY)).judge(new ImageSource.Layout("/media/none"), IMAGE),
        "there is no OCI layout");
  }

  private static Sha256 put(Path blobs, byte[] content) throws IOException {
    Sha256 digest = Sha256.of(content);
    Files.write(blobs.resolve(digest.hex()), content);
    return digest;
  }

  private static void index(Path layout, Sha256... manifests) throws IOException {
    List<String> entries =
        List.of(manifests).stream().map(it -> "{\"digest\":\"sha256:%s\"}".formatted(it)).toList();
    Files.writeString(
        layout.resolve("index.json"),
        "{\"schemaVersion\":2,\"manifests\":[%s]}".formatted(String.join(",", entries)));
  }

  /** The loop is never held up, and hears when something is new. */
  @Test
  void checksRunBesideTheLoop() throws Exception {
    var news = new Semaphore(0);
    var pause = new Duration[] {Duration.ofDays(1)};
    try (var checks =
        new SignatureChecks(signatures(signedBy(KEY)), _ -> pause[0], news::release)) {
      assertThat(checks.verdict(source(), IMAGE)).isEmpty();
      assertThat(news.tryAcquire(1, TimeUnit.MINUTES)).isTrue();
      assertThat(checks.verdict(source(), IMAGE))
          .hasValueSatisfying(it -> assertBad(it, "there is none"));
      // Signed later: it is found when the pause is over.
      tagged(List.of(good()));
      assertThat(checks.verdict(source(), IMAGE)).get().isInstanceOf(SignatureVerdict.Bad.class);
      pause[0] = Duration.ZERO;
      assertThat(checks.verdict(source(), IMAGE)).get().isInstanceOf(SignatureVerdict.Bad.class);
      assertThat(news.tryAcquire(1, TimeUnit.MINUTES)).isTrue();
      assertThat(checks.verdict(source(), IMAGE)).contains(new SignatureVerdict.Good());
      // What the device lost is looked for again.
      new ImageStore(root).remove(IMAGE);
      assertThat(checks.verdict(source(), IMAGE)).isEqualTo(Optional.empty());
      assertThat(news.tryAcquire(1, TimeUnit.MINUTES)).isTrue();
      assertThat(checks.verdict(source(), IMAGE)).contains(new SignatureVerdict.Good());
    }
    try (var checks = new SignatureChecks(signatures(signedBy(KEY)), _ -> pause[0], () -> {})) {
      assertThat(checks.verdict(source(), IMAGE)).contains(new SignatureVerdict.Good());
    }
  }
}
