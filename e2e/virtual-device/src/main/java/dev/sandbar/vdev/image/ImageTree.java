package dev.sandbar.vdev.image;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The files of one image while it is built. */
final class ImageTree {
  /**
   * Where systemd mounts, and what programs expect to find. {@code /sensors}, {@code /data} and
   * {@code /www} wait for the volumes of {@code storage} permissions: a read-only image must have
   * the directory already.
   */
  private static final List<String> DIRECTORIES =
      List.of(
          "proc sys dev run boot etc home mnt media opt srv usr var data sensors www".split(" "));

  private static final List<String> INNER =
      List.of("usr/bin usr/sbin usr/lib usr/lib64 usr/share var/lib var/cache var/log".split(" "));

  private final Path root;

  private ImageTree(Path root) {
    this.root = root;
  }

  /** What no service here needs, and takes most of the room: a compiler that none of them loads. */
  private static final List<String> LARGE =
      List.of("libLLVM.so.*", "libz3.so.*", "bitcode", "doc", "locale", "man");

  /** Lays the skeleton that every image has into an empty directory. */
  static ImageTree create(Path root) throws IOException {
    var tree = new ImageTree(root);
    mode(root, 0755);
    for (String name : DIRECTORIES) {
      tree.directory(name, 0755);
    }
    for (String name : INNER) {
      tree.directory(name, 0755);
    }
    tree.directory("root", 0700);
    tree.directory("tmp", 01777);
    tree.directory("var/tmp", 01777);
    for (String name : List.of("bin", "sbin", "lib", "lib64")) {
      Files.createSymbolicLink(root.resolve(name), Path.of("usr", name));
    }
    tree.text("etc/os-release", "ID=sandbar-app\nNAME=\"Sandbar app image\"\n", 0644);
    tree.text(
        "etc/passwd",
        """
        root:x:0:0:root:/root:/usr/sbin/nologin
        nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin
        """,
        0644);
    tree.text("etc/group", "root:x:0:\nnogroup:x:65534:\n", 0644);
    tree.text("etc/shadow", "root:!:0::::::\n", 0600);
    tree.text("etc/hosts", "127.0.0.1 localhost\n::1 localhost\n", 0644);
    tree.text("etc/machine-id", "", 0444);
    tree.text("etc/resolv.conf", "", 0644);
    return tree;
  }

  void text(String name, String content, int mode) throws IOException {
    Files.write(root.resolve(name), content.getBytes(StandardCharsets.UTF_8));
    mode(root.resolve(name), mode);
  }

  /** Copies a file, its parents made where they are missing; links are followed. */
  void copy(Path from, String name, int mode) throws IOException {
    Path to = root.resolve(name);
    makeParents(to);
    Files.write(to, Files.readAllBytes(from));
    mode(to, mode);
  }

  void link(String name, String target) throws IOException {
    Files.createSymbolicLink(root.resolve(name), Path.of(target));
  }

  /** Packs the tree so that the same tree gives the same bytes. */
  /** Takes all files of another tree, but for those that are here already. */
  void copyAll(Path other) {
    var find = new ArrayList<>(List.of("find", other.toString(), "("));
    for (String name : LARGE) {
      find.addAll(List.of("-name", name, "-o"));
    }
    find.removeLast();
    find.addAll(List.of(")", "-prune", "-exec", "rm", "-rf", "{}", "+"));
    BuildTools.run(Path.of("/"), BuildTools.LIMIT, find);
    for (String directory : List.of("usr", "etc")) {
      BuildTools.run(
          other,
          BuildTools.LIMIT,
          List.of("cp", "-an", "--link", directory + "/.", root + "/" + directory));
    }
  }

  void pack(Path image) {
    BuildTools.run(
        root,
        BuildTools.LIMIT,
        List.of(
            "mksquashfs",
            ".",
            image.toString(),
            "-noappend",
            "-all-root",
            "-no-xattrs",
            "-mkfs-time",
            "0",
            "-all-time",
            "0",
            "-no-progress",
            "-quiet"));
  }

  private void directory(String name, int mode) throws IOException {
    Path directory = Files.createDirectory(root.resolve(name));
    mode(directory, mode);
  }

  private void makeParents(Path file) throws IOException {
    Path parent = file.getParent();
    if (parent != null && !Files.isDirectory(parent)) {
      makeParents(parent);
      Files.createDirectory(parent);
      mode(parent, 0755);
    }
  }

  /** Sets all twelve bits; the umask and the setuid bit are beyond PosixFilePermissions. */
  private static void mode(Path file, int mode) throws IOException {
    Files.setAttribute(file, "unix:mode", mode);
  }
}
