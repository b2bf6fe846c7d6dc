package dev.sandbar.core.compile;

import dev.sandbar.core.catalog.Resolution;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** A unit while it is written: lines in order, each with its reason. */
final class Draft {

  static final String UNIT = "Unit";
  static final String SERVICE = "Service";
  static final String INSTALL = "Install";
  static final String HIDING = "InaccessiblePaths";
  static final String DEFAULT = Resolution.DEFAULT;

  private final List<Directive> lines = new ArrayList<>();

  void unit(String name, EscapedText value, String because) {
    lines.add(new Directive(UNIT, name, value.text(), because));
  }

  void service(String name, EscapedText value, String because) {
    lines.add(new Directive(SERVICE, name, value.text(), because));
  }

  /** Hides paths that are known by what the device has, and not by what the app asks for. */
  void hide(EscapedText paths, String because) {
    lines.add(new Directive(SERVICE, HIDING, paths.text(), because, true));
  }

  void install(String name, EscapedText value, String because) {
    lines.add(new Directive(INSTALL, name, value.text(), because));
  }

  void yes(String name, String because) {
    service(name, EscapedText.words("yes"), because);
  }

  boolean has(String name) {
    for (Directive line : lines) {
      if (line.name().equals(name)) {
        return true;
      }
    }
    return false;
  }

  /** The value of the last line with this name, which is the one that counts of a word. */
  Optional<String> lastOf(String name) {
    return lines.reversed().stream()
        .filter(line -> line.name().equals(name))
        .map(Directive::value)
        .findFirst();
  }

  /** Writes the line in the place of all that have its name. */
  void replace(String name, EscapedText value, String because) {
    lines.removeIf(line -> line.name().equals(name));
    service(name, value, because);
  }

  /** The lines by section, in the order of the file. */
  List<Directive> lines() {
    var ordered = new ArrayList<Directive>(lines.size());
    for (String section : List.of(UNIT, SERVICE, INSTALL)) {
      for (Directive line : lines) {
        if (line.section().equals(section)) {
          ordered.add(line);
        }
      }
    }
    return ordered;
  }
}
