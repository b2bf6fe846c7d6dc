package dev.sandbar.core.denial;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.compile.Compilation;
import dev.sandbar.core.compile.Compiler;
import dev.sandbar.core.compile.DeviceFacts;
import dev.sandbar.core.compile.ReferenceDevice;
import dev.sandbar.core.model.AppSpec;
import dev.sandbar.core.model.DevicePolicy;
import dev.sandbar.core.model.FlowText;
import dev.sandbar.core.model.Permission;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvFileSource;
import org.junit.jupiter.params.provider.ValueSource;

class DenialsTest {

  private static final List<Permission> DIRECTORIES =
      List.of(Permission.STATE, Permission.CACHE, Permission.LOGS, Permission.STORAGE);

  private static final SortedMap<String, String> VOLUMES =
      new TreeMap<>(Map.of("media", "/srv/media"));

  private static final String RUN = "run: {command: [/usr/bin/app]}";

  private static AppSpec spec(String permissions) {
    return FlowText.read("app", "{" + RUN + ", permissions: {" + permissions + "}}");
  }

  private static DeviceFacts facts(DevicePolicy policy) {
    return ReferenceDevice.facts().configured(Map.of(), VOLUMES).with(policy);
  }

  private static Confines confines(String permissions, DevicePolicy policy) {
    return Confines.of(spec(permissions), facts(policy));
  }

  private static List<Denial> read(String permissions, String... lines) {
    return Denials.read(List.of(lines), confines(permissions, DevicePolicy.DEFAULT));
  }

  /** Lines that real programs wrote in a closed sandbox, and what they lack; - is advice alone. */
  @ParameterizedTest
  @CsvFileSource(
      resources = "/denials.csv",
      delimiter = '|',
      numLinesToSkip = 1,
      maxCharsPerColumn = 9999)
  void aLineNamesWhatIsMissing(String permissions, String line, String remedies) {
    String granted = permissions == null ? "" : permissions;
    List<String> expected =
        remedies == null || remedies.equals("-") ? List.of() : List.of(remedies.split(" / "));
    List<Denial> denials = read(granted, line);

    assertThat(denials).hasSize(remedies == null ? 0 : 1);
    denials.forEach(
        denial -> {
          assertThat(denial.remedies()).extracting(Remedy::line).isEqualTo(expected);
          assertThat(denial.said()).isEqualTo(line);
          assertThat(denial.remedies().isEmpty() && denial.help().isEmpty()).isFalse();
        });
  }

  /** What it says to write can be written, and then the same line is no denial any more. */
  @ParameterizedTest
  @CsvFileSource(
      resources = "/denials.csv",
      delimiter = '|',
      numLinesToSkip = 1,
      maxCharsPerColumn = 9999)
  void aRemedyIsASpecThatCompiles(String permissions, String line, String remedies) {
    String granted = permissions == null ? "" : permissions;
    for (Denial denial : read(granted, line)) {
      for (Remedy remedy : denial.remedies()) {
        String with = (granted.isEmpty() ? "" : granted + ", ") + remedy.line();
        AppSpec spec = spec(with);
        assertThat(
                Compiler.compile(
                    spec,
                    facts(remedy.objection().isEmpty() ? DevicePolicy.DEFAULT : DevicePolicy.NONE)))
            .as(with)
            .isInstanceOf(Compilation.Compiled.class);
        boolean exact = !DIRECTORIES.contains(remedy.permission());
        if (exact) {
          assertThat(read(with, line)).as(with).isEmpty();
        }
      }
    }
  }

  /** As redis does. */
  @Test
  void anErrorInALineOfItsOwnIsAboutTheLineBefore() {
    assertThat(
            read("", ">>> 'dir /var/lib/sandbar-app'", "No such file or directory", "bye", "EPERM"))
        .singleElement()
        .satisfies(
            denial -> {
              assertThat(denial.remedies()).extracting(Remedy::line).containsExactly("state: true");
              assertThat(denial.said())
                  .isEqualTo(">>> 'dir /var/lib/sandbar-app': No such file or directory");
            });
  }

  @Test
  void whatIsSaidOftenIsOneDenialAndComesFirst() {
    List<Denial> denials =
        read(
            "",
            "write /var/cache/x: Read-only file system",
            "socket: Address family not supported by protocol",
            "retry: Address family not supported by protocol");
    assertThat(denials).extracting(Denial::times).containsExactly(2, 1);
    assertThat(denials.getFirst().said()).startsWith("retry");
    assertThat(denials.getFirst().directive()).isEqualTo("RestrictAddressFamilies");
  }

  @Test
  void theOwnerOfTheDeviceHasTheLastWord() {
    var denied = new TreeSet<>(List.of(Permission.INTERNET));
    var policy =
        new DevicePolicy(
            false, false, true, denied, Permission.Level.DANGEROUS, DevicePolicy.DEFAULT.limits());
    List<Denial> denials =
        Denials.read(
            List.of("socket: Address family not supported by protocol"), confines("", policy));
    assertThat(denials.getFirst().remedies())
        .extracting(Remedy::permission, Remedy::objection)
        .containsExactly(
            org.assertj.core.groups.Tuple.tuple(
                Permission.INTERNET, "policy.permissions.deny names it"),
            org.assertj.core.groups.Tuple.tuple(Permission.LOCAL_NETWORK, ""));
  }

  /** No app can have it, so nothing is said of how. */
  @ParameterizedTest
  @ValueSource(strings = {"/dev/mem", "/dev/sda1", "/dev/kmsg", "/dev/tty1"})
  void whatNoAppGetsHasNoRemedy(String node) {
    assertThat(read("", "open " + node + ": No such file or directory"))
        .allSatisfy(denial -> assertThat(denial.remedies()).isEmpty());
  }

  /** An app writes what it likes. */
  @Test
  void anyBytesAreRead() {
    var random = new Random(7);
    List<String> words =
        List.of(
            "bind",
            "port",
            ":99999",
            ":",
            "/dev/",
            "/dev/../x",
            "1.2.3.4:5",
            "::1",
            "[::]:80",
            "\u001b[31m",
            "operation not permitted",
            "address family not supported",
            "read-only file system",
            "timed out",
            "/proc/stat",
            "no such file",
            "mprotect",
            "keyctl",
            "\ud800",
            "'\"$(",
            "=");
    Confines closed = confines("", DevicePolicy.NONE);
    for (int i = 0; i < 20_000; i++) {
      var line = new StringBuilder();
      for (int n = random.nextInt(9); n >= 0; n--) {
        line.append(words.get(random.nextInt(words.size())))
            .append(random.nextBoolean() ? " " : "");
      }
      assertThat(Denials.read(List.of(line.toString()), closed))
          .allSatisfy(
              denial ->
                  assertThat(denial.remedies())
                      .allSatisfy(it -> assertThat(it.line()).doesNotContain("\u001b", "$", "'")));
    }
    assertThat(Denials.read(Collections.nCopies(2, "x".repeat(100_000)), closed)).isEmpty();
  }

  @Test
  void anEndIsExplained() {
    assertThat(Denials.end("exit-code", 226))
        .contains("the file system of the sandbox could not be set up");
    assertThat(Denials.end("core-dump", 31)).contains("another architecture");
    assertThat(Denials.end("oom-kill", 9)).contains("MemoryMax");
    assertThat(Denials.end("exit-code", 1)).isEmpty();
    assertThat(Denials.end("success", 0)).isEmpty();
  }
}
