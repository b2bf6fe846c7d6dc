package dev.sandbar.core.model;

import static dev.sandbar.source.text.TextProperties.require;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.sandbar.core.compile.Compilation;
import dev.sandbar.core.compile.Compiler;
import dev.sandbar.core.compile.ReferenceDevice;
import dev.sandbar.source.text.YamlReader;
import java.util.List;
import java.util.regex.Pattern;

/** From the text of a spec to the text of a unit. */
class SpecFuzz {
  private static final Pattern SECTION = Pattern.compile("\\[(Unit|Service|Install|X-Sandbar)]");
  private static final Pattern LINE = Pattern.compile("[A-Z][A-Za-z]*=.*");

  @FuzzTest
  void spec(byte[] bytes) {
    for (Node document : YamlReader.read("x.yaml", bytes).documents()) {
      SpecReader.Outcome outcome = SpecReader.read(document);
      noDefect(outcome.diagnostics());
      if (outcome instanceof SpecReader.Read(var app, _)) {
        switch (Compiler.compile(app, ReferenceDevice.facts())) {
          case Compilation.Compiled(var compiled, var warnings) -> {
            noDefect(warnings);
            unit(compiled.text());
          }
          case Compilation.Rejected(_, var errors) -> {
            noDefect(errors);
            require(!errors.isEmpty(), "rejected without a reason");
          }
        }
      }
    }
  }

  private static void noDefect(List<Diagnostic> found) {
    for (Diagnostic it : found) {
      require(it.problem() != Problem.DEFECT, it.toString());
      require(it.message().codePoints().noneMatch(Character::isISOControl), it.toString());
    }
  }

  /** No line that the compiler did not mean, no character that systemd or a terminal would obey. */
  private static void unit(String text) {
    for (String line : text.split("\n", -1)) {
      require(line.codePoints().noneMatch(Character::isISOControl), "control character: " + line);
      require(
          line.isEmpty()
              || line.startsWith("#")
              || SECTION.matcher(line).matches()
              || LINE.matcher(line).matches(),
          "a line that is none of a unit: " + line);
      require(!line.endsWith("\\"), "a line that goes on: " + line);
    }
  }
}
