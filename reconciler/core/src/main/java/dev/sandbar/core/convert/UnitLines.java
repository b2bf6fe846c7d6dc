package dev.sandbar.core.convert;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import dev.sandbar.core.convert.UnitFile.Line;
import dev.sandbar.core.property.DirectiveInfo;
import dev.sandbar.core.property.DirectiveTable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The lines of one file of a service, byte for byte as systemd reads them (systemd.syntax(7), and
 * its parser where the manual is silent): what it passes over must not become part of a sandbox.
 *
 * @param settings lines of sections that systemd reads, in their order
 * @param passed lines that it passes over, and the one at which it gives up, which is the last
 * @param sections that it names, known or not
 * @param count of all lines, as systemd counts them
 */
public record UnitLines(
    List<Line> settings, List<Passed> passed, List<String> sections, int count) {

  /** Of one line, and of lines that backslashes join. */
  static final int LONGEST_LINE = 1 << 20;

  private static final Set<String> SECTIONS = Set.of("Unit", "Service", "Install");

  /** Names that systemd still reads where they once were (systemd.unit(5), StartLimitBurst=). */
  private static final Set<String> ONCE_OF_SERVICES =
      Set.of("StartLimitBurst", "StartLimitAction", "FailureAction");

  private static final String NO_HEADER =
      "it is no section header: write [Service], or remove the line";

  private static final int NUL = 1;
  private static final int LINE_FEED = 2;
  private static final int RETURN = 4;

  private static final String BYTE_ORDER_MARK = "\u00ef\u00bb\u00bf";

  public UnitLines {
    settings = List.copyOf(settings);
    passed = List.copyOf(passed);
    sections = List.copyOf(sections);
  }

  /**
   * A line without an effect.
   *
   * @param why it has none, and what to do
   */
  public record Passed(Line line, String why, Then then) {}

  /** What systemd does behind a line that it passes over. */
  public enum Then {
    /** It reads the next one. */
    GOES_ON,
    /** Versions from 258 on read nothing of the file any more, and others go on. */
    DEPENDS,
    /** It reads nothing of the file any more. */
    ENDS
  }

  /** Reads a whole file. */
  public static UnitLines read(byte[] file) {
    return read(file, 0);
  }

  /** Reads the text of a whole file. */
  public static UnitLines read(String text) {
    return read(text.getBytes(UTF_8), 0);
  }

  /**
   * Reads a file that stands behind others.
   *
   * @param before lines that those have
   */
  static UnitLines read(byte[] file, int before) {
    var draft = new Draft(file, before);
    draft.parse();
    return new UnitLines(draft.settings, draft.passed, draft.sections, draft.number - before);
  }

  /** The first line behind which systemd does so. */
  public Optional<Passed> first(Then then) {
    return passed.stream().filter(it -> it.then() == then).findFirst();
  }

  private static final class Draft {
    private final String file;
    private final List<Line> settings = new ArrayList<>();
    private final List<Passed> passed = new ArrayList<>();
    private final List<String> sections = new ArrayList<>();
    private final StringBuilder pending = new StringBuilder();
    private int number;
    private int begin;
    private boolean continued;
    private boolean marked;
    private String section = "";

    Draft(byte[] file, int before) {
      // Each byte as one character, until a line is whole.
      this.file = new String(file, ISO_8859_1);
      this.number = before;
    }

    void parse() {
      int at = 0;
      boolean goesOn = true;
      while (goesOn && at < file.length()) {
        int end = at;
        while (end < file.length() && endOfLine(file.charAt(end)) == 0) {
          end++;
        }
        number++;
        goesOn = physical(at, end);
        at = afterEnd(end);
      }
      if (goesOn && continued) {
        logical();
      }
    }

    /** One of each kind together ends one line, and nothing does behind a NUL. */
    private int afterEnd(int end) {
      int at = end;
      int seen = 0;
      while (at < file.length()) {
        int kind = endOfLine(file.charAt(at));
        if (kind == 0 || (seen & (kind | NUL)) != 0) {
          break;
        }
        seen |= kind;
        at++;
      }
      return at;
    }

    /** Whether the file goes on. */
    private boolean physical(int from, int to) {
      if (to - from > LONGEST_LINE) {
        begin = number;
        return tooLong();
      }
      int first = from;
      while (first < to && isSpace(file.charAt(first))) {
        first++;
      }
      // A comment is none of the lines that a backslash joins, and is not joined with the next.
      if (first < to && (file.charAt(first) == '#' || file.charAt(first) == ';')) {
        return true;
      }
      int start = from;
      if (!marked && file.startsWith(BYTE_ORDER_MARK, from)) {
        marked = true;
        start += BYTE_ORDER_MARK.length();
      }
      if (!continued) {
        begin = number;
      } else if (pending.length() + to - start > LONGEST_LINE) {
        return tooLong();
      }
      int backslashes = 0;
      while (to - backslashes > start && file.charAt(to - 1 - backslashes) == '\\') {
        backslashes++;
      }
      continued = backslashes % 2 == 1;
      pending.append(file, start, continued ? to - 1 : to);
      if (continued) {
        pending.append(' ');
        return true;
      }
      return logical();
    }

    private boolean tooLong() {
      return giveUp("a line of more than %d bytes".formatted(LONGEST_LINE), "write shorter lines");
    }

    private boolean logical() {
      byte[] bytes = pending.toString().getBytes(ISO_8859_1);
      pending.setLength(0);
      String line = strip(new String(bytes, UTF_8));
      if (line.isEmpty()) {
        return true;
      }
      if (!isValid(bytes, line)) {
        return giveUp(line, "it is not UTF-8: save the file as UTF-8");
      }
      if (line.startsWith("[")) {
        return header(line);
      }
      Line setting = setting(line);
      Optional<String> why = why(setting, line);
      why.ifPresentOrElse(
          it -> passed.add(new Passed(setting, it, Then.GOES_ON)), () -> settings.add(setting));
      return true;
    }

    private boolean header(String line) {
      String name = line.length() < 2 ? "" : line.substring(1, line.length() - 1);
      if (!line.endsWith("]") || name.chars().anyMatch(Draft::isUnsafe)) {
        return giveUp(line, NO_HEADER);
      }
      if (name.isEmpty() || name.chars().anyMatch(it -> "*?[".indexOf(it) >= 0)) {
        passed.add(new Passed(new Line(section, "", line, begin), NO_HEADER, Then.DEPENDS));
      }
      section = name;
      sections.add(name);
      return true;
    }

    private Line setting(String line) {
      int equals = line.indexOf('=');
      String name = equals < 0 ? "" : strip(line.substring(0, equals));
      String value = name.isEmpty() ? line : strip(line.substring(equals + 1));
      return new Line(section, name, value, begin);
    }

    /** Why systemd passes over it; empty if it does not. */
    private Optional<String> why(Line setting, String line) {
      if (!SECTIONS.contains(section)) {
        return Optional.of(
            section.isEmpty()
                ? "systemd reads nothing before the first section: put it below [Service]"
                : "only [Unit], [Service] and [Install] are read");
      }
      if (setting.name().isEmpty()) {
        return Optional.of("it is not NAME=VALUE");
      }
      return DirectiveTable.find(Specifiers.today(setting.name()))
          .map(DirectiveInfo::section)
          .filter(it -> !it.equals(section))
          .filter(_ -> !(section.equals("Service") && ONCE_OF_SERVICES.contains(setting.name())))
          .map("systemd reads it only in [%s]: put it there"::formatted);
    }

    private boolean giveUp(String line, String why) {
      passed.add(new Passed(new Line(section, "", line, begin), why, Then.ENDS));
      return false;
    }

    private static int endOfLine(char value) {
      return switch (value) {
        case 0 -> NUL;
        case '\n' -> LINE_FEED;
        case '\r' -> RETURN;
        default -> 0;
      };
    }

    private static boolean isSpace(int value) {
      return value == ' ' || value == '\t';
    }

    /** Not what else Unicode counts as white space: to systemd that is part of a name. */
    private static String strip(String text) {
      int from = 0;
      int to = text.length();
      while (from < to && isSpace(text.charAt(from))) {
        from++;
      }
      while (to > from && isSpace(text.charAt(to - 1))) {
        to--;
      }
      return text.substring(from, to);
    }

    private static boolean isUnsafe(int character) {
      return character < ' ' || "\"'\\\u007f".indexOf(character) >= 0;
    }

    /** systemd takes no character that Unicode keeps free either. */
    private static boolean isValid(byte[] bytes, String line) {
      return Arrays.equals(new String(bytes, UTF_8).getBytes(UTF_8), bytes)
          && line.codePoints()
              .noneMatch(it -> (it >= 0xFDD0 && it <= 0xFDEF) || (it & 0xFFFE) == 0xFFFE);
    }
  }
}
