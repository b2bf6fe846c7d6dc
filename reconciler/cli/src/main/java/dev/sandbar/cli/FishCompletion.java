package dev.sandbar.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;

/** A completion script for fish, which picocli does not write. */
final class FishCompletion {
  private static final String HEAD =
      """
      # Completion of sandbar for fish.
      # Whether these words, and no others but options, stand between sandbar and the cursor.
      function __sandbar_at
          set -l words
          for word in (commandline -opc)[2..-1]
              string match -q -- '-*' $word; or set -a words $word
          end
          test "$words" = "$argv"
      end
      # Whether these words stand at the beginning.
      function __sandbar_in
          set -l words
          for word in (commandline -opc)[2..-1]
              string match -q -- '-*' $word; or set -a words $word
          end
          test (count $words) -ge (count $argv); and test "$words[1..(count $argv)]" = "$argv"
      end
      # The apps of this device.
      function __sandbar_apps
          sandbar status -o name 2>/dev/null
      end
      complete -c sandbar -f -n 'not __sandbar_files'
      """;

  /** Commands whose arguments are files. */
  private static final List<String> FILES =
      List.of("validate", "compile", "plan", "apply", "init", "import");

  /** Commands whose argument is an app of the device. */
  private static final List<String> APPS =
      List.of(
          "status", "drift", "probe", "logs", "events", "suspend", "resume", "hold", "release",
          "delete");

  private final StringBuilder script = new StringBuilder();

  private FishCompletion() {}

  static String of(CommandLine root) {
    var completion = new FishCompletion();
    completion.files();
    completion.script.append(HEAD);
    completion.command(root, List.of());
    for (String command : APPS) {
      completion.line("-n '__sandbar_at " + command + "' -a '(__sandbar_apps)'");
    }
    completion.line("-n '__sandbar_at drift accept' -a '(__sandbar_apps)'");
    return completion.script.toString();
  }

  private void files() {
    script.append("function __sandbar_files\n    for command in ");
    script.append(String.join(" ", FILES));
    script.append("\n        contains -- $command (commandline -opc); and return 0\n    end\n");
    script.append("    return 1\nend\n");
  }

  private void command(CommandLine line, List<String> path) {
    String place = path.isEmpty() ? "__sandbar_at" : "__sandbar_at " + String.join(" ", path);
    for (Map.Entry<String, CommandLine> sub : line.getSubcommands().entrySet()) {
      if (sub.getValue().getCommandSpec().usageMessage().hidden()) {
        continue;
      }
      String[] description = sub.getValue().getCommandSpec().usageMessage().description();
      line(
          "-n '"
              + place
              + "' -a "
              + sub.getKey()
              + " -d "
              + quoted(description.length == 0 ? "" : description[0]));
    }
    String inside = path.isEmpty() ? "" : "-n '__sandbar_in " + String.join(" ", path) + "' ";
    if (!path.isEmpty()) {
      line.getCommandSpec().options().forEach(option -> option(inside, option));
    }
    line.getSubcommands()
        .forEach(
            (name, sub) -> {
              var longer = new ArrayList<>(path);
              longer.add(name);
              command(sub, longer);
            });
  }

  private void option(String place, OptionSpec option) {
    if (option.hidden()) {
      return;
    }
    var text = new StringBuilder(place);
    for (String name : option.names()) {
      text.append(name.startsWith("--") ? "-l " + name.substring(2) : "-s " + name.substring(1))
          .append(' ');
    }
    if (option.arity().min() > 0) {
      text.append("-r ");
      if (option.paramLabel().matches("FILE|DIR")) {
        text.append("-F ");
      }
    }
    String[] description = option.description();
    line(text + "-d " + quoted(description.length == 0 ? "" : description[0]));
  }

  private void line(String rest) {
    script.append("complete -c sandbar ").append(rest).append('\n');
  }

  /** In single quotes, where fish knows two escapes. */
  private static String quoted(String text) {
    return "'" + text.replace("$$", "$").replace("\\", "\\\\").replace("'", "\\'") + "'";
  }
}
