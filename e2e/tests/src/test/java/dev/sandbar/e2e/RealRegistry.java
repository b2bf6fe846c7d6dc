package dev.sandbar.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.model.DeviceSettings;
import dev.sandbar.core.model.Sha256;
import dev.sandbar.device.chunk.ChunkIndex;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;

/**
 * The registry of Debian (docker-registry) on loopback, with TLS and a login, and the clients oras
 * and skopeo, which push to it.
 */
final class RealRegistry implements AutoCloseable {

  private static final String USER = "pusher";
  private static final String PASSWORD = "secret";

  /** Of the password, by bcrypt, which is the only form that the registry takes. */
  private static final String HASH = "$2y$04$Jwhklh/JcjWeHgNpCCeZ5OqpX1nlhequMIhL8H9DuqUMrq.ZZTVb6";

  private static final Duration LIMIT = Duration.ofSeconds(60);

  private final Path folder;
  private final List<String> reach;
  private final int port = RealAlertmanager.freePort();
  private Process process;

  /** Starts one that keeps its files in the folder. */
  RealRegistry(Path folder) throws IOException, InterruptedException {
    this(folder, List.of());
  }

  /**
   * The same in another network.
   *
   * @param reach command that runs a program there
   */
  RealRegistry(Path folder, List<String> reach) throws IOException, InterruptedException {
    this.folder = folder;
    this.reach = List.copyOf(reach);
    run(
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=registry -addext subjectAltName=DNS:localhost -keyout %s -out %s"
            .formatted(folder.resolve("key.pem"), folder.resolve("ca.pem")));
    Files.writeString(folder.resolve("htpasswd"), USER + ":" + HASH + "\n");
    String login =
        Base64.getEncoder()
            .encodeToString((USER + ":" + PASSWORD).getBytes(StandardCharsets.UTF_8));
    Files.writeString(
        folder.resolve("auth.json"),
        "{\"auths\": {\"%s\": {\"auth\": \"%s\"}}}".formatted(host(), login));
    Files.setPosixFilePermissions(
        folder.resolve("auth.json"), PosixFilePermissions.fromString("rw-------"));
    Files.writeString(
        folder.resolve("registry.yml"),
        """
        version: 0.1
        log: {level: error, accesslog: {disabled: true}}
        storage: {filesystem: {rootdirectory: %1$s/data}}
        http: {addr: "127.0.0.1:%2$d", tls: {certificate: %1$s/ca.pem, key: %1$s/key.pem}}
        auth: {htpasswd: {realm: registry, path: %1$s/htpasswd}}
        """
            .formatted(folder, port));
    this.process = start();
  }

