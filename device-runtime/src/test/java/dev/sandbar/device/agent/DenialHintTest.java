package dev.sandbar.device.agent;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.compile.Compilation;
import dev.sandbar.core.compile.CompiledApp;
import dev.sandbar.core.compile.Compiler;
import dev.sandbar.core.compile.ReferenceDevice;
import dev.sandbar.core.model.SpecReader;
import dev.sandbar.core.model.UnitName;
import dev.sandbar.core.plan.ObservedUnit;
import dev.sandbar.device.systemd.JournalReader;
import dev.sandbar.source.text.YamlReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DenialHintTest {

  @TempDir Path folder;

  private final AtomicLong now = new AtomicLong(Long.MAX_VALUE - 5);

  /** A journal that a script prints; each call is counted. */
  private DenialHint printing(String script) throws IOException {
    Path program = folder.resolve("journal");
    Files.writeString(
        program, "#!/bin/sh\necho x >>%s\n%s\n".formatted(folder.resolve("calls"), script));
    assertThat(program.toFile().setExecutable(true)).isTrue();
    return new DenialHint(new JournalReader(List.of(program.toString())), folder, now::get);
  }

  private long calls() throws IOException {
    return Files.readAllLines(folder.resolve("calls")).size();
  }

  private static CompiledApp app() {
    return app("");
  }

  private static CompiledApp app(String fields) {
    String text =
        """
        apiVersion: sandbar.dev/v1alpha1
        kind: AppSandbox
        metadata: {name: pump}
        spec: {run: {command: [/usr/bin/pump]}%s}
        """
            .formatted(fields);
    var manifest = YamlReader.read("pump.yaml", text.getBytes(StandardCharsets.UTF_8));
    var read = (SpecReader.Read) SpecReader.read(manifest.documents().getFirst());
    return ((Compilation.Compiled) Compiler.compile(read.app(), ReferenceDevice.facts())).app();
  }

  private String hint(DenialHint hint) {
    return hint.of(app(), ReferenceDevice.facts(), unit("0123abcd"));
  }

  private static ObservedUnit unit(String invocation) {
    var none = ObservedUnit.absent(new UnitName("sandbar-pump.service"));
    var loaded =
        new ObservedUnit.Loaded(
            "loaded",
            "failed",
            "failed",
            "",
            "",
            List.of(),
            false,
            invocation,
            "",
            "exit-code",
            1,
            0);
    return new ObservedUnit(
        none.name(), List.of(), loaded, none.properties(), List.of(), none.cgroupPrograms());
  }

  @Test
  void theLastLineIsQuotedAndThePermissionIsNamed() throws IOException {
    DenialHint hint = printing("echo 'token=abc open /proc/meminfo: No such file or directory'");
    assertThat(hint(hint))
        .isEqualTo(
            "; its last line was \"token=*** open /proc/meminfo: No such file or directory\"; by what"
                + " it wrote it lacks systemInfo");
  }

  @Test
  void nothingIsQuotedOfAnAppWithSecrets() throws IOException {
    DenialHint hint = printing("echo 'wrote x to /proc/meminfo: No such file or directory'");
    CompiledApp app =
        app(
            ", secrets: [{name: login, sealed: \"-----BEGIN AGE ENCRYPTED FILE-----\\nYWdl\\n-----END"
                + " AGE ENCRYPTED FILE-----\"}]");
    assertThat(hint.of(app, ReferenceDevice.facts(), unit("0123abcd")))
        .isEqualTo("; by what it wrote it lacks systemInfo");
  }

  @Test
  void whatIsNotAboutTheSandboxIsNoHint() throws IOException {
    assertThat(hint(printing("echo bye"))).isEqualTo("; its last line was \"bye\"");
    assertThat(hint(new DenialHint(null, folder, now::get))).isEmpty();
  }

  /** The journal has lines of other versions too, and nobody asks for those. */
  @Test
  void whatNeverStartedWroteNothing() throws IOException {
    DenialHint hint = printing("echo bye");
    assertThat(hint.of(app(), ReferenceDevice.facts(), unit(""))).isEmpty();
    assertThat(folder.resolve("calls")).doesNotExist();
  }

  @Test
  void aJournalThatCannotBeReadIsLeftAloneForAWhile() throws IOException {
    DenialHint hint = printing("exit 1");
    assertThat(hint(hint)).isEmpty();
    assertThat(hint(hint)).isEmpty();
    assertThat(calls()).isEqualTo(1);
    now.addAndGet(Duration.ofMinutes(1).toNanos());
    assertThat(hint(hint)).isEmpty();
    assertThat(calls()).isEqualTo(2);
  }
}
