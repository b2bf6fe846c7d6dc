package dev.sandbar.device.fetch;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpHandler;
import dev.sandbar.core.model.DeviceSettings;
import dev.sandbar.core.model.ImagePolicy;
import dev.sandbar.core.model.ImageScope;
import dev.sandbar.core.model.ImageSource;
import dev.sandbar.core.model.Sha256;
import dev.sandbar.device.TestTls;
import dev.sandbar.device.signature.ImageSignature;
import dev.sandbar.device.signature.TestSigner;
import dev.sandbar.device.store.ImageOrigins;
import dev.sandbar.device.store.ImageStore;
import dev.sandbar.device.store.ImageStore.Stored;
import dev.sandbar.device.store.StoredSignatures;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Where images really came from, and what a spec may claim of it. */
final class ImageOriginsTest {

  private static final byte[] IMAGE = ImageFetchTest.IMAGE;
  private static final Sha256 DIGEST = ImageFetchTest.DIGEST;
  private static final String KEY = "/etc/sandbar/keys/vendor.pub";

  @TempDir private Path folder;
  private Path root;
  private ImageStore store;
  private ImageOrigins origins;
  private FileServer elsewhere;
  private FileServer excepted;
  private TestSigner signer;

  @BeforeEach
  void start() throws Exception {
    root = Files.createDirectory(folder.resolve("root"));
    store = new ImageStore(root);
    origins = new ImageOrigins(root);
    var tls = TestTls.in(folder, "server");
    elsewhere = new FileServer(tls);
    excepted = new FileServer(tls);
    signer = TestSigner.fresh();
    signer.write(root.resolve(KEY.substring(1)));
  }

  @AfterEach
  void stop() {
    elsewhere.close();
    excepted.close();
  }

  private static ImagePolicy unsigned(String... places) {
    return new ImagePolicy(
        List.of(new ImagePolicy.Signer(KEY, List.of())),
        List.of(places).stream().map(ImageScope::new).toList());
  }

  private DeviceSettings settings(ImagePolicy policy) {
    return DeviceSettings.DEFAULT
        .with(excepted.trusted(""))
        .with(DeviceSettings.DEFAULT.policy().with(policy));
  }

  private ImageSignatures signatures(ImagePolicy policy) {
    return new ImageSignatures(root, settings(policy));
  }

  private Stored fetch(ImagePolicy policy, ImageSource.Remote source) {
    return new ImageFetch(root, store, settings(policy)).fetch(source, DIGEST);
  }

  /** As an agent did that kept no place, or before the owner had a policy. */
  private void store() {
    assertThat(fetch(ImagePolicy.NONE, there(elsewhere, FileServer.file(IMAGE))))
        .isInstanceOf(Stored.Kept.class);
  }

  private static ImageSource.Web there(FileServer server, HttpHandler handler) {
    server.at("/image", handler);
    return new ImageSource.Web(server.url("/image"));
  }

  private static void assertBad(SignatureVerdict verdict, String... words) {
    assertThat(verdict)
        .isInstanceOfSatisfying(
            SignatureVerdict.Bad.class, bad -> assertThat(bad.why()).contains(words));
  }

  private static void assertRefused(Stored stored, String... words) {
    assertThat(stored)
        .isInstanceOfSatisfying(
            Stored.Refused.class, refused -> assertThat(refused.message()).contains(words));
  }

