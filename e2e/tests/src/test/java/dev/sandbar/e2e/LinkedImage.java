package dev.sandbar.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/** Apps of {@link PermissionTest} with an image that can be written, and that holds a link. */
final class LinkedImage {

  private static final String PATH = "/srv/images/client.ext4";

  private LinkedImage() {}

  /**
   * @param content path on the device of an image with a shell
   */
  static Map<String, String> apps(Workbench bench, String content) throws IOException {
    String image = make(bench, content);
    return Map.of(
        "linked",
        linked(image),
        "image-open",
        Workbench.manifest(
            "image-open", image + "\n  mode: Open\n  run: {command: [/usr/bin/sleep, infinity]}"));
  }

  /**
   * An image of a file system that a kernel writes as soon as it is attached writable, with a link
   * where programs are looked for: into the volume of the app.
   */
  private static String make(Workbench bench, String content) throws IOException {
    Path file = Files.createTempFile("sandbar-image", ".ext4");
    try {
      try (var image = new RandomAccessFile(file.toFile(), "rw")) {
        image.setLength(48L << 20);
      }
      Process mkfs = new ProcessBuilder("mkfs.ext4", "-q", "-F", file.toString()).start();
      assertThat(mkfs.onExit().join().exitValue()).isZero();
      bench.device().put(file, PATH);
    } finally {
      Files.delete(file);
    }
    String digest =
        bench.sh(
            """
            mkdir -p /tmp/from /tmp/to
            mount -o loop,ro %1$s /tmp/from
            mount -o loop %2$s /tmp/to
            cp -a /tmp/from/. /tmp/to/
            rm -rf /tmp/to/opt
            mkdir -p /tmp/to/data
            ln -s /data/bin /tmp/to/opt
            umount /tmp/from /tmp/to
            sha256sum %2$s
            """
                .formatted(content, PATH));
    return "image: {path: %s, sha256: %s}".formatted(PATH, digest.substring(0, 64));
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
            storage: [{source: records, mountAt: /data, access: ReadWrite}]
        """
            .formatted(image, script));
  }
}
