package dev.sandbar.device.build;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sandbar.core.model.DeviceSettings;
import dev.sandbar.core.model.Sha256;
import dev.sandbar.device.build.ImageBuild.Result;
import dev.sandbar.device.store.Platform;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** With the real program; what a real registry gives is in the tests of devices. */
final class ImageBuildTest {

  private static final ImageBuild BUILD =
      new ImageBuild(new DeviceSettings.Images("", ""), Platform.read("linux/arm64").orElseThrow());

  @TempDir private Path folder;
  private Path out;

  @BeforeEach
  void makeFolder() throws IOException {
    out = Files.createDirectory(folder.resolve("out"));
  }

  private static String said(String... command) throws Exception {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(said).isZero();
    return said;
  }

  /** A folder as somebody has it who works under this mask, since that time. */
  private Path root(String name, String mode, String program, long seconds) throws IOException {
    Path root = Files.createDirectory(folder.resolve(name));
    Files.createDirectories(root.resolve("usr/bin"));
    Files.writeString(root.resolve("usr/bin/pump"), "#!/bin/sh\n");
    Files.writeString(root.resolve("usr/ünï"), "text");
    Files.createSymbolicLink(root.resolve("bin"), Path.of("usr/bin"));
    Files.setPosixFilePermissions(root.resolve("usr/ünï"), PosixFilePermissions.fromString(mode));
    Files.setPosixFilePermissions(
        root.resolve("usr/bin/pump"), PosixFilePermissions.fromString(program));
    try (Stream<Path> all = Files.walk(root)) {
      for (Path path : all.filter(it -> !Files.isSymbolicLink(it)).toList()) {
        Files.setLastModifiedTime(path, FileTime.fromMillis(seconds * 1000));
      }
    }
    return root;
  }

  private Path work() throws IOException {
    return Files.createTempDirectory(folder, "work");
  }

  private Path built(BuildSource source) throws Exception {
    Path file = out.resolve("image-" + out.toFile().list().length);
    assertThat(BUILD.build(source, work(), file))
        .isInstanceOfSatisfying(
            Result.Built.class,
            it -> {
              assertThat(it.size()).isEqualTo(file.toFile().length());
              assertThat(file).hasDigest("SHA-256", it.content().hex());
            });
    return file;
  }

  private String refusal(BuildSource source) throws Exception {
    Path file = out.resolve("refused");
    Result result = BUILD.build(source, work(), file);
    assertThat(file).doesNotExist();
    assertThat(out).isEmptyDirectory();
    return result instanceof Result.Refused(var message) ? message : "built";
  }

  @Test
  void aFolderGivesTheSameImageToEverybody() throws Exception {
    Path mine = root("mine", "rw-rw-r--", "rwxrwxr-x", 1_700_000_000);
    Path yours = root("yours", "rw-r--r--", "rwxr-xr-x", 1_600_000_000);
    ofSomebody(mine, 1000);
    ofSomebody(yours, 1001);
    Path image = built(new BuildSource.Folder(mine, 0));
    assertThat(built(new BuildSource.Folder(yours, 0))).hasSameBinaryContentAs(image);
    assertThat(said("unsquashfs", "-lln", "-UTC", "-d", "", image.toString()))
        .containsPattern("-rw-r--r-- 0/0 +4 1970-01-01 00:00 /usr/ünï")
        .containsPattern("-rwxr-xr-x 0/0 +10 1970-01-01 00:00 /usr/bin/pump")
        .contains("/bin -> usr/bin", "/var/lib", "/proc");
    Path later = built(new BuildSource.Folder(mine, 1_500_000_000));
    assertThat(said("unsquashfs", "-lln", "-UTC", later.toString()))
        .contains("2017-07-14 02:40")
        .doesNotContain("1970-01-01 00:00 squashfs-root/usr");
  }

  /** Who builds as root has made it as root; anybody else has it by himself. */
  private static void ofSomebody(Path root, int user) throws IOException {
    if (isRoot(root)) {
      try (Stream<Path> all = Files.walk(root)) {
        for (Path path : all.toList()) {
          Files.setAttribute(path, "unix:uid", user, LinkOption.NOFOLLOW_LINKS);
          Files.setAttribute(path, "unix:gid", user, LinkOption.NOFOLLOW_LINKS);
        }
      }
    }
  }

  private static boolean isRoot(Path path) throws IOException {
    return Files.getAttribute(path, "unix:uid").equals(0);
  }

