package dev.sandbar.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sandbar.core.compile.ReferenceDevice;
import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.UnitName;
import dev.sandbar.core.plan.Observation;
import dev.sandbar.core.plan.ObservedUnit;
import dev.sandbar.core.plan.UnitFiles;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What {@code --prune} takes for removed. The device has an app that may still be declared. */
class PlanPruneTest {
  private static final Path PUMP = Path.of("src/test/resources/specs/pump.yaml");

  @TempDir private Path folder;

  @BeforeEach
  void oneGoodApp() throws IOException {
    Files.copy(PUMP, folder.resolve("pump.yaml"));
  }

  @Test
  void anAppThatNoFileDeclaresIsRemoved() throws IOException {
    assertThat(source().plan(valveOnDevice(), true).inSync()).isFalse();
  }

  @Test
  void aLinkInAFolderIsAnErrorSoThatNothingIsRemoved() throws IOException {
    Files.createSymbolicLink(folder.resolve("valve.yaml"), PUMP.toAbsolutePath());
    PlanSource source = source();
    assertThat(source.specs().apps()).hasSize(1);
    assertThat(source.diagnostics())
        .extracting(Object::toString)
        .contains(
            folder.resolve("valve.yaml")
                + ": error: a symbolic link is not followed (Put the file itself here)");
    assertNothingIsRemoved(source);
  }

  @Test
  void aFileThatIsTooLargeIsAnErrorHoweverMuchElseIsTold() throws IOException {
    for (int i = 0; i < 150; i++) {
      Files.writeString(folder.resolve(i + ".yaml"), "# nothing yet\n");
    }
    Files.writeString(folder.resolve("valve.yaml"), "# " + "x".repeat(2 << 20));
    assertNothingIsRemoved(source());
  }

  private PlanSource source() throws IOException {
    Specs specs = SpecFiles.read(List.of(folder.toString()), InputStream.nullInputStream());
    return PlanSource.of(specs, ReferenceDevice.facts(), false);
  }

  private static Observation valveOnDevice() {
    UnitName valve = UnitName.own(new AppName("valve"));
    ObservedUnit absent = ObservedUnit.absent(valve);
    var unit =
        new ObservedUnit(
            valve,
            List.of(new ObservedUnit.File(UnitFiles.own(valve), "", true)),
            absent.loaded(),
            absent.properties(),
            absent.processes(),
            absent.cgroupPrograms());
    return new Observation(new TreeMap<>(Map.of(valve, unit)), new TreeMap<>());
  }

  private static void assertNothingIsRemoved(PlanSource source) {
    assertThatThrownBy(() -> source.plan(valveOnDevice(), true))
        .isInstanceOf(CommandException.class)
        .hasMessageStartingWith("--prune: ");
  }
}