  private Process start() throws IOException {
    Process started =
        new ProcessBuilder(
                there(
                    RealAlertmanager.program("docker-registry"),
                    "serve",
                    folder.resolve("registry.yml").toString()))
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("registry.log").toFile())
            .start();
    Awaitility.await().atMost(LIMIT).until(this::listens);
    return started;
  }

  private List<String> there(String... command) {
    var whole = new ArrayList<>(reach);
    whole.addAll(List.of(command));
    return whole;
  }

  private boolean listens() throws IOException, InterruptedException {
    String connect = "exec 3<>/dev/tcp/127.0.0.1/" + port;
    return new ProcessBuilder(there("bash", "-c", connect)).start().waitFor() == 0;
  }

  String host() {
    return "localhost:" + port;
  }

  /** What a device's settings say, so that it may read here. */
  DeviceSettings.Images access() {
    return new DeviceSettings.Images(
        folder.resolve("ca.pem").toString(), folder.resolve("auth.json").toString());
  }

  /** Pushes one file as an image, as the docs say, and gives the digest of its manifest. */
  String push(String repository, String tag, Path file) throws IOException, InterruptedException {
    String target = host() + "/" + repository + ":" + tag;
    run(
        "oras push --plain-http=false --disable-path-validation --ca-file %s --registry-config %s %s %s"
            .formatted(access().caFile(), access().authFile(), target, file));
    return resolve(target);
  }

  /** The same with the index of its chunks, which lies beside it. */
  String pushWithChunks(String repository, String tag, Path file)
      throws IOException, InterruptedException {
    String target = host() + "/" + repository + ":" + tag;
    run(
        "oras push --plain-http=false --disable-path-validation --ca-file %s --registry-config %s %s %s %s:%s"
            .formatted(
                access().caFile(),
                access().authFile(),
                target,
                file,
                file + ChunkIndex.SUFFIX,
                ChunkIndex.MEDIA_TYPE));
    return resolve(target);
  }

  /** Where it keeps the content of a file. */
  Path blob(Sha256 content) {
    return folder.resolve(
        "data/docker/registry/v2/blobs/sha256/%s/%s/data"
            .formatted(content.hex().substring(0, 2), content.hex()));
  }

  /** Copies what skopeo names: {@code oci:FOLDER:TAG}, or a repository of this registry. */
  String copy(String from, String repository, String tag) throws IOException, InterruptedException {
    Path certificates = Files.createDirectories(folder.resolve("certs"));
    Files.copy(
        folder.resolve("ca.pem"),
        certificates.resolve("ca.crt"),
        java.nio.file.StandardCopyOption.REPLACE_EXISTING);
    String flags =
        "--src-cert-dir %1$s --dest-cert-dir %1$s --authfile %2$s"
            .formatted(certificates, access().authFile());
    Path digest = folder.resolve("digest");
    run(
        "skopeo --insecure-policy copy --all --digestfile %s %s %s docker://%s/%s:%s"
            .formatted(digest, flags, from, host(), repository, tag));
    return Files.readString(digest).strip();
  }

  /**
   * Pushes a layout with its layers in zstd. skopeo writes them; it would push layers of another
   * form where the registry has those, so that oras pushes.
   */
  String pushInZstd(String layout, String repository) throws IOException, InterruptedException {
    Path inZstd = folder.resolve("zstd");
    run(
        "skopeo --insecure-policy copy --dest-compress-format zstd %s oci:%s:1"
            .formatted(layout, inZstd));
    String target = host() + "/" + repository + ":1";
    run(
        "oras cp --from-oci-layout --to-plain-http=false --to-ca-file %s --to-registry-config %s %s:1 %s"
            .formatted(access().caFile(), access().authFile(), inZstd, target));
    return resolve(target);
  }

  /** Puts files under the old tag of cosign for the image, each with its signature. */
  void sign(String repository, String digest, Map<Path, String> signatures)
      throws IOException, InterruptedException {
    var annotations = new ArrayList<String>();
    var files = new ArrayList<String>();
    signatures.forEach(
        (file, signature) -> {
          annotations.add(
              "\"%s\": {\"dev.cosignproject.cosign/signature\": \"%s\"}"
                  .formatted(file, signature));
          files.add(file + ":application/vnd.dev.cosign.simplesigning.v1+json");
        });
    Path file =
        Files.writeString(
            folder.resolve("annotations.json"), "{%s}".formatted(String.join(",", annotations)));
    run(
        "oras push --plain-http=false --disable-path-validation --annotation-file %s --ca-file %s --registry-config %s %s/%s:%s.sig %s"
            .formatted(
                file,
                access().caFile(),
                access().authFile(),
                host(),
                repository,
                digest.replace(":", "-"),
                String.join(" ", files)));
  }

  /** Puts a bundle beside the image, as its referrer. */
  void attach(String repository, String digest, Path bundle)
      throws IOException, InterruptedException {
    String type = "application/vnd.dev.sigstore.bundle.v0.3+json";
    run(
        "oras attach --plain-http=false --disable-path-validation --artifact-type %s --ca-file %s --registry-config %s %s/%s@%s %s:%s"
            .formatted(
                type,
                access().caFile(),
                access().authFile(),
                host(),
                repository,
                digest,
                bundle,
                type));
  }

  private String resolve(String target) throws IOException, InterruptedException {
    return run("oras resolve --plain-http=false --ca-file %s --registry-config %s %s"
            .formatted(access().caFile(), access().authFile(), target))
        .strip();
  }

  /** Runs a program beside the registry, and gives what it printed. */
  String run(String line) throws IOException, InterruptedException {
    var command = new ArrayList<>(List.of(line.split(" ")));
    command.set(0, RealAlertmanager.program(command.getFirst()));
    var builder =
        new ProcessBuilder(there(command.toArray(String[]::new))).redirectErrorStream(true);
    builder.environment().putAll(Map.of("HOME", folder.toString()));
    Process started = builder.start();
    String out = new String(started.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(started.waitFor(LIMIT.toSeconds(), TimeUnit.SECONDS)).as(line).isTrue();
    assertThat(started.exitValue()).as(line + "\n" + out).isZero();
    return out;
  }

  /** Ends it; what was pushed stays. */
  void stop() throws InterruptedException {
    process.destroyForcibly();
    process.waitFor();
  }

  /** Starts it again, under the same address. */
  void startAgain() throws IOException {
    process = start();
  }

  @Override
  public void close() throws InterruptedException {
    stop();
  }
}
