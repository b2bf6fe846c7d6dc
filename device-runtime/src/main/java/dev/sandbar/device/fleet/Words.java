package dev.sandbar.device.fleet;

/** Texts that others wrote, for messages to people. */
final class Words {
  private Words() {}

  /** One line, nothing that a terminal would obey, at most so many characters. */
  static String oneLine(String text, int most) {
    String line = text.replaceAll("[\\p{Cntrl}\\s]+", " ").strip();
    if (line.length() <= most) {
      return line;
    }
    return line.substring(0, Character.isHighSurrogate(line.charAt(most - 1)) ? most - 1 : most);
  }
}
