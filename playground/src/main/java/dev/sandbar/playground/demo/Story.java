package dev.sandbar.playground.demo;

import dev.sandbar.cli.document.Envelope;
import dev.sandbar.cli.document.MappingBuilder;
import dev.sandbar.cli.terminal.Style;
import dev.sandbar.cli.terminal.Table;
import dev.sandbar.core.model.Node;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;

/** What happened: told to a person as it happens, and kept for the document. */
final class Story {

  /** A step after which the rest cannot be told. */
  static final class Broken extends RuntimeException {
    private static final long serialVersionUID = 1L;

    Broken(String message) {
      super(message);
    }
  }

  private record Step(int chapter, String name, boolean asTold, String says, Duration took) {}

  private final Narrator narrator;
  private final long begun = System.nanoTime();
  private final List<String> chapters = new ArrayList<>();
  private final List<Step> steps = new ArrayList<>();
  private final SequencedMap<String, Node> parts = new LinkedHashMap<>();
  private long mark = begun;

  Story(Narrator narrator) {
    this.narrator = narrator;
  }

  void chapter(String title) {
    chapters.add(title);
    narrator.chapter(chapters.size(), title);
    mark();
  }

  void prose(String text) {
    narrator.prose(text);
  }

  /** One of a list. */
  void point(String text) {
    narrator.point("- ", text);
  }

  /** What somebody does to the device. */
  void deed(String text) {
    narrator.point("> ", text);
  }

  void quote(String command, String output) {
    narrator.quote(command, output);
  }

  void pair(String left, Style style, String right) {
    narrator.pair(left, style, right);
  }

  /** A drift that the agent named, this long after its cause. */
  void drift(AgentStatus.Drift drift, Duration after) {
    narrator.drift(drift, after);
  }

  void table(Table table) {
    narrator.table(table);
  }

  /** From here on the time of the next step counts. */
  void mark() {
    mark = System.nanoTime();
  }

  /** The time since the last mark or step. */
  Duration sinceMark() {
    return Duration.ofNanos(System.nanoTime() - mark);
  }

  /** A step that came out as described; it began where the one before it ended. */
  void step(String name, String says) {
    step(name, says, sinceMark());
  }

  void step(String name, String says, Duration took) {
    steps.add(new Step(chapters.size(), name, true, says, took));
    narrator.step(says, took);
    mark();
  }

  /** A step that came out as described, or not; the story goes on either way. */
  void step(String name, boolean asTold, String says) {
    if (asTold) {
      step(name, says);
    } else {
      wrong(name, says);
    }
  }

  /** A step that did not come out as described. */
  void wrong(String name, String says) {
    steps.add(new Step(chapters.size(), name, false, says, sinceMark()));
    narrator.wrong(says);
    mark();
  }

  /** Adds something to the document. */
  void part(String key, Node part) {
    parts.put(key, part);
  }

  /** The last line. */
  void close() {
    narrator.end(asTold(), total());
  }

  boolean asTold() {
    return steps.stream().allMatch(Step::asTold);
  }

  Duration total() {
    return Duration.ofNanos(System.nanoTime() - begun);
  }

  /** The document of the whole. */
  Node document() {
    var document =
        Envelope.of("DemoReport")
            .put("asTold", asTold())
            .put("millis", total().toMillis())
            .texts("chapters", chapters)
            .put("steps", Node.list(steps.stream().map(Story::node).toList()));
    parts.forEach(document::put);
    return document.build();
  }

  private static Node node(Step step) {
    return new MappingBuilder()
        .put("chapter", step.chapter())
        .put("step", step.name())
        .put("asTold", step.asTold())
        .put("says", step.says())
        .put("millis", step.took().toMillis())
        .build();
  }
}
