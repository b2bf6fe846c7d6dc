package dev.sandbar.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sandbar.cli.Main;
import dev.sandbar.core.model.DeviceSettings;
import dev.sandbar.core.model.ImageSource;
import dev.sandbar.core.model.Sha256;
import dev.sandbar.core.report.Backoff;
import dev.sandbar.device.build.BuildSource;
import dev.sandbar.device.build.ImageBuild;
import dev.sandbar.device.store.Platform;
import dev.sandbar.vdev.VirtualDevice;
import dev.sandbar.vdev.image.AppImage;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Images out of a real registry, pushed by the clients that people have. */
class RegistryTest {

  private static final Backoff QUICK =
      new Backoff(Duration.ofSeconds(1), 1_000, Duration.ofSeconds(1));

  @TempDir private static Path folder;

  @SuppressWarnings("NullAway.Init")
  private static RealRegistry registry;

  @SuppressWarnings("NullAway.Init")
  private static GitRepository repository;

  @SuppressWarnings("NullAway.Init")
  private static VirtualDevice device;

  @SuppressWarnings("NullAway.Init")
  private static DeviceLoop loop;

  @BeforeAll
  static void start() throws Exception {
    registry = new RealRegistry(Files.createDirectory(folder.resolve("registry")));
    repository = GitRepository.create(folder.resolve("fleet"));
    repository.commit("bystander.yaml", Apps.waiting("bystander"));
    device = VirtualDevice.named("registry").boot();
    // As of one whose time server has answered, by whose clock windows open.
    Path synchronizedFile = device.root().resolve("run/systemd/timesync/synchronized");
    Files.createDirectories(synchronizedFile.resolveSibling(""));
    Files.writeString(synchronizedFile, "");
    // What nobody declares any more is removed by a look at everything.
    UnaryOperator<DeviceSettings> often = DeviceLoop.sweeping(Duration.ofSeconds(2));
    loop = DeviceLoop.start(device, repository, s -> often.apply(s).with(registry.access()), QUICK);
  }

  @AfterAll
  static void stop() throws Exception {
    try (var _ = registry;
        var _ = device) {
      loop.close();
    }
  }

  private static String app(String name, String repository, String digest) {
    return Apps.manifest(
        name,
        "image: {oci: '%s/%s', digest: '%s'}, drift: {mode: Correct}, run: {command: [/usr/bin/sh, -c, \"exec sleep infinity\"]}"
            .formatted(registry.host(), repository, digest));
  }

  private record Said(int code, String out) {}

  private static Said resolve(Path spec, String... options) {
    var out = new ByteArrayOutputStream();
    var command =
        new ArrayList<>(
            List.of(
                "image",
                "resolve",
                spec.toString(),
                "--ca-file",
                registry.access().caFile(),
                "--auth-file",
                registry.access().authFile()));
    command.addAll(List.of(options));
    int code =
        Main.run(
            command.toArray(String[]::new),
            InputStream.nullInputStream(),
            out,
            OutputStream.nullOutputStream(),
            Map.of());
    return new Said(code, out.toString(StandardCharsets.UTF_8));
  }

  private static Path inStore(String digest) {
    return device.root().resolve("var/lib/sandbar/images/" + digest.replace(":", "-") + ".raw");
  }

