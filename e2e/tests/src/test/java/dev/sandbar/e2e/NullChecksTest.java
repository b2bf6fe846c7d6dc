package dev.sandbar.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Main code seldom asks whether something is null: what others give as null becomes an empty value
 * where it comes in. Counted by module, per thousand lines of main code.
 */
class NullChecksTest {
  private static final Pattern CHECK = Pattern.compile("[!=]=\\s*null\\b");
  private static final String SOURCES = "src/main/java";
  private static final int LIMIT = 5;
  private static final int WORST = 5;

  private record SourceFile(Path path, long lines, long checks) {
    static SourceFile of(Path path) {
      try {
        String text = Files.readString(path);
        return new SourceFile(path, text.lines().count(), CHECK.matcher(text).results().count());
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  private record Module(Path directory, List<SourceFile> files) {
    double perThousand() {
      long lines = files.stream().mapToLong(SourceFile::lines).sum();
      long checks = files.stream().mapToLong(SourceFile::checks).sum();
      return 1000.0 * checks / Math.max(1, lines);
    }

    @Override
    public String toString() {
      String worst =
          files.stream()
              .sorted(Comparator.comparingLong(SourceFile::checks).reversed())
              .limit(WORST)
              .map(file -> file.path().getFileName() + " " + file.checks())
              .collect(Collectors.joining(", "));
      return String.format(Locale.ROOT, "%s: %.1f, most in %s", directory, perThousand(), worst);
    }
  }

  @Test
  void everyModuleHasFewerThanFivePerThousandLines() throws IOException {
    List<Module> modules = modules();
    assertThat(modules).as("the sources are where they are looked for").hasSizeGreaterThan(10);
    assertThat(modules).filteredOn(module -> module.perThousand() >= LIMIT).isEmpty();
  }

  private static List<Module> modules() throws IOException {
    Path root = Path.of("../..").toRealPath();
    var modules = new ArrayList<Module>();
    try (Stream<Path> poms = Files.find(root, 4, (path, _) -> path.endsWith("pom.xml"))) {
      for (Path pom : poms.sorted().toList()) {
        Path sources = pom.resolveSibling(SOURCES);
        if (Files.isDirectory(sources)) {
          try (Stream<Path> files = Files.walk(sources)) {
            modules.add(
                new Module(
                    root.relativize(pom.getParent()),
                    files
                        .filter(path -> path.toString().endsWith(".java"))
                        .map(SourceFile::of)
                        .toList()));
          }
        }
      }
    }
    return modules;
  }
}
