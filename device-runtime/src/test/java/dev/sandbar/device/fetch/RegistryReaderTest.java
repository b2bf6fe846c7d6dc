package dev.sandbar.device.fetch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.model.DeviceSettings;
import dev.sandbar.core.model.ImageSource;
import dev.sandbar.core.model.Sha256;
import dev.sandbar.device.TestTls;
import dev.sandbar.device.store.ImageStore;
import dev.sandbar.device.store.ImageStore.Stored;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Base64;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Registries that differ from the real one, which the tests of devices have. */
final class RegistryReaderTest {

  private static final String LAYER =
      "{\"mediaType\":\"application/octet-stream\",\"digest\":\"sha256:%s\",\"size\":%d}";
  private static final String MANIFEST = "{\"schemaVersion\":2,\"layers\":[%s]}";

  @TempDir private Path folder;
  private Path root;
  private ImageStore store;
  private TestTls tls;
  private FileServer server;
  private String authFile = "";

  @BeforeEach
  void start() throws Exception {
    root = Files.createDirectory(folder.resolve("root"));
    store = new ImageStore(root);
    tls = TestTls.in(folder, "registry");
    server = new FileServer(tls);
    server.at(
        "/v2/acme/pump/blobs/sha256:" + ImageFetchTest.DIGEST,
        FileServer.file(ImageFetchTest.IMAGE));
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private static String layer() {
    return LAYER.formatted(ImageFetchTest.DIGEST, ImageFetchTest.IMAGE.length);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  /** Serves it, and says by which digest. */
  private Sha256 manifest(String text) {
    Sha256 digest = Sha256.of(text);
    server.at("/v2/acme/pump/manifests/sha256:" + digest, FileServer.file(bytes(text)));
    return digest;
  }

  private Stored fetch(Sha256 digest) {
    return new ImageFetch(root, store, DeviceSettings.DEFAULT.with(server.trusted(authFile)))
        .fetch(new ImageSource.Registry(server.host(), "acme/pump"), digest);
  }

  private static void assertRefused(Stored stored, String... words) {
    assertThat(stored)
        .isInstanceOfSatisfying(
            Stored.Refused.class, refused -> assertThat(refused.message()).contains(words));
  }

  @Test
  void theContentIsJudgedByTheDeclaredDigestForEver() throws IOException {
    Sha256 digest = manifest(MANIFEST.formatted(layer()));
    assertThat(fetch(digest)).isEqualTo(new Stored.Kept(ImageStore.path(digest), true));
    Path image = root.resolve(ImageStore.path(digest).substring(1));
    assertThat(Files.readAllBytes(image)).isEqualTo(ImageFetchTest.IMAGE);
    assertThat(new ImageStore(root).verified()).containsOnlyKeys(digest.hex());

    Path kept = image.resolveSibling("sha256-" + digest + ".manifest-0.json");
    byte[] other = ImageFetchTest.IMAGE.clone();
    other[100] ^= 1;
    Files.setPosixFilePermissions(image, PosixFilePermissions.fromString("rw-r--r--"));
    Files.write(image, other);
    assertThat(new ImageStore(root).verify(digest)).isFalse();
    // A manifest that fits the changed image is not the one of the digest.
    Files.setPosixFilePermissions(kept, PosixFilePermissions.fromString("rw-r--r--"));
    Files.writeString(kept, MANIFEST.formatted(LAYER.formatted(Sha256.of(other), other.length)));
    assertThat(new ImageStore(root).verify(digest)).isFalse();

    assertThat(fetch(digest)).isEqualTo(new Stored.Kept(ImageStore.path(digest), true));
    store.remove(digest);
    try (var left = Files.list(image.getParent())) {
      assertThat(left.filter(Files::isRegularFile)).isEmpty();
    }
  }

  @Test
  void anIndexLeadsToTheImageOfThisPlatform() {
    Sha256 ours = manifest(MANIFEST.formatted(layer()));
    String entry =
        "{\"digest\":\"sha256:%s\",\"size\":1,\"platform\":{\"os\":\"linux\",\"architecture\":\"%s\"}}";
    Sha256 other = Sha256.of("another");
    String here = System.getProperty("os.arch").replace("aarch64", "arm64");
    Sha256 index =
        manifest(
            "{\"manifests\":[%s,%s]}"
                .formatted(entry.formatted(other, "riscv64"), entry.formatted(ours, here)));
    assertThat(fetch(index)).isEqualTo(new Stored.Kept(ImageStore.path(index), true));
    assertThat(new ImageStore(root).verify(index)).isTrue();

    Sha256 without = manifest("{\"manifests\":[%s]}".formatted(entry.formatted(other, "riscv64")));
    assertRefused(fetch(without), "has no image for linux/" + here, "only for 'linux/riscv64'");
    Sha256 nested = manifest("{\"manifests\":[%s]}".formatted(entry.formatted(index, here)));
    assertRefused(fetch(nested), "leads to another index");
  }

  @Test
  void whatHoldsNoFileSystemIsRefused() {
    for (Map.Entry<String, String> wrong :
        Map.of(
                "{}",
                "no manifest of an image",
                "[1",
                "not JSON",
                "{\"layers\":[],\"manifests\":[]}",
                "no manifest of an image",
                "{\"layers\":[]}",
                "0 layers",
                "{\"layers\":[%s,%s]}".formatted(layer(), layer()),
                "2 layers",
                "{\"layers\":[{\"digest\":\"md5:1\",\"size\":1}]}",
                "no sha256 digest",
                "{\"layers\":[{\"digest\":\"sha256:%s\",\"size\":-1}]}"
                    .formatted(ImageFetchTest.DIGEST),
                "no size",
                "{\"layers\":[{\"mediaType\":\"application/vnd.oci.image.layer.v1.tar+xz\",\"digest\":\"sha256:%s\",\"size\":1}]}"
                    .formatted(ImageFetchTest.DIGEST),
                "is of the type 'application/vnd.oci.image.layer.v1.tar+xz'")
            .entrySet()) {
      assertRefused(fetch(manifest(wrong.getKey())), wrong.getValue());
    }
    assertThat(store.stored()).isEmpty();
  }

  @Test
  void aRegistryCannotSendAnotherManifestOrAnotherSize() {
    Sha256 declared = Sha256.of("declared");
    server.at(
        "/v2/acme/pump/manifests/sha256:" + declared,
        FileServer.file(bytes(MANIFEST.formatted(layer()))));
    assertRefused(fetch(declared), "not what the digest promises");
    Sha256 larger = manifest(MANIFEST.formatted(LAYER.formatted(ImageFetchTest.DIGEST, 1_000_000)));
    assertRefused(fetch(larger), "800014 bytes are offered, and its manifest says 1000000");
    assertThat(store.stored()).isEmpty();
  }

  @Test
  void theLoginGoesToTheRealmAndTheTokenToTheRegistry() throws Exception {
    authFile = login("{\"auths\":{\"%s/acme\":{\"auth\":\"%s\"},\"%s\":{\"auth\":\"eDp5\"}}}");
    try (var others = new FileServer(tls)) {
      String text = MANIFEST.formatted(layer());
      Sha256 digest = Sha256.of(text);
      server.at("/token", FileServer.file(bytes("{\"token\":\"abc.DEF\"}")));
      server.at(
          "/v2/acme/pump/manifests/sha256:" + digest,
          exchange -> {
            if (FileServer.header(exchange, "Authorization").equals("Bearer abc.DEF")) {
              FileServer.file(bytes(text)).handle(exchange);
              return;
            }
            exchange
                .getResponseHeaders()
                .set(
                    "WWW-Authenticate",
                    "Bearer realm=\"%s\",service=\"s p\",scope=\"repository:acme/pump:pull\""
                        .formatted(server.url("/token")));
            exchange.sendResponseHeaders(401, -1);
          });
      assertThat(fetch(digest)).isInstanceOf(Stored.Kept.class);
      String login = "Basic " + Base64.getEncoder().encodeToString(bytes("me:word"));
      assertThat(server.requests)
          .contains("/token?scope=repository%3Aacme%2Fpump%3Apull&service=s+p  " + login)
          .anyMatch(it -> it.startsWith("/v2/") && it.endsWith("Bearer abc.DEF"))
          .noneMatch(it -> it.startsWith("/v2/") && it.contains("Basic"));

      // Blobs lie elsewhere, and that place gets no token.
      Sha256 far = Sha256.of("hsqs far");
      String farText = MANIFEST.formatted(LAYER.formatted(far, "hsqs far".length()));
      Sha256 farDigest = Sha256.of(farText);
      server.at("/v2/acme/pump/manifests/sha256:" + farDigest, FileServer.file(bytes(farText)));
      server.at("/v2/acme/pump/blobs/sha256:" + far, FileServer.redirect(others.url("/s3")));
      others.at("/s3", FileServer.file(bytes("hsqs far")));
      assertThat(fetch(farDigest)).isInstanceOf(Stored.Kept.class);
      assertThat(others.requests).containsExactly("/s3  ");
    }
  }

  @Test
  void anotherHostGetsNoLogin() throws Exception {
    authFile = login("{\"auths\":{\"%s\":{\"auth\":\"%s\"}}}");
    String text = MANIFEST.formatted(layer());
    Sha256 digest = Sha256.of(text);
    server.at(
        "/v2/acme/pump/manifests/sha256:" + digest,
        exchange -> {
          if (FileServer.header(exchange, "Authorization").startsWith("Basic ")) {
            String elsewhere = server.url("/s3").replace("localhost", "127.0.0.1");
            FileServer.redirect(elsewhere).handle(exchange);
            return;
          }
          exchange.getResponseHeaders().set("WWW-Authenticate", "Basic realm=\"x\"");
          exchange.sendResponseHeaders(401, -1);
        });
    server.at("/s3", FileServer.file(bytes(text)));
    assertThat(fetch(digest)).isInstanceOf(Stored.Kept.class);
    assertThat(server.requests).contains("/s3  ").noneMatch(it -> it.startsWith("/s3  B"));
  }

  @Test
  void saysWhatIsWrongWithLoginsAndRealms() throws Exception {
    Sha256 digest = Sha256.of("x");
    var challenge = new String[] {"Basic realm=\"x\""};
    server.at(
        "/v2/acme/pump/manifests/sha256:" + digest,
        exchange -> {
          exchange.getResponseHeaders().set("WWW-Authenticate", challenge[0]);
          exchange.sendResponseHeaders(401, -1);
        });
    assertRefused(fetch(digest), "HTTP 401", "images.authFile");
    authFile = login("{\"auths\":{\"%s\":{\"auth\":\"nocolon%s\"}}}");
    assertRefused(fetch(digest), "images.authFile", "base64");
    authFile = login("not json");
    assertRefused(fetch(digest), "images.authFile is not JSON");
    Files.setPosixFilePermissions(Path.of(authFile), PosixFilePermissions.fromString("rw-r--r--"));
    assertRefused(fetch(digest), "images.authFile", "can be read or changed by others");
    authFile = "";
    for (String realm : new String[] {"http://localhost/token", "file:///etc/passwd", "", "x\ny"}) {
      challenge[0] = "Bearer realm=\"" + realm.replace("\n", "") + "\"";
      assertRefused(fetch(digest), "no https URL at which it gives out tokens");
    }
    challenge[0] = "Negotiate";
    assertRefused(fetch(digest), "HTTP 401");
  }

  private String login(String form) throws IOException {
    String auth = Base64.getEncoder().encodeToString(bytes("me:word"));
    Path file = folder.resolve("auth.json");
    Files.writeString(file, form.formatted(server.host(), auth, server.host()));
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    return file.toString();
  }
}