  @Test
  void anImageOfTheStoreIsNotFromAPlaceForASpecSaysSo() throws IOException {
    store();
    ImagePolicy policy = unsigned(excepted.url(""));
    var handlers =
        new ArrayList<>(
            List.of(
                FileServer.status(404),
                FileServer.file("hsqs: another".getBytes(StandardCharsets.US_ASCII)),
                FileServer.cut(IMAGE, 300_000),
                FileServer.file(IMAGE)));
    ImageSource.Web claimed = there(excepted, exchange -> handlers.removeFirst().handle(exchange));
    ImageSignatures signatures = signatures(policy);
    assertThat(signatures.offline(claimed, DIGEST)).isEmpty();
    assertThat(signatures.isKept(claimed, DIGEST)).isFalse();
    assertBad(
        signatures.judge(claimed, DIGEST),
        "came from " + elsewhere.url("") + ", and could not be verified at " + claimed.shown(),
        "HTTP 404");
    assertBad(signatures.judge(claimed, DIGEST), "is not what the digest promises");
    // It is not read again and again; but a new agent does.
    assertBad(signatures.judge(claimed, DIGEST), "read again an hour after");
    signatures = signatures(policy);
    assertBad(signatures.judge(claimed, DIGEST), "lost");
    assertThat(signatures.judge(claimed, DIGEST)).isEqualTo(new SignatureVerdict.Good());
    // It went on where the connection was lost, and nobody has to ask again.
    assertThat(excepted.requests.getLast()).contains("bytes=");
    int asked = excepted.requests.size();
    assertThat(signatures(policy).offline(claimed, DIGEST)).contains(new SignatureVerdict.Good());
    assertThat(signatures.isKept(claimed, DIGEST)).isTrue();
    assertThat(fetch(policy, claimed)).isEqualTo(new Stored.Kept(ImageStore.path(DIGEST), false));
    assertThat(excepted.requests).hasSize(asked);
    assertThat(origins.places(DIGEST)).containsExactly(elsewhere.url(""), excepted.url(""));
    // Nothing was lost meanwhile.
    assertThat(store.verify(DIGEST)).isTrue();
  }

  @Test
  void aStoreThatKeptNoPlacesIsNotBelieved() throws IOException {
    store();
    Files.delete(onDevice(".origins"));
    ImageSource.Web claimed = there(excepted, FileServer.status(503));
    assertBad(
        signatures(unsigned(excepted.url(""))).judge(claimed, DIGEST),
        "came from where nobody knows");
    assertThat(store.verify(DIGEST)).isTrue();
    // One that is not there yet will be fetched from there.
    assertThat(signatures(unsigned(excepted.url(""))).offline(claimed, Sha256.of("other")))
        .contains(new SignatureVerdict.Good());
  }

  /** Between the verdict and the fetch another app may bring the same bytes. */
  @Test
  void aFetchTakesWhatIsThereOnlyIfItIsThereToo() {
    store();
    var handlers = new ArrayList<>(List.of(FileServer.status(404), FileServer.file(IMAGE)));
    ImageSource.Web claimed = there(excepted, exchange -> handlers.removeFirst().handle(exchange));
    ImagePolicy policy = unsigned(excepted.url(""));
    assertRefused(fetch(policy, claimed), "not known to be from there", "HTTP 404");
    assertThat(fetch(policy, claimed)).isEqualTo(new Stored.Kept(ImageStore.path(DIGEST), false));
    assertThat(excepted.requests).hasSize(2);
    // Where the place does not matter nobody is asked.
    assertThat(fetch(unsigned(), new ImageSource.Web(excepted.url("/none"))))
        .isEqualTo(new Stored.Kept(ImageStore.path(DIGEST), false));
    assertThat(excepted.requests).hasSize(2);
  }

  @Test
  void whatArrivedFromAnotherPlaceIsNoPartOfIt() {
    ImageSource.Web other = there(elsewhere, FileServer.cut(IMAGE, 600_000));
    assertRefused(fetch(ImagePolicy.NONE, other), "goes on there");
    ImageSource.Web claimed = there(excepted, FileServer.file(IMAGE));
    assertThat(fetch(unsigned(excepted.url("")), claimed)).isInstanceOf(Stored.Kept.class);
    assertThat(excepted.requests).containsExactly("/image  ");
    assertThat(origins.places(DIGEST)).containsExactly(excepted.url(""));
  }

  /** Also while no policy asks: one that is set later believes what was kept. */
  @Test
  void aPlaceIsKeptOnlyIfAllBytesAreFromThere() {
    ImageSource.Web other = there(elsewhere, FileServer.cut(IMAGE, 600_000));
    assertRefused(fetch(ImagePolicy.NONE, other), "goes on there");
    ImageSource.Web claimed = there(excepted, FileServer.file(IMAGE));
    assertThat(fetch(ImagePolicy.NONE, claimed)).isInstanceOf(Stored.Kept.class);
    assertThat(excepted.requests).hasSize(1).allMatch(it -> it.contains("bytes="));
    assertThat(origins.places(DIGEST)).isEmpty();
  }

