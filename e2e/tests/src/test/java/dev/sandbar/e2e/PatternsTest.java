package dev.sandbar.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.constantpool.StringEntry;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;

/**
 * The engine of java.util.regex calls itself once for each time that it repeats a group and may
 * give something back, so that text of a few hundred characters overflows the stack of an agent. No
 * expression of what is shipped does so: each group is repeated possessively ({@code *+}), or a few
 * times at most.
 */
class PatternsTest {
  private static final int FEW = 8;

  /** Text before a quantifier of a group, the quantifier, and what makes it possessive. */
  private static final Pattern REPEATED =
      Pattern.compile(
          "(?<skipped>\\\\.|\\[(?:[^\\]\\\\]|\\\\.)*+\\])"
              + "|[)](?:(?<endless>[*+])|\\{[0-9]{1,9}(?<more>,(?<most>[0-9]{0,9}))?\\})(?<all>[+]?)");

  private static final List<String> MODULES =
      List.of(
          "crds",
          "reconciler/core",
          "reconciler/source",
          "reconciler/report",
          "reconciler/operator",
          "reconciler/cli",
          "device-runtime");

  /** What no Java code matches: it stands in the schema alone. */
  private static final Set<String> OF_SCHEMA = Set.of("dev/sandbar/core/window/CronField");

  @Test
  void noExpressionRepeatsGroupsThatItGivesBack() throws IOException {
    var wrong = new TreeSet<String>();
    int classes = 0;
    for (String module : MODULES) {
      for (Path path : classes(Path.of("../..", module, "target/classes"))) {
        ClassModel model = ClassFile.of().parse(path);
        String name = model.thisClass().asInternalName();
        classes++;
        if (!OF_SCHEMA.contains(name)) {
          texts(model).stream()
              .filter(PatternsTest::repeats)
              .forEach(text -> wrong.add(name + ": " + text));
        }
      }
    }
    assertThat(classes).as("the classes are where they are looked for").isGreaterThan(1000);
    assertThat(wrong).as("write *+, ++ or {0,9}+ behind the group").isEmpty();
  }

  @Test
  void seesWhatRepeatsGroups() {
    assertThat(Stream.of("(a|b)*", "x(?:/[a-z]+)+y", "(a[)]b){0,9}", "(a){3,}", "\\[(a)*"))
        .allMatch(PatternsTest::repeats);
    assertThat(Stream.of("(a|b)*+", "[()*]+", "(a)?", "(a){0,8}", "(a){64}", "\\)*", "(a){3,}+"))
        .noneMatch(PatternsTest::repeats);
  }

  private static boolean repeats(String text) {
    return REPEATED
        .matcher(text)
        .results()
        .filter(it -> it.group("skipped") == null && it.group("all").isEmpty())
        .anyMatch(
            it ->
                it.group("endless") != null
                    || it.group("more") != null
                        && (it.group("most").isEmpty()
                            || Integer.parseInt(it.group("most")) > FEW));
  }

  private static List<String> texts(ClassModel model) {
    return StreamSupport.stream(model.constantPool().spliterator(), false)
        .filter(StringEntry.class::isInstance)
        .map(it -> ((StringEntry) it).stringValue())
        .toList();
  }

  private static List<Path> classes(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      return new ArrayList<>(
          files.filter(path -> path.toString().endsWith(".class")).sorted().toList());
    }
  }
}
