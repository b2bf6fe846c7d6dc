package dev.sandbar.core.property;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Exec lines (systemd.service(5), section Command lines). */
final class CommandText {

  private CommandText() {}

  static List<String> read(String line) {
    return Unquoting.splitCommands(line).stream().map(CommandText::command).toList();
  }

  private static String command(List<String> words) {
    Set<String> flags = new HashSet<>();
    boolean ownName = false;
    if (words.isEmpty()) {
      throw new IllegalArgumentException("a command is missing");
    }
    String path = words.getFirst();
    int at = 0;
    for (; at < path.length(); at++) {
      char c = path.charAt(at);
      if (c == '@') {
        ownName = true;
      } else if (c == '-') {
        flags.add("ignore-failure");
      } else if (c == ':') {
        flags.add("no-env-expand");
      } else if (c == '+') {
        flags.add("privileged");
      } else if (c == '|') {
        flags.add("via-shell");
      } else if (c == '!') {
        flags.add(flags.remove("no-setuid") ? "ambient" : "no-setuid");
      } else {
        break;
      }
    }
    path = Forms.path(path.substring(at));
    var argv = new ArrayList<>(words.subList(1, words.size()));
    if (!ownName) {
      argv.addFirst(path);
    }
    return Forms.command(flags, path, argv);
  }
}