  @Test
  void aCopyIsFromAFileOnlyIfItHasTheSameContent() throws IOException {
    store();
    var claimed = new ImageSource.File("/srv/images/a.squashfs");
    ImagePolicy policy = unsigned("/srv/images");
    var fetch = new ImageFetch(root, store, settings(policy));
    assertBad(signatures(policy).judge(claimed, DIGEST), "could not be verified at /srv/images");
    assertRefused(fetch.copy(claimed, DIGEST), "not known to be from there");
    Path file = root.resolve("srv/images/a.squashfs");
    Files.createDirectories(file.getParent());
    Files.write(file, "hsqs: another".getBytes(StandardCharsets.US_ASCII));
    assertRefused(fetch.copy(claimed, DIGEST), "is not the declared");
    Files.write(file, IMAGE);
    assertThat(fetch.copy(claimed, DIGEST)).isInstanceOf(Stored.Kept.class);
    Files.delete(file);
    assertThat(signatures(policy).judge(claimed, DIGEST)).isEqualTo(new SignatureVerdict.Good());
  }

  @Test
  void aRegistryShowsItByTheManifestAlone() {
    byte[] manifest =
        "{\"schemaVersion\":2,\"layers\":[{\"mediaType\":\"x\",\"digest\":\"sha256:%s\",\"size\":%d}]}"
            .formatted(DIGEST, IMAGE.length)
            .getBytes(StandardCharsets.US_ASCII);
    Sha256 image = Sha256.of(manifest);
    var fetch = new ImageFetch(root, store, settings(ImagePolicy.NONE));
    for (String repository : List.of("evil/pump", "acme/pump")) {
      excepted.at("/v2/%s/blobs/sha256:%s".formatted(repository, DIGEST), FileServer.file(IMAGE));
    }
    excepted.at("/v2/evil/pump/manifests/sha256:" + image, FileServer.file(manifest));
    var evil = new ImageSource.Registry(excepted.host(), "evil/pump");
    assertThat(fetch.fetch(evil, image)).isInstanceOf(Stored.Kept.class);
    var acme = new ImageSource.Registry(excepted.host(), "acme/pump");
    ImagePolicy policy = unsigned(excepted.host() + "/acme");
    assertBad(
        signatures(policy).judge(acme, image), "came from %s/evil/pump".formatted(excepted.host()));
    excepted.at("/v2/acme/pump/manifests/sha256:" + image, FileServer.file(manifest));
    assertThat(signatures(policy).judge(acme, image)).isEqualTo(new SignatureVerdict.Good());
    assertThat(excepted.requests).noneMatch(it -> it.startsWith("/v2/acme/pump/blobs"));
  }

  /** A key that may sign images from one place signs none that only claims to be from there. */
  @Test
  void aKeyOfOnePlaceCountsForNoOther() throws Exception {
    store();
    byte[] payload = TestSigner.payload(DIGEST);
    new StoredSignatures(root)
        .write(DIGEST, ImageSignature.ofPayload(payload, signer.sign(payload)).kept());
    var vendor = new ImageSource.Registry(excepted.host(), "vendor/pump");
    var policy =
        new ImagePolicy(
            List.of(
                new ImagePolicy.Signer(KEY, List.of(new ImageScope(excepted.host() + "/vendor")))),
            List.of());
    assertThat(signatures(policy).offline(vendor, DIGEST)).isEmpty();
    assertBad(signatures(policy).judge(vendor, DIGEST), "could not be verified at", "vendor/pump");
    // One that counts for all places needs none.
    assertThat(signatures(unsigned()).offline(vendor, DIGEST))
        .contains(new SignatureVerdict.Good());
  }

  @Test
  void onlyRootReadsThePlacesAndTheyGoWithTheImage() throws IOException {
    store();
    Path file = onDevice(".origins");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");
    for (int i = 0; i < 40; i++) {
      origins.add(DIGEST, new ImageSource.Layout("/media/" + i));
    }
    assertThat(origins.places(DIGEST)).hasSize(32).contains("/media/39").doesNotContain("/media/2");
    store.remove(DIGEST);
    assertThat(file).doesNotExist();
    assertThat(origins.places(DIGEST)).isEmpty();
  }

  private Path onDevice(String suffix) {
    return root.resolve(ImageStore.DIRECTORY.substring(1)).resolve("sha256-" + DIGEST + suffix);
  }
}
