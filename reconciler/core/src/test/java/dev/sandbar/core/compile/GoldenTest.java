package dev.sandbar.core.compile;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.model.FlowText;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Whole units, for people to review. {@code -Dgolden.update=true} writes them anew; the difference
 * is then what a change of the compiler means.
 */
class GoldenTest {

  private static final Path FOLDER = Path.of("src/test/resources/golden");

  static List<String> names() throws IOException {
    try (Stream<Path> files = Files.list(FOLDER)) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.endsWith(".app"))
          .map(name -> name.substring(0, name.length() - ".app".length()))
          .sorted()
          .toList();
    }
  }

  @Test
  void thereAreUnitsToCompare() throws IOException {
    assertThat(names()).hasSizeGreaterThanOrEqualTo(8);
  }

  /** The first line of an input may say {@code # systemd N}. */
  @ParameterizedTest
  @MethodSource("names")
  void theUnitIsTheReviewedOne(String name) throws IOException {
    String input = Files.readString(FOLDER.resolve(name + ".app"));
    int version = 257;
    if (input.startsWith("# systemd ")) {
      version = Integer.parseInt(input.substring(10, input.indexOf('\n')));
      input = input.substring(input.indexOf('\n') + 1);
    }
    String app = name.replaceAll("-on-[0-9]+$", "");
    String text =
        switch (Compiler.compile(FlowText.read(app, input), TestDevice.with(version))) {
          case Compilation.Compiled(var compiled, _) -> compiled.text();
          case Compilation.Rejected(_, var errors) -> throw new AssertionError(errors.toString());
        };
    Path expected = FOLDER.resolve(name + ".service");
    if (Boolean.getBoolean("golden.update")) {
      Files.writeString(expected, text);
    }
    assertThat(text).isEqualTo(Files.readString(expected));
  }
}
