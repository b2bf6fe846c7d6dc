package dev.sandbar.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The launcher script, in a checkout of its own with a Java and a Maven that only say what they
 * were told.
 */
class LauncherTest {
  private static final Path SCRIPT = Path.of("../../sandbar");

  @TempDir Path temp;
  private Path checkout;
  private Path java;
  private Path bin;
  private Map<String, String> environment = Map.of();

  @BeforeEach
  void checkout() throws IOException {
    checkout = Files.createDirectories(temp.resolve("check out"));
    Files.copy(SCRIPT, checkout.resolve("sandbar"));
    Files.createDirectories(checkout.resolve("reconciler/cli/src/main/java"));
    Files.createDirectories(checkout.resolve("device-runtime"));
    Files.createDirectories(checkout.resolve("crds"));
    Files.createDirectories(checkout.resolve("playground"));
    Files.createDirectories(checkout.resolve("e2e/virtual-device"));
    Files.createDirectories(checkout.resolve("e2e/api-server"));
    Files.writeString(checkout.resolve("pom.xml"), "<project/>");
    java = jdk("jdk-25", "25.0.3");
    bin = Files.createDirectories(temp.resolve("bin"));
    program(bin.resolve("mvn"), "echo \"mvn $JAVA_HOME $*\" >>\"" + temp + "/built\"");
  }

  private Path jdk(String name, String version) throws IOException {
    Path home = temp.resolve(name);
    Files.createDirectories(home.resolve("bin"));
    Files.writeString(home.resolve("release"), "JAVA_VERSION=\"" + version + "\"\n");
    program(home.resolve("bin/java"), "for a; do echo \"$a\"; done");
    program(home.resolve("bin/javac"), "exit 1");
    return home;
  }

