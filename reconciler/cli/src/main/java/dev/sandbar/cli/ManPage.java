package dev.sandbar.cli;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/**
 * Manual pages in the macros of man(7), from the same descriptions as {@code --help}: one of the
 * program, and one of each command with the commands below it.
 */
final class ManPage {
  private final StringBuilder page = new StringBuilder();

  private ManPage() {}

  /** The text of each page by the name of its file, {@code sandbar-plan.1}. */
  static Map<String, String> all(CommandLine root) {
    var pages = new TreeMap<String, String>();
    String program = root.getCommandName();
    pages.put(program + ".1", new ManPage().program(root));
    root.getSubcommands()
        .forEach(
            (name, line) -> {
              if (!line.getCommandSpec().usageMessage().hidden()) {
                pages.put(program + "-" + name + ".1", new ManPage().command(line));
              }
            });
    return pages;
  }

  private String program(CommandLine root) {
    CommandSpec spec = root.getCommandSpec();
    head(root.getCommandName(), "declarative app sandboxes for devices with systemd");
    section("SYNOPSIS");
    macro("B", root.getCommandName());
    text("COMMAND [OPTIONS] [ARGUMENTS]");
    section("DESCRIPTION");
    paragraphs(spec.usageMessage().description());
    section("COMMANDS");
    root.getSubcommands()
        .forEach(
            (name, line) -> {
              if (!line.getCommandSpec().usageMessage().hidden()) {
                page.append(".TP\n");
                macro("BR", root.getCommandName() + "-" + name, "(1)");
                text(summary(line.getCommandSpec()));
              }
            });
    options(spec);
    footer(spec);
    section("FILES");
    item("/etc/sandbar/agent.yaml");
    text("Settings of the agent: its repository or fleet, and what apps may request.");
    item("/usr/share/doc/sandbar");
    text("The documentation, and an example of the settings.");
    return page.toString();
  }

  private String command(CommandLine line) {
    CommandSpec spec = line.getCommandSpec();
    head(spec.qualifiedName("-"), summary(spec));
    section("SYNOPSIS");
    synopsis(spec);
    section("DESCRIPTION");
    paragraphs(spec.usageMessage().description());
    arguments(spec);
    options(spec);
    if (!line.getSubcommands().isEmpty()) {
      section("COMMANDS");
      below(line);
    }
    footer(spec);
    section("SEE ALSO");
    macro("BR", spec.root().name(), "(1)");
    return page.toString();
  }

  private void below(CommandLine line) {
    line.getSubcommands()
        .values()
        .forEach(
            sub -> {
              CommandSpec spec = sub.getCommandSpec();
              if (!spec.usageMessage().hidden()) {
                macro("SS", spec.qualifiedName(" "));
                synopsis(spec);
                page.append(".PP\n");
                paragraphs(spec.usageMessage().description());
                spec.positionalParameters().forEach(this::argument);
                spec.options().forEach(this::option);
                examples(spec);
                below(sub);
              }
            });
  }

  private void head(String name, String summary) {
    macro("TH", name.toUpperCase(Locale.ROOT), "1", "", RootCommand.Version.program(), "Sandbar");
    section("NAME");
    text(name + " - " + summary);
  }

  private void synopsis(CommandSpec spec) {
    macro("B", spec.qualifiedName(" "));
    String arguments =
        spec.positionalParameters().stream()
            .filter(argument -> !argument.hidden())
            .map(
                argument ->
                    argument.arity().min() > 0
                        ? argument.paramLabel()
                        : "[" + argument.paramLabel() + "]")
            .collect(Collectors.joining(" "));
    String command = spec.subcommands().isEmpty() ? "" : "COMMAND ";
    text((command + "[OPTIONS] " + arguments).strip());
  }

  private void arguments(CommandSpec spec) {
    List<PositionalParamSpec> shown =
        spec.positionalParameters().stream().filter(argument -> !argument.hidden()).toList();
    if (!shown.isEmpty()) {
      section("ARGUMENTS");
      shown.forEach(this::argument);
    }
  }

  private void argument(PositionalParamSpec argument) {
    if (!argument.hidden()) {
      item(argument.paramLabel());
      paragraphs(argument.description());
    }
  }

  private void options(CommandSpec spec) {
    section("OPTIONS");
    spec.options().forEach(this::option);
  }

  private void option(OptionSpec option) {
    if (option.hidden()) {
      return;
    }
    String value = option.arity().max() == 0 ? "" : "=" + option.paramLabel();
    item(
        Arrays.stream(option.names())
            .map(name -> name.startsWith("--") ? name + value : name)
            .collect(Collectors.joining(", ")));
    paragraphs(option.description());
  }

  private void footer(CommandSpec spec) {
    if (spec.usageMessage().footer().length > 0) {
      section("EXAMPLES");
      examples(spec);
    }
  }

  private void examples(CommandSpec spec) {
    String[] lines = spec.usageMessage().footer();
    if (lines.length > 0) {
      page.append(".PP\n.nf\n");
      for (String line : lines) {
        text(line.isEmpty() ? " " : line);
      }
      page.append(".fi\n");
    }
  }

  /** The first sentence, as a phrase. */
  private static String summary(CommandSpec spec) {
    String text = String.join(" ", spec.usageMessage().description()).formatted();
    int end = text.indexOf(". ");
    String sentence = end < 0 ? text : text.substring(0, end);
    sentence = sentence.endsWith(".") ? sentence.substring(0, sentence.length() - 1) : sentence;
    return sentence.substring(0, 1).toLowerCase(Locale.ROOT) + sentence.substring(1);
  }

  private void section(String name) {
    macro("SH", name);
  }

  private void item(String term) {
    page.append(".TP\n");
    macro("B", term);
  }

  private void macro(String name, String... arguments) {
    page.append('.').append(name);
    for (String argument : arguments) {
      page.append(" \"").append(escaped(argument).replace("\"", "\\(dq")).append('"');
    }
    page.append('\n');
  }

  /** Descriptions are formats of {@link java.util.Formatter}, as picocli reads them. */
  private void paragraphs(String[] paragraphs) {
    for (String paragraph : paragraphs) {
      paragraph.formatted().lines().forEach(line -> text(line.isEmpty() ? " " : line));
    }
  }

  private void text(String line) {
    // A line that begins with one of these would be a macro.
    String guard = line.startsWith(".") || line.startsWith("'") ? "\\&" : "";
    page.append(guard).append(escaped(line)).append('\n');
  }

  private static String escaped(String text) {
    return text.replace("\\", "\\e").replace("-", "\\-");
  }
}
