package dev.sandbar.chart;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/**
 * The chart's README lists every value. {@code -Dsandbar.docs.write=true} writes its table again;
 * without it a difference fails.
 */
class ReadmeTest {
  private static final Path README = Chart.FOLDER.resolve("README.md");
  private static final String BEGIN = "<!-- values: generated from values.yaml by ReadmeTest -->\n";
  private static final String END = "<!-- end of values -->\n";
  private static final Pattern LINE = Pattern.compile("( *)([A-Za-z]+): ?(.*)");

  /** A key of values.yaml with the comment above it. */
  private record Value(String path, String initial, String meaning) {
    private String row() {
      return "| `%s` | %s | %s |\n"
          .formatted(
              path,
              initial.isEmpty() ? "" : "`" + initial.replace("|", "\\|") + "`",
              meaning.replace("|", "\\|"));
    }
  }

  @Test
  void theReadmeDescribesEveryValue() throws IOException {
    var table = new StringBuilder("| value | default | meaning |\n| --- | --- | --- |\n");
    for (Value value : values()) {
      assertThat(value.meaning())
          .as("the comment above %s in values.yaml", value.path())
          .isNotBlank();
      table.append(value.row());
    }
    String readme = Files.readString(README);
    int begin = readme.indexOf(BEGIN) + BEGIN.length();
    int end = readme.indexOf(END);
    assertThat(end).as("the marks of the table").isGreaterThanOrEqualTo(begin);
    String current = readme.substring(0, begin) + table + readme.substring(end);
    if (Boolean.getBoolean("sandbar.docs.write")) {
      Files.writeString(README, current);
    }
    assertThat(Files.readString(README))
        .as("run with -Dsandbar.docs.write=true")
        .isEqualTo(current);
  }

  /** The schema refuses unknown values, so that one that it lacks could not be set. */
  @Test
  void theSchemaHasEveryValueAndNoOther() {
    Map<?, ?> schema = Chart.parse(Chart.read("values.schema.json")).getFirst();
    var known = new TreeSet<String>();
    keys(schema, "", known);
    known.remove("global");
    var described = new TreeSet<String>();
    values().forEach(value -> described.add(value.path()));
    // Those of one line, and of objects that are anything that Kubernetes takes.
    known.removeIf(
        path -> described.stream().anyMatch(it -> path.startsWith(it + ".") && isLeaf(it)));
    described.removeIf(
        path -> path.startsWith("podSecurityContext.") || path.startsWith("securityContext."));
    assertThat(described).isEqualTo(known);
  }

  private static boolean isLeaf(String path) {
    return values().stream().anyMatch(it -> it.path().equals(path) && !it.initial().isEmpty());
  }

  private static void keys(Map<?, ?> schema, String path, TreeSet<String> known) {
    if (schema.get("properties") instanceof Map<?, ?> properties) {
      properties.forEach(
          (key, value) -> {
            String deeper = path.isEmpty() ? "" + key : path + "." + key;
            known.add(deeper);
            if (value instanceof Map<?, ?> map) {
              keys(map, deeper, known);
            }
          });
    }
  }

  private static List<Value> values() {
    var values = new ArrayList<Value>();
    Deque<String> above = new ArrayDeque<>();
    var comment = new StringBuilder();
    for (String line : Chart.read("values.yaml").split("\n")) {
      String text = line.strip();
      Matcher key = LINE.matcher(line);
      if (text.startsWith("# ")) {
        comment.append(comment.isEmpty() ? "" : " ").append(text.substring(2));
      } else if (text.isEmpty()) {
        comment.setLength(0);
      } else {
        assertThat(key.matches()).as(line).isTrue();
        while (above.size() > key.group(1).length() / 2) {
          above.removeLast();
        }
        above.addLast(key.group(2));
        values.add(new Value(String.join(".", above), key.group(3), comment.toString()));
        comment.setLength(0);
      }
    }
    return values;
  }
}
