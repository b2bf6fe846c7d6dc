package dev.sandbar.core.convert;

import dev.sandbar.core.model.Lifecycle;
import dev.sandbar.core.property.Unquoting;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A command of a unit with the variables that systemd would put in (systemd.service(5), Command
 * lines): a spec passes its arguments on unchanged.
 *
 * @param prefixes the characters before the path
 * @param words the path and its arguments
 * @param ownName what the program finds as its name, where that is not its path
 * @param unknown variables without a known value; their words are left out
 * @param raw all words as the unit has them, the path without its prefixes
 */
record CommandWords(
    String prefixes, List<String> words, String ownName, List<String> unknown, List<String> raw) {

  private static final String MAIN_PROCESS = "MAINPID";
  private static final Predicate<String> PLAIN =
      Pattern.compile("[A-Za-z0-9_/.,:=@+-]+|\\$MAINPID|\\$\\{MAINPID\\}").asMatchPredicate();

  private static final String PREFIXES = "@-:+!|";
  private static final String NAME = "[A-Za-z_][A-Za-z0-9_]*";
  private static final Pattern WHOLE = Pattern.compile("\\$(" + NAME + ")");
  private static final Pattern INNER = Pattern.compile("\\$\\$|\\$\\{(" + NAME + ")\\}");

  CommandWords {
    words = List.copyOf(words);
    unknown = List.copyOf(unknown);
    raw = List.copyOf(raw);
  }

  /**
   * The commands of a line.
   *
   * @throws IllegalArgumentException if it cannot be read, or has a specifier
   */
  static List<CommandWords> read(String value, Map<String, String> variables) {
    List<List<String>> commands = Unquoting.splitCommands(value);
    if (commands.isEmpty() || commands.stream().anyMatch(List::isEmpty)) {
      throw new IllegalArgumentException("there is no command before a semicolon");
    }
    return commands.stream().map(it -> of(it, variables)).toList();
  }

  /**
   * The command by way of a shell, which knows the main process of the app, where that is the only
   * variable without a value and no other word means anything to a shell; empty otherwise.
   */
  Optional<CommandWords> ofMainProcess() {
    boolean only = unknown.stream().allMatch(MAIN_PROCESS::equals) && raw.stream().allMatch(PLAIN);
    return only
        ? Optional.of(
            new CommandWords(
                prefixes,
                List.of(
                    "/bin/sh",
                    "-c",
                    "exec "
                        + String.join(" ", raw).replaceAll("\\$\\{?MAINPID\\}?", "\"\\$MAINPID\"")),
                "",
                List.of(),
                List.of()))
        : Optional.empty();
  }

  boolean mayFail() {
    return prefixes.contains(Lifecycle.Command.MAY_FAIL);
  }

  /** Words of this command as a spec has them, with the prefix that it has too. */
  List<String> asWritten(List<String> words) {
    var all = new ArrayList<>(words);
    all.set(0, (mayFail() ? Lifecycle.Command.MAY_FAIL : "") + words.getFirst());
    return all;
  }

  /**
   * Whether it has more than the unit's lines leave. Two exclamation marks mean something only
   * where the kernel has no ambient capabilities.
   */
  boolean isPrivileged() {
    return prefixes.contains("+") || prefixes.replace("!!", "").contains("!");
  }

  boolean needsShell() {
    return prefixes.contains("|");
  }

  private static CommandWords of(List<String> raw, Map<String, String> variables) {
    String first = raw.getFirst();
    int at = 0;
    while (at < first.length() && PREFIXES.indexOf(first.charAt(at)) >= 0) {
      at++;
    }
    String prefixes = first.substring(0, at);
    var words = new ArrayList<String>();
    words.add(first.substring(at));
    var unknown = new ArrayList<String>();
    // systemd.service(5): the word behind the path is the name of the program.
    boolean named = prefixes.contains("@") && raw.size() > 1;
    String ownName = named && !raw.get(1).equals(words.getFirst()) ? raw.get(1) : "";
    for (String word : raw.subList(named ? 2 : 1, raw.size())) {
      Matcher whole = WHOLE.matcher(word);
      if (prefixes.contains(":")) {
        words.add(word);
      } else if (whole.matches()) {
        String value = variables.get(whole.group(1));
        if (value == null) {
          unknown.add(whole.group(1));
        } else {
          words.addAll(Unquoting.split(value.replace("%", "%%")));
        }
      } else {
        inner(word, variables, words, unknown);
      }
    }
    var plain = new ArrayList<>(raw.subList(named ? 1 : 0, raw.size()));
    plain.set(0, words.getFirst());
    return new CommandWords(prefixes, words, ownName, unknown, plain);
  }

  private static void inner(
      String word, Map<String, String> variables, List<String> words, List<String> unknown) {
    var missing =
        INNER
            .matcher(word)
            .results()
            .filter(it -> it.group(1) != null && !variables.containsKey(it.group(1)))
            .map(it -> it.group(1))
            .toList();
    if (!missing.isEmpty()) {
      unknown.addAll(missing);
      return;
    }
    words.add(
        INNER
            .matcher(word)
            .replaceAll(
                it ->
                    Matcher.quoteReplacement(
                        it.group(1) == null ? "$" : variables.getOrDefault(it.group(1), ""))));
  }
}
