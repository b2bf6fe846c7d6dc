package dev.sandbar.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.vdev.image.AppImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/**
 * Apps of {@link PermissionTest} whose image holds a link where programs are looked for: into the
 * volume of the app.
 */
final class LinkedImage {

  private static final String PATH = "/srv/images/linked.squashfs";

  /** A file system that a kernel or fsck would write to as soon as it is attached for writing. */
  private static final String DIRTY = "/srv/images/dirty.ext4";

  /** Of {@link #DIRTY}, before anything ran from it. */
  private static String dirtyDigest = "";

  private LinkedImage() {}

  /**
   * @param content an image with a shell
   */
  static Map<String, String> apps(Workbench bench, AppImage content) throws IOException {
    String image = make(bench, content);
    return Map.of(
        "linked",
        linked(image),
        "image-open",
        Workbench.manifest(
            "image-open", image + "\n  mode: Open\n  run: {command: [/usr/bin/sleep, infinity]}"),
        "image-named",
        named("image-named", "Closed"),
        "image-named-open",
        named("image-named-open", "Open"));
  }

  private static String named(String name, String mode) {
    return Workbench.manifest(
        name,
        "mode: %s\n  run: {command: [/usr/bin/sleep, infinity]}\n  directives: {RootImage: %s}"
            .formatted(mode, DIRTY));
  }

  private static String make(Workbench bench, AppImage content) throws IOException {
    Path folder = Files.createTempDirectory("sandbar-image");
    Path tree = folder.resolve("tree");
    Path file = folder.resolve("linked.squashfs");
    run(
        "unsquashfs",
        "-quiet",
        "-no-progress",
        "-dest",
        tree.toString(),
        content.path().toString());
    Files.deleteIfExists(tree.resolve("opt"));
    Files.createSymbolicLink(tree.resolve("opt"), Path.of("/data/bin"));
    Files.createDirectories(tree.resolve("data"));
    run("mksquashfs", tree.toString(), file.toString(), "-quiet", "-no-progress");
    Path dirty = folder.resolve("dirty.ext4");
    run("mkfs.ext4", "-q", "-d", tree.toString(), dirty.toString(), "64M");
    run("debugfs", "-w", "-R", "set_super_value state 0", dirty.toString());
    bench.device().put(file, PATH);
    bench.device().put(dirty, DIRTY);
    dirtyDigest = digest(bench, DIRTY);
    String digest = digest(bench, PATH);
    run("rm", "-r", folder.toString());
    return "image: {path: %s, sha256: %s}".formatted(PATH, digest);
  }

  /** Whether an image that was named by a directive has the bytes that it had. */
  static boolean namedIsUnchanged(Workbench bench) {
    return dirtyDigest.equals(digest(bench, DIRTY));
  }

  private static String digest(Workbench bench, String path) {
    return bench.sh("sha256sum " + path).substring(0, 64);
  }

  private static void run(String... command) throws IOException {
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    assertThat(process.onExit().join().exitValue()).as(command[0]).isZero();
  }

  private static String linked(String image) {
    String script =
        "busybox cp /data/tool /data/bin/made && echo WROTE; /data/bin/made --only dev-null && echo"
            + " EXECUTED; /opt/made --only dev-null && echo EXECUTED; echo END; exec sleep"
            + " infinity";
    return Workbench.manifest(
        "linked",
        """
        %s
          run: {command: [/usr/bin/sh, -c, "%s"], environment: {PATH: /usr/bin}}
          permissions:
            storage: [{source: records, mountPath: /data, access: ReadWrite}]
        """
            .formatted(image, script));
  }
}
