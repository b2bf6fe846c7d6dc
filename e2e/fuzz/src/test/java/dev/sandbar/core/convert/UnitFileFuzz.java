package dev.sandbar.core.convert;

import static dev.sandbar.source.text.TextProperties.require;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.sandbar.core.compile.Compilation;
import dev.sandbar.core.compile.Compiler;
import dev.sandbar.core.compile.ReferenceDevice;
import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.AppSpec.Mode;
import dev.sandbar.core.model.SpecReader;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A unit file that somebody has sent: it becomes a spec that compiles, or it is said to be none.
 */
class UnitFileFuzz {

  @FuzzTest
  void unit(byte[] bytes) {
    for (Mode mode : Mode.values()) {
      Converted converted =
          UnitConverter.convert(
              UnitFile.ofFiles(List.of(bytes)),
              new AppName("app"),
              "app.service",
              mode,
              Map.of(),
              it -> Optional.of("/usr/bin/" + it));
      require(converted.usable() || !converted.left().isEmpty(), "nothing is said");
      if (converted.usable()) {
        require(
            SpecReader.read(converted.manifest()) instanceof SpecReader.Read(var app, _)
                && Compiler.compile(app, ReferenceDevice.facts(app))
                    instanceof Compilation.Compiled,
            "the spec does not compile");
      }
    }
  }
}