  private static void program(Path file, String script) throws IOException {
    Files.writeString(file, "#!/bin/sh\n" + script + "\n");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  private Ran run(Path javaHome, String path, String... args)
      throws IOException, InterruptedException {
    var command = new ArrayList<>(List.of("/bin/sh", checkout.resolve("sandbar").toString()));
    command.addAll(List.of(args));
    var builder = new ProcessBuilder(command);
    builder.environment().clear();
    builder.environment().putAll(environment);
    builder.environment().put("PATH", path);
    builder.environment().put("SANDBAR_JAVA_HOME", javaHome.toString());
    builder.environment().put("SANDBAR_AGENT_CACHE", temp.resolve("cache").toString());
    Path out = temp.resolve("out");
    Path err = temp.resolve("err");
    Process process = builder.redirectOutput(out.toFile()).redirectError(err.toFile()).start();
    process.getOutputStream().close();
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    return new Ran(
        process.exitValue(),
        Files.readString(out, StandardCharsets.UTF_8),
        Files.readString(err, StandardCharsets.UTF_8));
  }

  private Ran run(String... args) throws IOException, InterruptedException {
    return run(java, bin + ":/usr/bin:/bin", args);
  }

  private List<String> builds() throws IOException {
    Path built = temp.resolve("built");
    return Files.exists(built) ? Files.readAllLines(built) : List.of();
  }

  @Test
  void theFirstRunBuildsAndSaysSoOnce() throws Exception {
    var first = run("explain", "two words");
    assertThat(first.code()).isZero();
    assertThat(first.err())
        .isEqualTo("sandbar: building (once after each change of the sources)\n");
    assertThat(first.out().lines())
        .endsWith("dev.sandbar.cli.Main", "explain", "two words")
        .contains(classPath("reconciler/cli", "playground"), "-Dsandbar.tty=");
    assertThat(builds()).singleElement().asString().startsWith("mvn " + java + " ");
    var second = run("explain");
    assertThat(second.err()).isEmpty();
    assertThat(builds()).hasSize(1);
  }

  @Test
  void aChangedSourceIsBuiltAgainButAChangedTestIsNot() throws Exception {
    run("explain");
    Path test = checkout.resolve("reconciler/cli/src/test/java/ATest.java");
    Files.createDirectories(checkout.resolve("reconciler/cli/src/test/java"));
    later(Files.writeString(test, "class ATest {}"));
    run("explain");
    assertThat(builds()).hasSize(1);
    Path old = Files.writeString(checkout.resolve("reconciler/cli/target/lib/old-1.0.jar"), "");
    later(Files.writeString(checkout.resolve("reconciler/cli/src/main/java/A.java"), "class A {}"));
    run("explain");
    assertThat(builds()).hasSize(2);
    assertThat(old).as("a library of before").doesNotExist();
  }

  private static void later(Path file) throws IOException {
    Files.setLastModifiedTime(file, FileTime.from(Instant.now().plusSeconds(10)));
  }

  @Test
  void aFailedBuildIsAnErrorAndIsTriedAgain() throws Exception {
    program(bin.resolve("mvn"), "echo why; exit 1");
    var failed = run("explain");
    assertThat(failed.code()).isEqualTo(1);
    assertThat(failed.out()).isEmpty();
    assertThat(failed.err()).contains("why", "the build failed");
    program(bin.resolve("mvn"), "true");
    assertThat(run("explain").code()).isZero();
  }

  @Test
  void anOlderJavaIsPassedOverForOneThatWillDo() throws Exception {
    Path old = jdk("jdk-17", "17.0.15");
    Path path = Files.createDirectories(temp.resolve("path"));
    Files.createSymbolicLink(path.resolve("java"), java.resolve("bin/java"));
    var ran = run(old, path + ":" + bin + ":/usr/bin:/bin", "explain");
    assertThat(ran.code()).isZero();
    assertThat(builds()).singleElement().asString().startsWith("mvn " + java + " ");
  }

  @Test
  void withoutMavenItSaysWhatToInstall() throws Exception {
    Files.delete(bin.resolve("mvn"));
    Path tools = Files.createDirectories(temp.resolve("tools"));
    for (String tool : List.of("dirname", "readlink", "find", "head", "mkdir", "touch", "mv")) {
      Files.createSymbolicLink(tools.resolve(tool), Path.of("/usr/bin", tool));
    }
    var ran = run(java, bin + ":" + tools, "explain");
    assertThat(ran.code()).isEqualTo(1);
    assertThat(ran.err()).contains("apt-get install maven");
  }

  @Test
  void onlyTheCommandsOfAFleetSeeTheLibrariesOfAnApiServer() throws Exception {
    String lib = classPath("reconciler/cli");
    String fleet = checkout.resolve("reconciler/cli/target/lib/fleet") + "/*";
    assertThat(run("fleet", "status").out().lines()).contains(lib + ":" + fleet);
    assertThat(run("fleet", "reconcile", "app", "pump").out().lines()).contains(lib + ":" + fleet);
    assertThat(run("explain").out().lines()).contains(classPath("reconciler/cli", "playground"));
  }

  @Test
  void anAgentSeesNothingOfThePlayground() throws Exception {
    assertThat(run("agent").out().lines()).contains(classPath("reconciler/cli"));
  }

  private String classPath(String... modules) {
    return Stream.of(modules)
        .map(module -> checkout.resolve(module + "/target/lib") + "/*")
        .collect(Collectors.joining(":"));
  }

  @Test
  void theAgentGetsASmallHeap() throws Exception {
    assertThat(run("agent", "--help").out().lines()).contains("-Xmx64m", "-Xms10m");
    assertThat(run("explain").out().lines()).doesNotContain("-Xmx64m");
  }

  @Test
  void helpAndVersionTouchNothing() throws Exception {
    run("explain");
    List<String> before = everything();
    for (String line : List.of("agent --help", "agent --git x -h", "agent -V", "--version")) {
      var ran = run(line.split(" "));
      assertThat(ran.err()).as(line).isEmpty();
      assertThat(ran.out()).as(line).doesNotContain("AOTCache", "sandbar.recording");
      assertThat(everything()).as(line).isEqualTo(before);
    }
    assertThat(run("agent").out()).as("by a person").doesNotContain("AOTCache");
    environment = Map.of("INVOCATION_ID", "0123");
    assertThat(run("agent").out()).as("a service").contains("-XX:AOTCacheOutput=");
  }

  /** Every path of the checkout and of the cache. */
  private List<String> everything() throws IOException {
    var paths = new ArrayList<String>();
    for (Path top : List.of(checkout, temp.resolve("cache"))) {
      if (Files.exists(top)) {
        try (var files = Files.walk(top)) {
          files.map(Path::toString).sorted().forEach(paths::add);
        }
      }
    }
    return paths;
  }

  @Test
  void namesOfFilesAreReadAsUtf8WhateverTheLocale() throws Exception {
    program(java.resolve("bin/java"), "echo \"$(locale charmap 2>/dev/null) ${LC_ALL:-none}\"");
    run("explain");
    assertThat(inLocale("")).isEqualTo("UTF-8 C.UTF-8");
    assertThat(inLocale("C")).isEqualTo("UTF-8 C.UTF-8");
    assertThat(inLocale("xx_XX.UTF-8")).as("not installed").isEqualTo("UTF-8 C.UTF-8");
    assertThat(inLocale("C.UTF-8")).as("what the user chose").isEqualTo("UTF-8 none");
  }

  private String inLocale(String lang) throws Exception {
    environment = Map.of("LANG", lang);
    return run("explain").out().strip();
  }
}