  @Test
  void whatOrasPushesRuns() throws Exception {
    AppImage image = Workbench.images().mosquittoClient();
    String digest = registry.push("acme/client", "1.0", image.path());
    // A spec with the tag alone is refused; the command that the refusal names pins it.
    Path spec = folder.resolve("pushed.yaml");
    Files.writeString(spec, app("pushed", "acme/client", "").replace("digest: ''", "ref: '1.0'"));
    repository.commit("pushed.yaml", Files.readString(spec));
    await()
        .atMost(Apps.SOON)
        .untilAsserted(
            () ->
                assertThat(loop.why("pushed", "Ready"))
                    .startsWith("InvalidSpec: ")
                    .contains("sandbar image resolve FILE"));
    assertThat(resolve(spec, "--check").code()).isEqualTo(2);
    assertThat(resolve(spec).code()).isZero();
    assertThat(Files.readString(spec)).contains("ref: '1.0', digest: \"" + digest + "\"}");
    assertThat(resolve(spec, "--check").code()).isZero();
    repository.commit("pushed.yaml", Files.readString(spec));
    Apps.awaitReady(loop, "pushed");
    assertThat(Apps.show(device, "pushed", "RootImage")).contains(digest.substring(7));
    assertThat(inStore(digest)).hasSameBinaryContentAs(image.path());
    assertThat(loop.drifts("pushed")).isEmpty();

    waitsForADownloadWindow(spec, digest);

    // The tag goes elsewhere; the device does not ask.
    byte[] padded =
        Arrays.copyOf(Files.readAllBytes(image.path()), (int) Files.size(image.path()) + 4096);
    String moved =
        registry.push("acme/client", "1.0", Files.write(folder.resolve("1.1.squashfs"), padded));
    assertThat(moved).isNotEqualTo(digest);
    assertThat(resolve(spec, "--check"))
        .satisfies(it -> assertThat(it.code()).isEqualTo(2))
        .satisfies(it -> assertThat(it.out()).contains(moved + " (instead of " + digest));
    String pid = Apps.pid(device, "pushed");

    // skopeo mirrors it unchanged.
    String mirrored =
        registry.copy(
            "docker://%s/acme/client@%s".formatted(registry.host(), digest), "mirror/client", "1");
    assertThat(mirrored).isEqualTo(digest);
    repository.commit("mirrored.yaml", app("mirrored", "mirror/client", mirrored));
    Apps.awaitReady(loop, "mirrored");
    assertThat(Apps.pid(device, "pushed")).isEqualTo(pid);

    // Somebody overwrites it on the device: it is drift, and comes from the registry again.
    overwrite(digest);
    await()
        .atMost(Apps.SOON)
        .untilAsserted(() -> assertThat(inStore(digest)).hasSameBinaryContentAs(image.path()));
    Apps.awaitNoDrift(loop, "pushed");

    // An update to what the tag names now; what nobody declares goes, with its manifests.
    repository.write("pushed.yaml", app("pushed", "acme/client", moved));
    repository.commit("mirrored.yaml", app("mirrored", "acme/client", moved));
    Apps.awaitApplied(loop, repository, "pushed", "mirrored");
    await()
        .atMost(Apps.SOON)
        .untilAsserted(
            () ->
                assertThat(device.exec("ls", "-R", "/var/lib/sandbar/images").orThrow())
                    .contains(moved.substring(7))
                    .doesNotContain(digest.substring(7)));
  }

  /** A server that is silent ends the attempt at an image after 30 s; nobody has to wait for it. */
  @Test
  void whatIsRemovedOrChangedWaitsForNoServer() throws Exception {
    try (var silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
      String slow =
          Apps.manifest(
              "slow",
              "image: {url: 'https://localhost:%d/slow.squashfs', sha256: %s}, run: {command: [/usr/bin/sleep, infinity]}"
                  .formatted(silent.getLocalPort(), "0".repeat(64)));
      repository.write(
          "base.yaml", Apps.manifest("base", "run: {command: [/usr/bin/sleep, infinity]}"));
      repository.commit("slow.yaml", slow);
      await()
          .atMost(Apps.SOON)
          .untilAsserted(
              () ->
                  assertThat(loop.why("slow", "Ready"))
                      .startsWith("Progressing: the image https://localhost:")
                      .endsWith("/slow.squashfs is being fetched"));
      long changed = System.nanoTime();
      repository.commit(
          "slow.yaml", Apps.manifest("slow", "run: {command: [/usr/bin/sleep, infinity]}"));
      Apps.awaitApplied(loop, repository, "slow");
      assertThat(Duration.ofNanos(System.nanoTime() - changed)).isLessThan(Duration.ofSeconds(25));

      repository.commit("slow.yaml", slow.replace("name: slow", "name: slower"));
      await()
          .atMost(Apps.SOON)
          .untilAsserted(
              () -> assertThat(loop.why("slower", "Ready")).endsWith("is being fetched"));
      long removed = System.nanoTime();
      repository.remove("slow.yaml");
      await()
          .atMost(Apps.SOON)
          .untilAsserted(() -> assertThat(loop.why("slower", "Ready")).doesNotContain("fetched"));
      assertThat(Duration.ofNanos(System.nanoTime() - removed)).isLessThan(Duration.ofSeconds(25));
      // What has arrived of an image stays for another attempt; others look what is left of theirs.
      device
          .exec(
              "sh", "-c", "rm -f /var/lib/sandbar/images/downloads/sha256-" + "0".repeat(64) + "*")
          .orThrow();
    }
  }