  /** As mmdebstrap makes it. */
  @Test
  void theRootOfASystemKeepsOwnersAndModes() throws Exception {
    Path root = root("system", "rw-rw-r--", "rwxr-x---", 0);
    assumeTrue(isRoot(root));
    Path shadow =
        Files.writeString(Files.createDirectory(root.resolve("etc")).resolve("shadow"), "");
    Files.setAttribute(shadow, "unix:gid", 42);
    Files.setAttribute(shadow, "unix:mode", 0640);
    Files.setAttribute(Files.createDirectory(root.resolve("tmp")), "unix:mode", 01777);
    Files.setAttribute(root.resolve("usr/bin/pump"), "unix:mode", 04755);
    Path dev = Files.createDirectory(root.resolve("dev"));
    said("mknod", dev.resolve("null").toString(), "c", "1", "3");
    Path image = built(new BuildSource.Folder(root, 0));
    assertThat(said("unsquashfs", "-lln", "-UTC", "-d", "", image.toString()))
        .containsPattern("-rw-r----- 0/42 +0 1970-01-01 00:00 /etc/shadow")
        .containsPattern("drwxrwxrwt 0/0 .* /tmp")
        .containsPattern("-rw-rw-r-- 0/0 +4 1970-01-01 00:00 /usr/ünï")
        .containsPattern("-rwxr-xr-x 0/0 .* /usr/bin/pump")
        .doesNotContain("/dev/null");
  }

  @Test
  void whatNoImageHasIsRefused() throws Exception {
    Path pipe = Files.createDirectories(folder.resolve("pipe/run"));
    said("mkfifo", pipe.resolve("fifo").toString());
    assertThat(refusal(new BuildSource.Folder(folder.resolve("pipe"), 0)))
        .isEqualTo("'run/fifo' is a device, pipe or socket, which no image has; remove it");
    Path removal = Files.createDirectory(folder.resolve("removal"));
    Files.writeString(removal.resolve(".wh.passwd"), "");
    assertThat(refusal(new BuildSource.Folder(removal, 0))).contains("'.wh.passwd' has a name");
    Path empty = Files.createDirectory(folder.resolve("empty"));
    assertThat(refusal(new BuildSource.Folder(empty, 0))).contains("holds nothing");
  }

  /** One layer for each platform, and a second image of another name. */
  private Path layout() throws Exception {
    Path layout = folder.resolve("layout");
    Files.createDirectories(layout.resolve("blobs/sha256"));
    Files.writeString(layout.resolve("oci-layout"), "{\"imageLayoutVersion\":\"1.0.0\"}");
    String platforms =
        Stream.of("amd64", "arm64")
            .map(
                it ->
                    entry(
                        layout,
                        it,
                        "\"platform\":{\"os\":\"linux\",\"architecture\":\"%s\"}".formatted(it)))
            .reduce((a, b) -> a + "," + b)
            .orElseThrow();
    String both =
        blob(
            layout,
            "{\"schemaVersion\":2,\"manifests\":[%s]}"
                .formatted(platforms)
                .getBytes(StandardCharsets.UTF_8),
            "index.v1+json",
            name("2.4.1"));
    Files.writeString(
        layout.resolve("index.json"),
        "{\"schemaVersion\":2,\"manifests\":[%s,%s]}"
            .formatted(both, entry(layout, "other", name("other"))));
    return layout;
  }

  private static String name(String name) {
    return "\"annotations\":{\"org.opencontainers.image.ref.name\":\"%s\"}".formatted(name);
  }

  private String entry(Path layout, String content, String more) {
    try {
      Path folder = Files.createDirectories(this.folder.resolve("of-" + content));
      Files.writeString(folder.resolve("which"), content);
      Path tar = this.folder.resolve("layer.tar");
      said("tar", "-C", folder.toString(), "-cf", tar.toString(), ".");
      String layer = blob(layout, Files.readAllBytes(tar), "layer.v1.tar", "\"a\":1");
      return blob(
          layout,
          "{\"schemaVersion\":2,\"layers\":[%s]}".formatted(layer).getBytes(StandardCharsets.UTF_8),
          "manifest.v1+json",
          more);
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  private static String blob(Path layout, byte[] content, String type, String more)
      throws IOException {
    Sha256 digest = Sha256.of(content);
    Files.write(layout.resolve("blobs/sha256/" + digest.hex()), content);
    return "{\"mediaType\":\"application/vnd.oci.image.%s\",\"digest\":\"sha256:%s\",\"size\":%d,%s}"
        .formatted(type, digest.hex(), content.length, more);
  }

  @Test
  void aLayoutGivesTheImageOfThePlatform() throws Exception {
    Path layout = layout();
    Path arm = built(new BuildSource.Layout(layout, "2.4.1"));
    assertThat(said("unsquashfs", "-cat", arm.toString(), "which")).isEqualTo("arm64");
    Path other = built(new BuildSource.Layout(layout, "other"));
    assertThat(said("unsquashfs", "-cat", other.toString(), "which")).isEqualTo("other");
    assertThat(built(new BuildSource.Layout(layout, "2.4.1"))).hasSameBinaryContentAs(arm);
  }

  @Test
  void aLayoutThatLeavesAChoiceIsRefused() throws Exception {
    Path layout = layout();
    assertThat(refusal(new BuildSource.Layout(layout, "")))
        .endsWith("layout: index.json lists 2 images, not one; it has '2.4.1, other'");
    assertThat(refusal(new BuildSource.Layout(layout, "3")))
        .endsWith("index.json lists 0 images of the name '3'; it has '2.4.1, other'");
    Files.writeString(layout.resolve("index.json"), "{}");
    assertThat(refusal(new BuildSource.Layout(layout, "")))
        .endsWith("index.json is not the index of an OCI layout");
  }
}
