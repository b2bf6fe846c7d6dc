package dev.sandbar.apiserver;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Comparator;

/**
 * The folder that holds all files of one control plane. Its name tells the JVM that owns it, so
 * that what a killed JVM left is known and removed by the next one.
 */
record WorkDirectory(Path path) implements AutoCloseable {
  private static final String PREFIX = "sandbar-api-server-";

  static WorkDirectory create() {
    Path parent = Path.of(System.getProperty("java.io.tmpdir"));
    sweep(parent);
    long pid = ProcessHandle.current().pid();
    try {
      Path made =
          Files.createTempDirectory(
              parent,
              PREFIX + pid + "-" + startTime(pid) + "-",
              PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
      return new WorkDirectory(made.toAbsolutePath());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  Path resolve(String name) {
    return path.resolve(name);
  }

  Path write(String name, String text) {
    try {
      return Files.writeString(path.resolve(name), text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    delete(path);
  }

  private static void sweep(Path parent) {
    try (var entries = Files.list(parent)) {
      entries.filter(WorkDirectory::orphaned).forEach(WorkDirectory::delete);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static boolean orphaned(Path entry) {
    String name = String.valueOf(entry.getFileName());
    if (!name.matches(PREFIX + "[0-9]+-[0-9]+-[0-9]+") || !Files.isDirectory(entry)) {
      return false;
    }
    String[] owner = name.substring(PREFIX.length()).split("-", -1);
    return startTime(Long.parseLong(owner[0])) != Long.parseLong(owner[1]);
  }

  /** Field 22 of proc_pid_stat(5), counted after the command name, which may hold blanks. */
  private static long startTime(long pid) {
    try {
      String stat = Files.readString(Path.of("/proc", Long.toString(pid), "stat"));
      return Long.parseLong(stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1)[19]);
    } catch (IOException e) {
      return -1;
    }
  }

  private static void delete(Path directory) {
    try (var files = Files.walk(directory)) {
      for (Path file : (Iterable<Path>) files.sorted(Comparator.reverseOrder())::iterator) {
        Files.deleteIfExists(file);
      }
    } catch (NoSuchFileException e) {
      // Another JVM sweeps too.
    } catch (UncheckedIOException e) {
      if (!(e.getCause() instanceof NoSuchFileException)) {
        throw e;
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