  /** And then is there before the update is. */
  private static void waitsForADownloadWindow(Path spec, String digest) throws Exception {
    byte[] image = Files.readAllBytes(inStore(digest));
    Path file = folder.resolve("window.squashfs");
    String next =
        registry.push(
            "acme/client", "window", Files.write(file, Arrays.copyOf(image, image.length + 8192)));
    String newer = Files.readString(spec).replace(digest, next);
    int month = OffsetDateTime.now(ZoneOffset.UTC).plusMonths(6).getMonthValue();
    String never = "[{at: '0 0 1 %d *', for: 1h}]".formatted(month);
    repository.commit("pushed.yaml", with(newer, "download: " + never));
    awaitWaiting("waits for the download window that opens at ");
    assertThat(inStore(next)).doesNotExist();
    repository.commit("pushed.yaml", with(newer, "apply: " + never));
    awaitWaiting("waits for the window that opens at ");
    await().atMost(Apps.SOON).untilAsserted(() -> assertThat(inStore(next)).exists());
    // It is as declared but for the update, and stays in the store.
    await()
        .atMost(Apps.SOON)
        .untilAsserted(
            () -> assertThat(loop.why("pushed", "Ready")).doesNotContain("being fetched"));
    assertThat(Apps.show(device, "pushed", "RootImage")).contains(digest.substring(7));
    assertThat(inStore(next)).exists();
    // What is there is used in the window of updates, whatever that of downloads is.
    repository.commit("pushed.yaml", with(newer, "download: " + never));
    Apps.awaitApplied(loop, repository, "pushed");
    assertThat(Apps.show(device, "pushed", "RootImage")).contains(next.substring(7));
    repository.commit("pushed.yaml", Files.readString(spec));
    Apps.awaitApplied(loop, repository, "pushed");
  }

  private static String with(String manifest, String maintenance) {
    return manifest.replace("run: {", "maintenance: {%s}, run: {".formatted(maintenance));
  }

  private static void awaitWaiting(String why) {
    await()
        .atMost(Apps.SOON)
        .untilAsserted(
            () -> assertThat(loop.why("pushed", "Ready")).startsWith("WaitingForWindow: " + why));
  }

  /** Nothing is rebuilt for Sandbar: the image is as build tools push it. */
  @Test
  void aContainerImageRuns() throws Exception {
    Path lower =
        ContainerLayout.unpacked(
            Workbench.images().mosquittoClient().path(), folder.resolve("lower"));
    Path upper = Files.createDirectories(folder.resolve("upper/etc"));
    Files.writeString(upper.resolve("release"), "second layer\n");
    Files.writeString(upper.resolve(".wh.shadow"), "");
    String layout =
        new ContainerLayout(Files.createDirectory(folder.resolve("layout")))
            .layer(lower)
            .layer(folder.resolve("upper"))
            .written();
    String digest = registry.copy(layout, "acme/container", "1.0");
    repository.commit(
        "container.yaml",
        Apps.manifest(
            "container",
            "image: {oci: '%s/acme/container', digest: '%s'}, drift: {mode: Correct}, permissions: {state: true}, run: {command: [/usr/bin/sh, -c, 'cat /etc/release; ls /etc; exec sleep infinity']}"
                .formatted(registry.host(), digest)));
    Apps.awaitReady(loop, "container");
    await()
        .atMost(Apps.SOON)
        .untilAsserted(
            () ->
                assertThat(
                        device
                            .exec("journalctl", "--output=cat", "-u", Apps.unit("container"))
                            .orThrow())
                    .contains("second layer", "passwd")
                    .doesNotContain("shadow", ".wh."));
    assertThat(loop.drifts("container")).isEmpty();
    assertThat(device.exec("ls", "/var/lib/sandbar/images/downloads").orThrow()).isEmpty();

    // The same in zstd gives the same file system.
    String inZstd = registry.pushInZstd(layout, "acme/zstd");
    assertThat(inZstd).isNotEqualTo(digest);
    repository.commit("zstd.yaml", app("zstd", "acme/zstd", inZstd));
    Apps.awaitReady(loop, "zstd");
    assertThat(inStore(inZstd)).hasSameBinaryContentAs(inStore(digest));

    // So does 'sandbar image build', of what is in the registry and of the layout.
    Path built = folder.resolve("built.squashfs");
    var build = new ImageBuild(registry.access(), Platform.OF_THIS_MACHINE);
    for (BuildSource source :
        List.of(
            new BuildSource.Registry(
                new ImageSource.Registry(registry.host(), "acme/container"), "1.0"),
            new BuildSource.Layout(folder.resolve("layout"), ""))) {
      Path work = Files.createTempDirectory(folder, "work");
      assertThat(build.build(source, work, built)).isInstanceOf(ImageBuild.Result.Built.class);
      assertThat(built).hasSameBinaryContentAs(inStore(digest));
    }

    // What was made of the layers must stay so.
    byte[] made = Files.readAllBytes(inStore(digest));
    overwrite(digest);
    await()
        .atMost(Apps.SOON)
        .untilAsserted(() -> assertThat(inStore(digest)).hasBinaryContent(made));
    Apps.awaitNoDrift(loop, "container");
  }

