package dev.sandbar.vdev;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PrerequisitesTest {
  @Test
  void aMachineThatRunsTheseTestsLacksNothing() {
    assertThat(Prerequisites.missing(Suite.values())).isEmpty();
  }

  @Test
  void aMissingProgramIsNamedWithItsPackage() {
    var absent = new Prerequisites.Program("no-such-program", "its-package");
    List<Prerequisites.Lack> lacks = Prerequisites.programs(List.of(absent));
    assertThat(lacks).hasSize(1);
    assertThatThrownBy(() -> Prerequisites.require(lacks))
        .isInstanceOf(VirtualDeviceException.class)
        .hasMessageContaining("no-such-program")
        .hasMessageContaining("apt-get install its-package");
  }

  @Test
  void whoIsNotRootIsToldSo(@TempDir Path temp) throws Exception {
    Path classes =
        Path.of(Prerequisites.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    Path tests =
        Path.of(
            PrerequisitesTest.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    Files.setPosixFilePermissions(temp, PosixFilePermissions.fromString("rwxr-xr-x"));
    copy(classes, temp.resolve("classes"));
    copy(tests, temp.resolve("tests"));

    CommandResult result =
        Commands.run(
                List.of(
                    "setpriv",
                    "--reuid=65534",
                    "--regid=65534",
                    "--clear-groups",
                    Path.of(System.getProperty("java.home"), "bin/java").toString(),
                    "-cp",
                    temp.resolve("classes") + ":" + temp.resolve("tests"),
                    TellsWhatIsMissing.class.getName()),
                Map.of(),
                InputStream.nullInputStream(),
                65536,
                Duration.ofSeconds(30))
            .text();

    assertThat(result.orThrow()).contains("not root").contains("sudo");
  }

  @Test
  void aJdkThatKeepsFilesOutsideIsShownWhole(@TempDir Path temp) throws Exception {
    Path home = temp.resolve("jdk");
    Path etc = temp.resolve("etc-java");
    Files.createDirectories(home.resolve("lib/security"));
    Files.createDirectories(etc.resolve("security"));
    Path certificates = Files.createFile(temp.resolve("cacerts"));
    Files.createFile(etc.resolve("security/java.security"));
    Files.createSymbolicLink(home.resolve("conf"), etc);
    Files.createSymbolicLink(home.resolve("lib/security/cacerts"), certificates);
    Files.createSymbolicLink(
        home.resolve("lib/security/java.security"), etc.resolve("security/java.security"));
    Files.createSymbolicLink(home.resolve("lib/dangling"), temp.resolve("absent"));
    // As deep as Debian has them; a JDK without this file starts, and fails at the first cipher.
    Path policy = Files.createFile(temp.resolve("default_US_export.policy"));
    Path deep = Files.createDirectories(home.resolve("settings/security/policy/unlimited"));
    Files.createSymbolicLink(deep.resolve("default_US_export.policy"), policy);

    assertThat(JavaHome.binds(home).stream().map(bind -> bind.from().toString()))
        .containsExactlyInAnyOrder(
            home.toRealPath().toString(),
            etc.toRealPath().toString(),
            certificates.toRealPath().toString(),
            policy.toRealPath().toString());
  }

  private static void copy(Path from, Path to) throws IOException {
    try (var files = Files.walk(from)) {
      for (Path file : (Iterable<Path>) files::iterator) {
        Path target = to.resolve(from.relativize(file).toString());
        if (Files.isDirectory(file)) {
          Files.createDirectories(target);
        } else {
          Files.copy(file, target);
        }
      }
    }
  }

  /** Run in a JVM of its own, as another user. */
  static final class TellsWhatIsMissing {
    private TellsWhatIsMissing() {}

    public static void main(String[] arguments) {
      System.out.println(Prerequisites.missing(Suite.TRIXIE));
    }
  }
}
