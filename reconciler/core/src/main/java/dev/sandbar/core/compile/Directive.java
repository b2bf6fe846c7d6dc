package dev.sandbar.core.compile;

/**
 * One line of a unit, before rendering.
 *
 * @param section {@code Unit}, {@code Service} or {@code Install}
 * @param name as in systemd.exec(5) and its siblings
 * @param value ready to stand after the equals sign: already escaped, one line
 * @param because what put it there: {@code default}, the key of a permission, {@code systemCalls},
 *     {@code directives}, {@code run}, {@code image}
 * @param hides whether all it does is to hide paths from the app. systemd has no property to set
 *     that on a running unit, but paths can be hidden from one
 */
public record Directive(String section, String name, String value, String because, boolean hides) {

  /** A line that does more than hide paths. */
  public Directive(String section, String name, String value, String because) {
    this(section, name, value, because, false);
  }

  /** The line. */
  public String line() {
    return name + "=" + value;
  }
}
