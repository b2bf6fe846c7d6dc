package dev.sandbar.cli;

import dev.sandbar.cli.document.Envelope;
import dev.sandbar.cli.document.Fields;
import dev.sandbar.cli.document.MappingBuilder;
import dev.sandbar.core.model.Node;
import dev.sandbar.source.text.JsonWriter;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * A plan that was saved, with what it was made from. Nothing in it is carried out: the plan is made
 * again, and has to be the same.
 *
 * @param place of the file
 * @param files absolute; {@code -} for standard input
 * @param selection apps that were chosen and permissions that were tried
 * @param document the plan
 */
record SavedPlan(
    String place, List<String> files, boolean prune, SpecOptions selection, Node document) {
  private static final String INPUTS = "inputs";
  private static final String STANDARD_INPUT = "-";

  /** What makes a plan another one; the rest is shown beside it. */
  private static final List<String> COMPARED = List.of("apps", "steps", "left");

  SavedPlan {
    files = List.copyOf(files);
  }

  /** For a plan that is being made from these. */
  static SavedPlan of(List<String> files, boolean prune, SpecOptions selection) {
    List<String> absolute =
        files.stream()
            .map(
                file ->
                    file.equals(STANDARD_INPUT) ? file : Path.of(file).toAbsolutePath().toString())
            .toList();
    return new SavedPlan("", absolute, prune, selection, Node.mapping(List.of()));
  }

  /** The plan as it is saved. */
  Node write(Node plan) {
    var document = new MappingBuilder();
    Fields fields = Fields.of(plan);
    fields.keys().forEach(key -> document.put(key, fields.get(key)));
    return document
        .put(
            INPUTS,
            new MappingBuilder()
                .texts("files", files)
                .put("prune", prune)
                .texts("apps", selection.names())
                .texts("set", selection.settings())
                .build())
        .build();
  }

  /**
   * The plan, if that is what these arguments name.
   *
   * @throws CommandException if it is one that cannot be applied
   */
  static Optional<SavedPlan> among(List<String> arguments) throws IOException {
    for (String argument : arguments) {
      Path file = Path.of(argument);
      if (argument.equals(STANDARD_INPUT) || !isPlan(file)) {
        continue;
      }
      if (arguments.size() > 1) {
        throw new CommandException(
            argument + " is a saved plan, which is applied alone", "Leave the other files out");
      }
      return Optional.of(read(argument, SavedFile.read(file)));
    }
    return Optional.empty();
  }

  /** Looks at the beginning alone: specs may be large, and need not be JSON. */
  private static boolean isPlan(Path file) throws IOException {
    if (!Files.isRegularFile(file)) {
      return false;
    }
    try (InputStream in = Files.newInputStream(file)) {
      String head = new String(in.readNBytes(512), StandardCharsets.UTF_8);
      return head.startsWith("{") && head.contains("\"kind\": \"Plan\"");
    }
  }

  private static SavedPlan read(String place, Node document) {
    Fields plan = Fields.of(document);
    if (!Envelope.isOf(document, "Plan") || plan.find(INPUTS).isEmpty()) {
      throw new CommandException(
          place + " does not say what the plan was made from",
          "Save it with: sandbar plan FILE... --out " + place);
    }
    Fields inputs = plan.child(INPUTS);
    List<String> files = inputs.list("files", Fields::text);
    if (files.isEmpty()) {
      throw new CommandException(place + " names no files", "Plan again, with --out " + place);
    }
    if (files.contains(STANDARD_INPUT)) {
      throw new CommandException(
          "the plan was made from standard input, which cannot be read again",
          "Plan from files: sandbar plan FILE... --out " + place);
    }
    return new SavedPlan(
        place,
        files,
        inputs.flag("prune"),
        SpecOptions.of(inputs.list("apps", Fields::text), inputs.list("set", Fields::text)),
        document);
  }

  /**
   * Compares.
   *
   * @param now the plan as it is made now
   * @throws CommandException if that is another one
   */
  void refuseIfStale(Node now) {
    Fields before = Fields.of(document);
    Fields after = Fields.of(now);
    boolean same =
        COMPARED.stream()
            .allMatch(
                key ->
                    before
                        .find(key)
                        .map(JsonWriter::compact)
                        .orElse("")
                        .equals(JsonWriter.compact(after.get(key))));
    if (!same) {
      Set<String> apps = differing(before, after);
      throw new CommandException(
          "the plan in "
              + place
              + " is stale: the files or the device have changed since, and another plan would"
              + " result"
              + (apps.isEmpty() ? "" : " for " + String.join(", ", apps)),
          "Look at it again: sandbar plan " + String.join(" ", files) + " --out " + place);
    }
  }

  private static Set<String> differing(Fields before, Fields after) {
    List<String> earlier = before.list("apps", JsonWriter::compact);
    List<String> later = after.list("apps", JsonWriter::compact);
    var names = new LinkedHashSet<String>();
    for (Fields plan : List.of(before, after)) {
      for (Node app : plan.list("apps", node -> node)) {
        String text = JsonWriter.compact(app);
        if (!earlier.contains(text) || !later.contains(text)) {
          names.add(Fields.of(app).text("app"));
        }
      }
    }
    return names;
  }
}
