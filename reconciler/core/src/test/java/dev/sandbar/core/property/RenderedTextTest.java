package dev.sandbar.core.property;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.compile.Compilation;
import dev.sandbar.core.compile.CompiledApp;
import dev.sandbar.core.compile.Compiler;
import dev.sandbar.core.compile.TestDevice;
import dev.sandbar.core.model.AppSpec;
import dev.sandbar.core.model.AppSpec.Run;
import dev.sandbar.core.model.FlowText;
import dev.sandbar.core.model.Location;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The reader of unit text undoes exactly what the renderer escapes, whatever the text. */
class RenderedTextTest {

  private static final String NASTY = " \"'\\%$;:=@-+!|~#[]{}*?,/aZ09._é漢😀";

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5})
  void argumentsAndVariablesComeBackUnchanged(long seed) {
    var random = new Random(seed);
    int compiled = 0;
    for (int round = 0; round < 40; round++) {
      List<String> command = new ArrayList<>(List.of("/usr/bin/app"));
      for (int i = random.nextInt(4); i > 0; i--) {
        command.add(text(random));
      }
      var environment = new TreeMap<String, String>();
      for (int i = random.nextInt(4); i > 0; i--) {
        environment.put("V" + i, text(random));
      }
      if (Compiler.compile(app(command, environment), TestDevice.with(257))
          instanceof Compilation.Compiled(CompiledApp app, _)) {
        compiled++;
        assertThat(app.effective().get("ExecStart"))
            .isEqualTo(
                new Value.Items(
                    List.of(Forms.command(Set.of("no-env-expand"), "/usr/bin/app", command))));
        assertThat(variables(app)).containsAllEntriesOf(digests(environment));
      }
    }
    assertThat(compiled).isGreaterThan(20);
  }

  private static String text(Random random) {
    int[] alphabet = NASTY.codePoints().toArray();
    var text = new StringBuilder();
    for (int i = random.nextInt(12); i > 0; i--) {
      text.appendCodePoint(alphabet[random.nextInt(alphabet.length)]);
    }
    // A value that ends so is refused before it gets here.
    return text.toString().endsWith("\\") ? text + "." : text.toString();
  }

  private static AppSpec app(List<String> command, TreeMap<String, String> environment) {
    AppSpec plain = FlowText.read("pump", "{run: {command: [/usr/bin/app]}}");
    return new AppSpec(
        plain.name(),
        plain.at(),
        plain.devices(),
        plain.root(),
        new Run(command, environment, "", Location.NOWHERE),
        plain.files(),
        plain.secrets(),
        plain.mode(),
        plain.permissions(),
        plain.network(),
        plain.systemCalls(),
        plain.directives(),
        plain.raw(),
        plain.enforcement(),
        plain.health(),
        plain.drift(),
        plain.suspend(),
        plain.hold(),
        plain.maintenance(),
        plain.variables());
  }

  private static Map<String, String> variables(CompiledApp app) {
    return ((Value.Keyed) Objects.requireNonNull(app.effective().get("Environment"))).entries();
  }

  private static Map<String, String> digests(Map<String, String> environment) {
    var digests = new TreeMap<String, String>();
    environment.forEach((name, value) -> digests.put(name, Forms.digest(value)));
    return digests;
  }
}