  /**
   * What the version before has too is not asked for: the registry has it no more. A whole image
   * from there would not be what its digest promises.
   */
  @Test
  void onlyWhatChangedIsFetched() throws Exception {
    ChangedImage image = ChangedImage.build(folder);
    repository.commit(
        "lines.yaml",
        app("lines", "acme/lines", registry.pushWithChunks("acme/lines", "1", image.first())));
    Apps.awaitReady(loop, "lines");

    String digest = registry.pushWithChunks("acme/lines", "2", image.second());
    byte[] after = Files.readAllBytes(image.second());
    Path blob = registry.blob(Sha256.of(after));
    assertThat(blob).hasBinaryContent(after);
    image.overwriteShared(blob);
    repository.commit("lines.yaml", app("lines", "acme/lines", digest));
    Apps.awaitApplied(loop, repository, "lines");
    Apps.awaitReady(loop, "lines");
    assertThat(Apps.show(device, "lines", "RootImage")).contains(digest.substring(7));
    assertThat(inStore(digest)).hasBinaryContent(after);
  }

  /** On a disk that is plugged in later, and pulled out when the image has been taken. */
  @Test
  void aLayoutOnADiskNeedsNoRegistry() throws Exception {
    Path content =
        ContainerLayout.unpacked(
            Workbench.images().mosquittoClient().path(), folder.resolve("content"));
    Files.writeString(content.resolve("etc/stick"), "from a stick\n");
    Path disk = Files.createDirectory(folder.resolve("stick"));
    var layout = new ContainerLayout(disk).layer(content);
    layout.written();
    repository.commit(
        "stick.yaml",
        Apps.manifest(
            "stick",
            "image: {path: /media/stick/pump, digest: '%s'}, run: {command: [/usr/bin/sh, -c, 'cat /etc/stick; exec sleep infinity']}"
                .formatted(layout.digest())));
    await()
        .atMost(Apps.SOON)
        .untilAsserted(
            () ->
                assertThat(loop.why("stick", "Ready"))
                    .contains("image /media/stick/pump: there is no OCI layout"));
    device.exec("mkdir", "-p", "/media/stick/pump/blobs/sha256").orThrow();
    try (var files = Files.walk(disk)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        device.put(file, "/media/stick/pump/" + disk.relativize(file));
      }
    }
    Apps.awaitReady(loop, "stick");
    Apps.awaitSaid(device, "stick", "from a stick");
    device.exec("rm", "-r", "/media/stick").orThrow();
    device.exec("systemctl", "restart", Apps.unit("stick")).orThrow();
    Apps.awaitSaid(device, "stick", "from a stick", "from a stick");
    Apps.awaitReady(loop, "stick");
  }

  private static void overwrite(String digest) {
    device
        .exec(
            "sh",
            "-ec",
            "chmod u+w /var/lib/sandbar/images/%1$s.raw; printf x | dd of=/var/lib/sandbar/images/%1$s.raw bs=1 seek=5000 conv=notrunc 2>/dev/null"
                .formatted(digest.replace(":", "-")))
        .orThrow();
  }

  @Test
  void aRegistryThatIsAwayHoldsUpOnlyWhatItHas() throws Exception {
    String digest = registry.push("acme/late", "1", Workbench.images().mosquittoClient().path());
    registry.stop();
    try {
      repository.write("late.yaml", app("late", "acme/late", digest));
      repository.commit("other.yaml", Apps.waiting("other"));
      Apps.awaitReady(loop, "other", "bystander");
      await()
          .atMost(Apps.SOON)
          .untilAsserted(
              () ->
                  assertThat(loop.why("late", "Ready"))
                      .contains("cannot connect to localhost", registry.host() + "/acme/late"));
    } finally {
      registry.startAgain();
    }
    Apps.awaitReady(loop, "late");
  }

  @Test
  void whatIsNoImageIsRefusedInWords() throws Exception {
    Path text = Files.writeString(folder.resolve("note.txt"), "no file system");
    String digest = registry.push("acme/text", "1", text);
    String nothing = "sha256:" + "0".repeat(64);
    repository.write("text.yaml", app("text", "acme/text", digest));
    repository.commit("nothing.yaml", app("nothing", "acme/text", nothing));
    await()
        .atMost(Apps.SOON)
        .untilAsserted(
            () -> {
              assertThat(loop.why("text", "Ready"))
                  .contains("neither a squashfs or erofs nor the archive of a container");
              assertThat(loop.why("nothing", "Ready")).contains("there is no such image");
            });
  }
}
