package dev.sandbar.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.stream.Stream;
import java.util.zip.Deflater;
import javax.tools.JavaCompiler;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The launcher's cache of classes, with a real JVM and an agent that says its version and whether
 * its classes came from the cache.
 */
class AgentCacheTest {
  private static final String AGENT =
      """
      package dev.sandbar.cli;
      public final class Main {
        public static void main(String[] args) throws java.io.IOException {
          System.out.println("version %s");
          String recording = System.getProperty("sandbar.recording", "");
          if (!recording.isEmpty() && args.length == 1) {
            java.nio.file.Files.write(java.nio.file.Path.of(recording + ".good"), new byte[0]);
          }
          for (String line : java.nio.file.Files.readAllLines(java.nio.file.Path.of("/proc/self/maps"))) {
            if (line.endsWith(".aot")) {
              System.out.println("mapped " + line);
            }
          }
        }
      }
      """;

  /** An upgrade that nothing but its content tells from what it replaces. */
  private static final FileTime ALWAYS = FileTime.from(Instant.parse("2026-01-01T00:00:00Z"));

  @TempDir Path temp;
  private Path home;
  private Path cache;

  /** Process id of the last run. */
  private long last;

  @BeforeEach
  void install() throws IOException {
    boolean root = "root".equals(System.getProperty("user.name"));
    if (!"true".equals(System.getenv("CI"))) {
      assumeTrue(root, "only root keeps a cache");
    }
    assertThat(root).isTrue();
    home = Files.createDirectories(temp.resolve("opt/sand bar"));
    cache = temp.resolve("ca che");
    Files.copy(Path.of("../../sandbar"), home.resolve("sandbar"));
    upgrade("1");
  }

  private void upgrade(String version) throws IOException {
    Path source = temp.resolve("Main.java");
    Files.writeString(source, AGENT.formatted(version));
    JavaCompiler compiler = Objects.requireNonNull(ToolProvider.getSystemJavaCompiler());
    int code = compiler.run(null, null, null, "-d", temp.resolve("out").toString(), source + "");
    assertThat(code).isZero();
    Path jar = Files.createDirectories(home.resolve("reconciler/cli/target/lib")).resolve("a.jar");
    Path next = temp.resolve("next.jar");
    String name = "dev/sandbar/cli/Main.class";
    try (OutputStream file = Files.newOutputStream(next);
        var out = new JarOutputStream(file)) {
      // Another version has the same size.
      out.setLevel(Deflater.NO_COMPRESSION);
      var entry = new JarEntry(name);
      entry.setLastModifiedTime(ALWAYS);
      out.putNextEntry(entry);
      out.write(Files.readAllBytes(temp.resolve("out").resolve(name)));
      out.closeEntry();
    }
    long size = Files.exists(jar) ? Files.size(jar) : Files.size(next);
    // In the same inode, as cp does.
    Files.write(jar, Files.readAllBytes(next));
    Files.setLastModifiedTime(jar, ALWAYS);
    assertThat(Files.size(jar)).isEqualTo(size);
  }

  private String run(String... args) throws IOException, InterruptedException {
    var command = Stream.concat(Stream.of(home.resolve("sandbar") + ""), Stream.of(args)).toList();
    var builder =
        new ProcessBuilder(Stream.concat(Stream.of("/bin/sh"), command.stream()).toList());
    builder.environment().clear();
    builder.environment().put("PATH", "/usr/bin:/bin");
    builder.environment().put("SANDBAR_JAVA_HOME", System.getProperty("java.home"));
    builder.environment().put("SANDBAR_AGENT_CACHE", cache.toString());
    builder.environment().put("INVOCATION_ID", "0123");
    // One file for each process: the JVM that writes the cache has a class or two as well.
    builder.environment().put("JDK_JAVA_OPTIONS", "-Xlog:class+load:file=" + temp + "/loaded.%p");
    Path out = temp.resolve("said");
    Process process = builder.redirectErrorStream(true).redirectOutput(out.toFile()).start();
    last = process.pid();
    assertThat(process.waitFor(120, TimeUnit.SECONDS)).isTrue();
    String said = Files.readString(out);
    assertThat(process.exitValue()).as(said).isZero();
    return said;
  }

