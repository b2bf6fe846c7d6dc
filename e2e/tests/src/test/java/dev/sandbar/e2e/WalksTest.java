package dev.sandbar.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.property.DirectiveTable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What CONTRIBUTING.md says of the files that a change touches is so, and stays so. */
class WalksTest {

  private static final Path ROOT = Path.of("../..");
  private static final Pattern WALK =
      Pattern.compile("(?ms)^### ([^\\n]+)\\n\\nExample: ([^\\n]+)\\n\\n(.*?)(?=^##|\\z)");
  private static final Pattern FILE = Pattern.compile("(?m)^- `([^`]+)`");
  private static final Pattern QUOTED = Pattern.compile("`([^`]+)`");
  private static final Pattern COMMENT = Pattern.compile("(?ms)/\\*.*?\\*/|^\\s*//[^\\n]*");
  private static final Pattern LITERAL = Pattern.compile("\"([A-Za-z]+)\"");

  /** Names that mean something else too. */
  private static final Set<String> COMMON =
      Set.of("Description", "Environment", "Group", "Restart", "Type", "User");

  /** The main code of all modules without its comments, by path. */
  private static final SortedMap<String, String> CODE = new TreeMap<>();

  /**
   * One walk.
   *
   * @param title what is added
   * @param names of the example
   * @param files to touch for it
   */
  record Walk(String title, List<String> names, List<String> files) {
    boolean passes(String text) {
      return names.stream().anyMatch(text::contains);
    }

    @Override
    public String toString() {
      return title;
    }
  }

  @BeforeAll
  static void read() throws IOException {
    try (Stream<Path> all = Files.walk(ROOT)) {
      all.map(ROOT::relativize)
          .map(Path::toString)
          .filter(path -> path.endsWith(".java") && path.contains("src/main/java/"))
          .filter(path -> !path.contains("target/"))
          .forEach(path -> CODE.put(path, COMMENT.matcher(text(path)).replaceAll("")));
    }
    assertThat(CODE).hasSizeGreaterThan(500);
  }

  private static String text(String path) {
    try {
      return Files.readString(ROOT.resolve(path));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static List<Walk> walks() {
    return WALK.matcher(text("CONTRIBUTING.md"))
        .results()
        .map(it -> new Walk(it.group(1), found(QUOTED, it.group(2)), found(FILE, it.group(3))))
        .toList();
  }

  private static List<String> found(Pattern pattern, String text) {
    return pattern.matcher(text).results().map(result -> result.group(1)).toList();
  }

  @Test
  void thereAreThree() {
    assertThat(walks()).hasSize(3).allMatch(walk -> walk.files().size() >= 3);
  }

  @ParameterizedTest
  @MethodSource("walks")
  void theExampleStandsInTheseFilesOfMainCodeAndInNoOthers(Walk walk) {
    Set<String> holding =
        CODE.entrySet().stream()
            .filter(file -> walk.passes(file.getValue()))
            .map(file -> file.getKey())
            .collect(Collectors.toCollection(TreeSet::new));

    assertThat(holding)
        .containsExactlyInAnyOrderElementsOf(
            walk.files().stream().filter(path -> path.contains("src/main/java/")).toList());
  }

  @ParameterizedTest
  @MethodSource("walks")
  void everyFileIsThereAndHoldsTheExample(Walk walk) {
    assertThat(walk.files())
        .allSatisfy(
            path -> {
              assertThat(ROOT.resolve(path)).exists();
              assertThat(walk.passes(text(path))).as(path).isTrue();
            });
  }

  /**
   * A statement that names more than a few directives is a second table of them. One file writes
   * lines of units, another holds the table of checks of systemd-analyze.
   */
  @Test
  void directivesAreListedInOneTable() {
    var tables = new TreeSet<String>();
    CODE.forEach(
        (path, code) -> {
          if (!path.endsWith("Directives.java")) {
            for (String statement : code.split(";", -1)) {
              long named =
                  LITERAL
                      .matcher(statement)
                      .results()
                      .map((MatchResult literal) -> literal.group(1))
                      .filter(name -> DirectiveTable.find(name).isPresent())
                      .filter(name -> !COMMON.contains(name))
                      .distinct()
                      .count();
              if (named > 3) {
                tables.add(path.substring(path.lastIndexOf('/') + 1));
              }
            }
          }
        });
    assertThat(tables).containsExactly("Checks.java", "ConfinementLines.java");
  }
}
