package dev.sandbar.core.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.sandbar.core.compile.CompiledApp;
import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.Sha256;
import dev.sandbar.core.model.UnitName;
import dev.sandbar.core.plan.Difference.Layer;
import dev.sandbar.core.plan.ObservedUnit.File;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Who else may change a unit, and drift that is not Sandbar's to correct. */
class LastingDriftTest {

  private static final UnitName UNIT = UnitName.own(new AppName("pump"));
  private static final String OWN = UnitFiles.own(UNIT);

  @ParameterizedTest
  @CsvSource({
    "/etc/systemd/system/service.d/10-all.conf, remove the file",
    "/usr/lib/systemd/system/sandbar-pump.service.d/9.conf, remove the file",
    "/run/systemd/generator/sandbar-pump.service.d/9.conf, 'remove what generates it, or the file'"
  })
  void ofAFileThatSandbarMustNotRemoveItIsSaidWhatToDo(String path, String help) {
    assertThat(
            DifferTest.differences(
                u -> DifferTest.withFiles(u, u.files().getFirst(), new File(path, "ab"))))
        .extracting(Difference::observed)
        .containsExactly(
            "a foreign drop-in that Sandbar does not remove: "
                + help
                + ", then run 'systemctl daemon-reload'");
  }

  @Test
  void aUnitFileThatOthersMayReadIsNamed() {
    String digest = Sha256.of(DifferTest.app(257).text()).hex();
    assertThat(
            DifferTest.differences(
                u ->
                    DifferTest.withFiles(
                        u, new File(OWN, digest, true, List.of(), "mode 0644, owner 0:0"))))
        .containsExactly(
            new Difference(
                UNIT, new Subject.UnitFile(OWN), "mode 0600, owner 0:0", "mode 0644, owner 0:0"));
  }

  @Test
  void aVariableOfTheManagerThatMakesProgramsLoadCodeIsNamed() {
    CompiledApp app = DifferTest.app(257);
    var units = new TreeMap<>(Map.of(UNIT, DifferTest.asDeclared(app, 257)));
    var variables = new TreeSet<>(List.of("LANG", "LD_PRELOAD", "PATH", "PYTHONPATH"));

    assertThat(
            Differ.app(
                app, new Observation(units, new TreeMap<>(), new TreeMap<>(), variables), 257))
        .extracting(Difference::layer, d -> d.subject().toString())
        .containsExactly(
            tuple(Layer.MANAGER, "manager environment LD_PRELOAD"),
            tuple(Layer.MANAGER, "manager environment PYTHONPATH"));
  }
}
