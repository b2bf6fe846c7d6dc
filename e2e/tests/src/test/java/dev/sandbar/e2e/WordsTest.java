package dev.sandbar.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What people read has the words that Kubernetes, systemd and Flux use, and no others for them. */
class WordsTest {

  private static final Path ROOT = Path.of("../..");

  /** A word of our own, and what the field says. */
  private static final Map<String, String> PLAIN =
      new TreeMap<>(
          Map.of(
              "\\b[Mm]end(s|ed|ing)?\\b", "fix, help, correct",
              "\\bheard of\\b", "reachable, last seen",
              "\\b[Vv]ouch(es|ed)?\\b", "trusted, signed by",
              "\\bwished for\\b", "desired, requested",
              "\\bmountAt\\b", "mountPath",
              "\\bmostRemovals\\b", "maxRemovals"));

  private static final Pattern LITERAL = Pattern.compile("\"(?:[^\"\\\\]|\\\\.)*\"");
  private static final Pattern COMMENT = Pattern.compile("^\\s*(\\*|/\\*|//).*");

  @Test
  void pages() throws IOException {
    var found = new ArrayList<String>();
    try (Stream<Path> docs = DocsExamplesTest.pages()) {
      for (Path page : docs.filter(it -> !it.toString().contains("/decisions/")).toList()) {
        check(page, Files.readAllLines(page), found);
      }
    }
    try (Stream<Path> chart = Files.walk(ROOT.resolve("charts/sandbar"))) {
      for (Path page : chart.filter(it -> it.toString().endsWith(".yaml")).toList()) {
        check(page, Files.readAllLines(page), found);
      }
    }
    assertThat(found).isEmpty();
  }

  @Test
  void messages() throws IOException {
    var found = new ArrayList<String>();
    int literals = 0;
    for (String module : List.of("crds", "reconciler", "device-runtime", "playground")) {
      try (Stream<Path> files = Files.walk(ROOT.resolve(module))) {
        for (Path file : files.filter(WordsTest::isMain).toList()) {
          var said = new ArrayList<String>();
          for (String line : Files.readAllLines(file)) {
            said.add(COMMENT.matcher(line).matches() ? "" : literals(line));
          }
          literals += (int) said.stream().filter(it -> !it.isEmpty()).count();
          check(file, said, found);
        }
      }
    }
    assertThat(literals).isGreaterThan(5_000);
    assertThat(found).isEmpty();
  }

  private static boolean isMain(Path file) {
    String path = file.toString();
    return path.contains("/src/main/java/") && path.endsWith(".java");
  }

  private static String literals(String line) {
    var all = new StringBuilder();
    Matcher literal = LITERAL.matcher(line);
    while (literal.find()) {
      all.append(literal.group()).append(' ');
    }
    return all.toString();
  }

  private static void check(Path file, List<String> lines, List<String> found) {
    for (int i = 0; i < lines.size(); i++) {
      for (Map.Entry<String, String> word : PLAIN.entrySet()) {
        Matcher matcher = Pattern.compile(word.getKey()).matcher(lines.get(i));
        if (matcher.find()) {
          found.add(
              "%s:%d: '%s': say %s"
                  .formatted(ROOT.relativize(file), i + 1, matcher.group(), word.getValue()));
        }
      }
    }
  }
}
