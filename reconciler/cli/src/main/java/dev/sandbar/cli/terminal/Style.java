package dev.sandbar.cli.terminal;

/** How a piece of text looks, named by what it means. */
public enum Style {
  PLAIN(""),
  /** Headings and names. */
  STRONG("1"),
  /** Said, but not the point. */
  FAINT("2"),
  /** As it should be; granted; added. */
  GOOD("32"),
  /** Wrong; withheld; removed. */
  BAD("31"),
  /** Look at this. */
  WARN("33");

  private final String code;

  Style(String code) {
    this.code = code;
  }

  String escape(String text) {
    return code.isEmpty() || text.isEmpty() ? text : "\u001B[" + code + "m" + text + "\u001B[0m";
  }
}