  private boolean cached() throws IOException {
    try (Stream<String> lines = Files.lines(temp.resolve("loaded." + last))) {
      return lines.anyMatch(
          line -> line.contains("dev.sandbar.cli.Main ") && line.contains("shared objects file"));
    }
  }

  private List<String> files() throws IOException {
    try (Stream<Path> files = Files.list(cache)) {
      return files.map(file -> file.getFileName() + "").sorted().toList();
    }
  }

  @Test
  void theSecondLifeTakesItsClassesFromTheCacheOfTheFirst() throws Exception {
    assertThat(run("agent")).contains("version 1");
    assertThat(cached()).isFalse();
    assertThat(run("agent")).contains("version 1");
    assertThat(cached()).isTrue();
    assertThat(files()).singleElement().asString().matches("agent-[0-9a-f]{32}\\.aot");
  }

  @Test
  void anUpgradeRunsTheNewCodeThoughItsJarLooksLikeTheOldOne() throws Exception {
    run("agent");
    run("agent");
    assertThat(cached()).isTrue();
    upgrade("2");
    assertThat(run("agent")).contains("version 2").doesNotContain("version 1");
    assertThat(run("agent")).contains("version 2");
    assertThat(cached()).isTrue();
    assertThat(files()).hasSize(1);
  }

  /** Where the JVM decodes any address, pages that it would move are those of the file. */
  @Test
  void aCacheIsMappedWhereItWasMadeFor() throws Exception {
    run("agent");
    List<String> first = mapped(run("agent"));
    List<String> again = mapped(run("agent"));
    delete();
    run("agent");
    List<String> anew = mapped(run("agent"));
    assertThat(first).hasSize(2);
    if (System.getProperty("os.arch").equals("amd64")) {
      assertThat(again).isEqualTo(first);
      assertThat(anew).hasSize(2).doesNotContainAnyElementsOf(first);
      assertThat(Stream.of(first, anew).flatMap(List::stream))
          .allMatch(line -> address(line) >= 1L << 40 && address(line) < 0x55L << 40);
      assertThat(first.getLast()).contains(" r--p ");
    } else {
      assertThat(first).allMatch(line -> line.contains(" rw-p "));
    }
  }

  private void delete() throws IOException {
    for (String name : files()) {
      Files.delete(cache.resolve(name));
    }
  }

  /** Addresses and permissions, without what differs with the file. */
  private static List<String> mapped(String said) {
    return said.lines()
        .filter(line -> line.startsWith("mapped "))
        .map(line -> line.substring("mapped ".length()).replaceFirst("(^\\S+ \\S+ ).*", "$1"))
        .toList();
  }

  private static long address(String mapping) {
    return Long.parseUnsignedLong(mapping.substring(0, mapping.indexOf('-')), 16);
  }

  @Test
  void helpRecordsNothingAndSaysNothingElse() throws Exception {
    assertThat(run("agent", "--help").lines().filter(line -> !line.startsWith("NOTE: Picked up")))
        .containsExactly("version 1");
    assertThat(cache).doesNotExist();
  }

  @Test
  void aLifeThatWasNotAnAgentsIsNotKept() throws Exception {
    run("agent", "--mistyped");
    assertThat(run("agent")).contains("version 1");
    assertThat(cached()).isFalse();
  }

  @Test
  void aCacheThatWasCutShortInAnEarlierBootIsNotUsed() throws Exception {
    run("agent");
    String made = files().getFirst();
    String earlier = made.substring(0, made.indexOf(".aot") + 4) + ".an-earlier-boot";
    Files.write(cache.resolve(earlier), new byte[100]);
    Files.write(cache.resolve(earlier + ".good"), new byte[0]);
    for (String name : files()) {
      if (!name.contains("an-earlier-boot")) {
        Files.delete(cache.resolve(name));
      }
    }
    assertThat(run("agent")).contains("version 1");
    assertThat(cached()).isFalse();
    assertThat(files()).noneMatch(name -> name.contains("an-earlier-boot"));
  }
}
