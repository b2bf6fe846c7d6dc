package dev.sandbar.schema;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.model.Diagnostic;
import dev.sandbar.core.model.Location;
import dev.sandbar.core.model.Node;
import dev.sandbar.core.model.Problem;
import dev.sandbar.core.model.SafeText;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/**
 * Whatever stands in a field of a spec, in the place of a value or of a key, is accepted or refused
 * with a reason: it is never a fault of Sandbar, on a stack as small as that of an agent.
 */
class AwkwardSpecsTest {
  /** As the service of the agent has it. */
  private static final long STACK = 256 * 1024;

  /** In how many specs each path is tried; more take longer and have found nothing more. */
  private static final int SPECS = 1;

  /** What is made of a value that can be used. */
  private static final List<UnaryOperator<String>> TEXTS =
      List.of(
          text -> "",
          text -> " ",
          text -> text + " ",
          text -> " " + text,
          text -> text + "\t",
          text -> text + "\n",
          text -> text + "\0",
          text -> text + "\u0085",
          text -> text + "\u00a0",
          text -> text + "\u202e",
          text -> "\ufeff" + text,
          text -> text + "\u2028x",
          text -> text + "\\",
          text -> text + "%",
          text -> text + "\"'",
          text -> text + "${device.name}",
          text -> text + "/",
          text -> text + "/..",
          text -> text + ":",
          text -> text + ",",
          text -> text + "\u00e9\ud83d\ude00",
          text -> text + "\uffff",
          text -> text + text,
          text -> text + "a".repeat(300),
          text -> text + "/a".repeat(500),
          text -> text + ".a".repeat(500),
          text -> text + ",1".repeat(500),
          text -> text + " 1".repeat(500),
          text -> text + "[".repeat(4000),
          text -> text + "\u202e".repeat(4000),
          text -> text + "a".repeat(40_000),
          text -> "-",
          text -> "0",
          text -> "-1",
          text -> "99999999999999999999",
          text -> "/",
          text -> "/x ",
          text -> "/etc/x\u00a0",
          text -> "/run/x\u2003y/z\t",
          text -> "//",
          text -> ".",
          text -> "..",
          text -> "@",
          text -> "*",
          text -> "age1" + "q".repeat(58),
          text -> "https://a/" + "b".repeat(1000),
          text -> "https://a/" + "%41".repeat(300));

  private final Map<String, String> faults = new TreeMap<>();

  /** How often each path was tried: what else stands in a spec decides what becomes of it. */
  private record Tried(Map<String, Integer> times) {
    boolean isFirst(String path) {
      return times.merge(path, 1, Integer::sum) == 1;
    }

    boolean add(String path) {
      return times.merge(path, 1, Integer::sum) <= SPECS;
    }
  }

  @Test
  void noSpecIsAFaultOfSandbar() throws InterruptedException {
    int[] tried = {0};
    var paths = new Tried(new TreeMap<>());
    var thread =
        new Thread(
            null,
            () ->
                Specs.lines("accepted.csv")
                    .forEach(
                        line ->
                            variants(
                                Specs.document("good", line),
                                paths,
                                (path, document) -> {
                                  tried[0]++;
                                  judge(path, document);
                                })),
            "as in an agent",
            STACK);
    thread.start();
    thread.join();
    assertThat(paths.times().keySet()).as("fields that were tried").hasSizeGreaterThan(150);
    assertThat(tried[0]).isGreaterThan(3000);
    assertThat(faults).isEmpty();
  }

  private void judge(String path, Node document) {
    try {
      for (Diagnostic found : Specs.objections(document)) {
        if (found.problem() == Problem.DEFECT) {
          faults.putIfAbsent(path, found.toString());
        }
        if (Math.max(found.message().length(), found.help().length()) > SafeText.LONGEST_MESSAGE) {
          faults.putIfAbsent(path, "too long: " + SafeText.cut(found.toString(), 300));
        }
        if (!found.toString().codePoints().allMatch(SafeText::isVisible)) {
          faults.putIfAbsent(path, "invisible: " + found);
        }
      }
    } catch (RuntimeException | StackOverflowError e) {
      faults.putIfAbsent(path, e.toString());
    }
  }

  /** The document with one value or key changed, for each that was not tried at that path. */
  private static void variants(Node document, Tried paths, BiConsumer<String, Node> to) {
    walk(document, "", Function.identity(), paths, to);
  }

  private static void walk(
      Node node,
      String path,
      Function<Node, Node> whole,
      Tried paths,
      BiConsumer<String, Node> to) {
    switch (node) {
      case Node.Scalar(Location at, var kind, String text) -> {
        if (paths.add(path)) {
          for (UnaryOperator<String> change : TEXTS) {
            to.accept(path, whole.apply(new Node.Scalar(at, kind, change.apply(text))));
          }
        }
      }
      case Node.Sequence(Location at, List<Node> items) -> {
        for (int i = 0; i < items.size(); i++) {
          int index = i;
          walk(
              items.get(i),
              path + "[]",
              other -> whole.apply(new Node.Sequence(at, with(items, index, other))),
              paths,
              to);
        }
      }
      case Node.Mapping(Location at, List<Node.Entry> entries) -> {
        for (int i = 0; i < entries.size(); i++) {
          int index = i;
          Node.Entry entry = entries.get(i);
          Function<Node.Entry, Node> changed =
              other -> whole.apply(new Node.Mapping(at, with(entries, index, other)));
          String inner = path + "." + entry.key();
          walk(
              entry.value(),
              inner,
              other -> changed.apply(new Node.Entry(entry.keyAt(), entry.key(), other)),
              paths,
              to);
          if (paths.isFirst(inner + " (key)")) {
            for (UnaryOperator<String> change : TEXTS) {
              to.accept(
                  inner + " (key)",
                  changed.apply(
                      new Node.Entry(entry.keyAt(), change.apply(entry.key()), entry.value())));
            }
          }
        }
      }
    }
  }

  private static <T> List<T> with(List<T> all, int index, T other) {
    var changed = new ArrayList<>(all);
    changed.set(index, other);
    return changed;
  }
}
