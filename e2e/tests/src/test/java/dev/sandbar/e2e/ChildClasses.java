package dev.sandbar.e2e;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.vdev.VirtualDevice;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.spi.ToolProvider;
import java.util.stream.Stream;

/**
 * The class path as jars in one folder, for programs in JVMs of their own: a device binds one
 * folder instead of a hundred files, and once a command has been recorded, the others take their
 * classes from an ahead-of-time cache, which halves what each takes of the processors.
 *
 * <p>The JVMs that run tests side by side share the folder. It is named after every file that it
 * was made from, for a JVM would run cached classes that are older than the jar (JDK-8377932).
 */
final class ChildClasses {
  private static final Path FOLDERS = Path.of("target", "children").toAbsolutePath();
  private static final String CACHE = "classes.aot";

  /** As in the launcher: nothing in the cache runs on one kind of processor alone. */
  private static final List<String> FLAGS =
      List.of(
          "-XX:+UnlockDiagnosticVMOptions",
          "-XX:-AOTAdapterCaching",
          "-XX:-AOTStubCaching",
          // What the JVM says of a cache is no output of the program.
          "-Xlog:aot=off",
          "-Xlog:cds=off");

  private ChildClasses() {}

  /** That folder. */
  static Path folder() {
    return Made.FOLDER;
  }

  /**
   * @param place where the folder is for the JVM
   * @return the class path there
   */
  static String classPath(String place) {
    return String.join(":", jars(folder()).stream().map(jar -> place + "/" + jar).toList());
  }

  /**
   * @param place where the folder is for the JVM
   * @return flags by which it takes classes from the cache, if a command has been recorded
   */
  static List<String> flags(String place) {
    return Files.exists(folder().resolve(CACHE)) ? cached(place) : List.of();
  }

  private static List<String> cached(String place) {
    return Stream.concat(FLAGS.stream(), Stream.of("-XX:AOTCache=" + place + "/" + CACHE)).toList();
  }

  /**
   * Makes the cache from a command that compiles an app and asks the systemd of a device about it,
   * unless it is there or being made. The command changes nothing of the device.
   *
   * @param device shows the folder at this place
   */
  static synchronized void record(VirtualDevice device, String place) {
    Path cache = folder().resolve(CACHE);
    if (Files.exists(cache)) {
      return;
    }
    try (var channel = open(".recording");
        var lock = channel.tryLock()) {
      if (lock == null || Files.exists(cache)) {
        return;
      }
      String recorded = "/run/" + CACHE;
      String app = "/run/recorded.yaml";
      device.write(app, Apps.waiting("recorded"));
      var flags =
          Stream.concat(FLAGS.stream(), Stream.of("-XX:AOTCacheOutput=" + recorded)).toList();
      run(device, flags, place, "plan", app);
      Path fresh = folder().resolve(CACHE + ".new");
      Files.write(fresh, device.get(recorded));
      Files.move(fresh, cache, StandardCopyOption.ATOMIC_MOVE);
      device.exec("rm", recorded, app).orThrow();
      var only = Stream.concat(cached(place).stream(), Stream.of("-XX:AOTMode=on"));
      assertThat(run(device, only.toList(), place, "--help")).isZero();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static int run(VirtualDevice device, List<String> flags, String place, String... line) {
    var program = Stream.concat(Stream.of("dev.sandbar.cli.Main"), Stream.of(line)).toList();
    String[] command = ChildJvm.command(flags, classPath(place), program).toArray(String[]::new);
    return device.exec(Duration.ofMinutes(2), command).exitCode();
  }

  private static FileChannel open(String lock) throws IOException {
    return FileChannel.open(
        Files.createDirectories(FOLDERS).resolve(lock),
        StandardOpenOption.CREATE,
        StandardOpenOption.WRITE);
  }

  private static List<String> jars(Path folder) {
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .map(file -> file.getFileName() + "")
          .filter(name -> name.endsWith(".jar"))
          .sorted()
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Made when it is first asked for. */
  private static final class Made {
    private static final Path FOLDER = make();

    private static Path make() {
      try (var channel = open(".making");
          var lock = channel.lock()) {
        Path folder = FOLDERS.resolve(id());
        if (lock.isValid() && !Files.exists(folder)) {
          discardOthers();
          Path fresh = Files.createDirectory(FOLDERS.resolve("fresh"));
          int number = 0;
          for (Path entry : ChildJvm.classPath()) {
            pack(entry, fresh.resolve("%03d-%s".formatted(number++, name(entry))));
          }
          Files.move(fresh, folder, StandardCopyOption.ATOMIC_MOVE);
        }
        return folder;
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    private static String name(Path entry) {
      return entry.getFileName() + (Files.isDirectory(entry) ? ".jar" : "");
    }

    private static void pack(Path entry, Path jar) throws IOException {
      if (!Files.isDirectory(entry)) {
        Files.copy(entry, jar);
        return;
      }
      var tool = ToolProvider.findFirst("jar").orElseThrow();
      // A cache is of jars alone.
      String[] arguments = {"--create", "--no-compress", "--file=" + jar, "-C", entry + "", "."};
      assertThat(tool.run(System.out, System.err, arguments)).as(entry + "").isZero();
    }

    /** Of earlier builds, or of one that was cut short. */
    private static void discardOthers() throws IOException {
      try (Stream<Path> folders = Files.list(FOLDERS)) {
        for (Path folder : folders.filter(Files::isDirectory).toList()) {
          try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.toList()) {
              Files.delete(file);
            }
          }
          Files.delete(folder);
        }
      }
    }

    private static String id() throws IOException {
      var facts = new TreeMap<String, Map<String, Object>>();
      for (Path entry : ChildJvm.classPath()) {
        try (Stream<Path> files = Files.walk(entry)) {
          for (Path file : files.toList()) {
            // Nobody can give another file the same change time.
            var seen = Files.readAttributes(file, "unix:size,ino,lastModifiedTime,ctime");
            facts.put(file.toAbsolutePath() + "", new TreeMap<>(seen));
          }
        }
      }
      facts.put(System.getProperty("java.home"), Map.of("version", Runtime.version()));
      try {
        byte[] digest = MessageDigest.getInstance("SHA-256").digest((facts + "").getBytes(UTF_8));
        return HexFormat.of().formatHex(digest, 0, 16);
      } catch (NoSuchAlgorithmException e) {
        throw new IllegalStateException(e);
      }
    }
  }
}
