package dev.sandbar.core.convert;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.sandbar.core.convert.UnitLines.Passed;
import dev.sandbar.core.convert.UnitLines.Then;
import dev.sandbar.core.property.DirectiveInfo;
import dev.sandbar.core.property.DirectiveTable;
import dev.sandbar.core.property.EmptyAssignment;
import dev.sandbar.core.property.Syntax.Kind;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The settings of a unit file in their order (systemd.syntax(7)), and of its drop-ins.
 *
 * @param lines those that count: without what a later line resets or replaces, and with those that
 *     have no value but reset nothing
 * @param passed those that systemd passes over
 * @param refusals lines for which systemd, or some version of it, loads no such unit
 */
public record UnitFile(List<Line> lines, List<Passed> passed, List<Passed> refusals) {

  /** Settings of which a further line adds to those before. */
  private static final Set<Kind> ADDING =
      EnumSet.of(Kind.ITEMS, Kind.NAMES, Kind.KEYED, Kind.FILTER, Kind.MASK);

  public UnitFile {
    lines = List.copyOf(lines);
    passed = List.copyOf(passed);
    refusals = List.copyOf(refusals);
  }

  /** The line for which systemd, or some version of it, loads no such unit. */
  public Optional<Passed> refused() {
    return refusals.stream().findFirst();
  }

  /**
   * One setting.
   *
   * @param section without brackets; empty before the first one
   * @param name before the equals sign; empty if the line has no name or no equals sign
   * @param value after it, lines that a backslash joins as one
   * @param number of its first line in the file, from 1
   */
  public record Line(String section, String name, String value, int number) {

    /** As it is written, but for white space. */
    String shown() {
      return name.isEmpty() ? value : name + "=" + value;
    }
  }

  /** Reads the text of a whole file. */
  public static UnitFile read(String text) {
    return read(List.of(text));
  }

  /**
   * Reads the texts of a unit file and of its drop-ins, each by itself: no section and no line of
   * one goes on in the next. Lines are numbered as if they were one file.
   */
  public static UnitFile read(List<String> texts) {
    return ofFiles(texts.stream().map(it -> it.getBytes(UTF_8)).toList());
  }

  /** The same of their bytes. */
  public static UnitFile ofFiles(List<byte[]> files) {
    var lines = new ArrayList<Line>();
    var passed = new ArrayList<Passed>();
    var refusals = new ArrayList<Passed>();
    int before = 0;
    for (byte[] file : files) {
      UnitLines all = UnitLines.read(file, before);
      all.settings().forEach(line -> add(lines, line));
      passed.addAll(all.passed());
      // Of a drop-in systemd keeps what is before such a line.
      if (before == 0) {
        all.first(Then.ENDS).ifPresent(refusals::add);
      }
      all.first(Then.DEPENDS).ifPresent(refusals::add);
      before += numbers(all);
    }
    return new UnitFile(lines, passed, refusals);
  }

  /** How many numbers of lines a file takes. */
  public static int numbers(byte[] file) {
    return numbers(UnitLines.read(file));
  }

  private static int numbers(UnitLines lines) {
    return Math.max(1, lines.count());
  }

  /** The same file with other settings. */
  public UnitFile with(List<Line> others) {
    return new UnitFile(others, passed, refusals);
  }

  private static void add(List<Line> lines, Line line) {
    String section = line.section();
    String name = line.name();
    String value = line.value();
    Optional<DirectiveInfo> directive = DirectiveTable.find(name);
    if (value.isEmpty()
        && directive.map(DirectiveInfo::empty).orElse(EmptyAssignment.KEEPS)
            != EmptyAssignment.RESETS) {
      lines.add(line);
      return;
    }
    boolean adds = directive.map(it -> ADDING.contains(it.syntax().kind())).orElse(true);
    if (value.isEmpty() || !adds) {
      lines.removeIf(it -> it.section().equals(section) && it.name().equals(name));
    }
    if (!value.isEmpty()) {
      lines.add(line);
    }
  }
}
