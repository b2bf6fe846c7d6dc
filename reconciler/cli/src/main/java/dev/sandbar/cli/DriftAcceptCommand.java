package dev.sandbar.cli;

import dev.sandbar.cli.document.Fields;
import dev.sandbar.cli.terminal.Paint;
import dev.sandbar.cli.terminal.Printable;
import dev.sandbar.cli.terminal.Terminal;
import dev.sandbar.core.compile.IgnoreCheck;
import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.IgnoreRule;
import dev.sandbar.core.model.Node;
import dev.sandbar.core.model.SpecBounds;
import dev.sandbar.source.text.JsonWriter;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code sandbar drift accept}. */
@Command(
    name = "accept",
    description = {
      "Print the rule that makes a drift of this device intended: for the spec of its app.",
      "",
      "It prints the whole drift section of the spec, with the rules that are there already;"
          + " nothing is changed, here or in the spec. Once the spec has the rule, the property is"
          + " not alerted and not corrected any more, on every device of the app. sandbar attest"
          + " still reports it as degraded.",
      "Only resource limits, scheduling and restarts can be ignored. What makes up the sandbox is"
          + " changed by permissions and directives in the spec.",
      "Exit code: 0 printed; 1 no such drift, or it cannot be ignored."
    },
    footer = {
      "  sandbar drift                                                what differs",
      "  sandbar drift accept pump CPUWeight --reason 'tuned on site'",
      "  sandbar status pump                                          which rules apply"
    })
final class DriftAcceptCommand implements Callable<Integer> {
  private static final String INSTEAD = "Restore it with sandbar apply, or change the spec";

  private final Terminal terminal;

  @Mixin private CommonOptions common = new CommonOptions();

  @Option(
      names = "--file",
      paramLabel = "FILE",
      defaultValue = StatusFile.DEFAULT,
      description = "File in which the agent writes its status.")
  private Path file = Path.of(StatusFile.DEFAULT);

  @Option(
      names = "--reason",
      required = true,
      paramLabel = "TEXT",
      description = "Why the drift is intended, in one line; it is shown wherever the drift is.")
  private String reason = "";

  @Parameters(index = "0", paramLabel = "APP", description = "Name of the app.")
  private String app = "";

  @Parameters(
      index = "1",
      paramLabel = "PROPERTY",
      description = "What drifts, as sandbar drift names it, for example CPUWeight.")
  private String property = "";

  DriftAcceptCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() throws IOException {
    AppName name = AppArgument.read(app);
    IgnoreRule.problemInReason(reason)
        .ifPresent(
            problem -> {
              throw new CommandException("the reason " + problem, capital(IgnoreRule.HELP));
            });
    StatusFile status = StatusFile.read(file, Instant.now());
    if (status.stale()) {
      throw new CommandException(
          "the agent last reported "
              + StatusFile.ago(status.age())
              + " ago, so it is not known what drifts now",
          "See why: systemctl status sandbard");
    }
    StatusEntry entry = status.known(name.value());
    check(entry);
    var printer = new Printer(terminal, Paint.NONE, Format.TABLE);
    section(entry).forEach(printer::line);
    terminal.out().flush();
    return ExitCode.OK;
  }

  private void check(StatusEntry entry) {
    List<String> drifted = subjects(entry.drifts());
    for (Fields rule : entry.ignoreRules()) {
      if (StatusEntry.text(rule, "property").equals(property)) {
        throw new CommandException(
            "drift of %s is ignored already: %s"
                .formatted(property, Printable.of(StatusEntry.text(rule, "reason"))),
            "See what it suppresses: sandbar status " + app);
      }
    }
    if (IgnoreCheck.isKnown(property)) {
      IgnoreCheck.of(property)
          .ifPresent(
              denied -> {
                throw new CommandException(denied.what(), INSTEAD);
              });
    } else if (drifted.contains(property)) {
      throw new CommandException(
          "only drift of properties can be ignored, and %s is none"
              .formatted(Printable.of(property)),
          INSTEAD);
    }
    if (!drifted.contains(property)) {
      throw new CommandException(
          "%s does not drift in %s now".formatted(Printable.of(property), app),
          Similar.help(property, drifted) + "See what does: sandbar drift " + app);
    }
    if (entry.ignoreRules().size() >= SpecBounds.MOST_IGNORED) {
      throw new CommandException(
          "the spec of %s has %d rules already, and no more are read"
              .formatted(app, SpecBounds.MOST_IGNORED),
          "Remove one from drift.ignore");
    }
  }

  private static List<String> subjects(List<Fields> drifts) {
    return drifts.stream().map(drift -> StatusEntry.text(drift, "subject")).distinct().toList();
  }

  /** The lines of the spec; they stand below {@code spec:}. */
  private List<String> section(StatusEntry entry) {
    var lines = new ArrayList<String>();
    String place = Printable.of(entry.text("declaredIn"));
    lines.add(
        "  # %s: below spec:, in place of its drift section if it has one"
            .formatted(place.isEmpty() ? "AppSandbox " + app : place));
    lines.add("  drift:");
    lines.add("    mode: " + (entry.text("driftMode").equals("Correct") ? "Correct" : "Detect"));
    lines.add("    ignore:");
    for (Fields rule : entry.ignoreRules()) {
      rule(lines, StatusEntry.text(rule, "property"), StatusEntry.text(rule, "reason"));
    }
    rule(lines, property, reason);
    return lines;
  }

  private static void rule(List<String> lines, String property, String reason) {
    lines.add(
        "      - property: "
            + (IgnoreCheck.isKnown(property) ? property : JsonWriter.compact(Node.text(property))));
    lines.add("        reason: " + JsonWriter.compact(Node.text(reason)));
  }

  private static String capital(String sentence) {
    return Character.toUpperCase(sentence.charAt(0)) + sentence.substring(1);
  }
}
