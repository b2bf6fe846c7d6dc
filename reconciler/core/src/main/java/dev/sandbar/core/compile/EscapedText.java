package dev.sandbar.core.compile;

import dev.sandbar.core.model.SafeText;
import dev.sandbar.core.model.UnitName;
import java.util.Collection;
import java.util.List;
import java.util.StringJoiner;
import java.util.function.UnaryOperator;

/**
 * The right-hand side of a unit line, and the only place where text becomes one
 * (systemd.syntax(7)). A value that reached this place unchecked and cannot be written is a fault
 * of the program, not of its input, so it is an exception here.
 */
final class EscapedText {

  private final String text;

  /** Of text that is known to be fit. */
  private EscapedText(String text) {
    this.text = text;
  }

  private static EscapedText checked(String text) {
    if (!SafeText.isPlain(text)
        && (SafeText.problemIn(text).isPresent()
            || !text.codePoints().allMatch(SafeText::isVisible))) {
      throw new IllegalArgumentException("cannot stand in a unit file");
    }
    return new EscapedText(text);
  }

  String text() {
    return text;
  }

  /** Nothing: resets a list, or is the empty set. */
  static EscapedText empty() {
    return new EscapedText("");
  }

  /**
   * Words of a closed vocabulary: names, numbers, prefixes. No specifier is expanded in the
   * directives that take them, so a percent sign stays single.
   */
  static EscapedText words(String text) {
    if (!isOf("_@~.:,+-%/= ", text)) {
      throw new IllegalArgumentException("not of a closed vocabulary");
    }
    return new EscapedText(text);
  }

  /** Words separated by blanks. */
  static EscapedText words(Collection<String> words) {
    return words(String.join(" ", words));
  }

  /** The rest of the line as it is: RootImage, WorkingDirectory, Description and the like. */
  static EscapedText raw(String text) {
    if (SafeText.problemInLine(text).isPresent()) {
      throw new IllegalArgumentException("a raw value cannot begin or end with a blank");
    }
    return checked(percents(text));
  }

  /** Paths separated by blanks, quoted where they must be. */
  static EscapedText paths(List<String> paths) {
    return checked(joined(paths, EscapedText::item));
  }

  /** A path seen at another place: BindPaths, BindReadOnlyPaths. */
  static EscapedText bind(String source, String destination) {
    return checked(item(source) + ":" + item(destination));
  }

  /** One variable: Environment. */
  static EscapedText variable(String name, String value) {
    return checked(quote(name + "=" + value));
  }

  /**
   * A command: every argument reaches the program unchanged. The colon keeps {@code $} from being
   * expanded; quotes keep a lone {@code ;} from splitting the line.
   */
  static EscapedText command(List<String> arguments) {
    return checked(":" + joined(arguments, EscapedText::quote));
  }

  /**
   * A command that systemd runs as root and outside of the sandbox: of Sandbar's own, and never
   * with a word of a spec in it that another program could read as more than a name.
   */
  static EscapedText unconfined(List<String> arguments) {
    return checked("+" + command(arguments).text);
  }

  /** This command, whose failure changes nothing. */
  EscapedText orElseGoOn() {
    return checked("-" + text);
  }

  /** A unit of a device, with the escapes in its name as they are: dependencies, WantedBy. */
  static EscapedText device(UnitName unit) {
    return checked(unit.value());
  }

  /** A device node and how it may be opened: DeviceAllow. */
  static EscapedText device(String path, String access) {
    return checked(percents(path) + " " + access);
  }

  private static String joined(List<String> texts, UnaryOperator<String> escape) {
    var joined = new StringJoiner(" ");
    for (String text : texts) {
      joined.add(escape.apply(text));
    }
    return joined.toString();
  }

  private static String item(String text) {
    return isOf("/._-+@", text) && !text.isEmpty() ? text : quote(text);
  }

  /** Whether it has only letters and digits of ASCII, and these. */
  private static boolean isOf(String others, String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      boolean word = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
      if (!word && others.indexOf(c) < 0) {
        return false;
      }
    }
    return true;
  }

  private static String quote(String text) {
    String escaped = percents(text).replace("\\", "\\\\").replace("\"", "\\\"");
    return '"' + visible(escaped) + '"';
  }

  /** With an escape for all that a reader of the unit would not see, or would see elsewhere. */
  private static String visible(String text) {
    if (SafeText.isPlain(text) || text.codePoints().allMatch(SafeText::isVisible)) {
      return text;
    }
    var out = new StringBuilder();
    text.codePoints()
        .forEach(
            point -> {
              if (SafeText.isVisible(point)) {
                out.appendCodePoint(point);
              } else if (point == '\t') {
                out.append("\\t");
              } else {
                out.append((point > 0xffff ? "\\U%08x" : "\\u%04x").formatted(point));
              }
            });
    return out.toString();
  }

  /** Checked before it is escaped, so that what is safe does not depend on the form. */
  private static String percents(String text) {
    if (!SafeText.isPlain(text) && SafeText.problemIn(text).isPresent()) {
      throw new IllegalArgumentException("cannot stand in a unit file");
    }
    return text.replace("%", "%%");
  }
}
