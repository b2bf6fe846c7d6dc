package dev.sandbar.cli;

/** Small pieces of English. */
final class English {
  private English() {}

  /** {@code no app}, {@code 1 app}, {@code 2 apps}. */
  static String count(long number, String noun) {
    return switch ((int) Math.min(number, 2)) {
      case 0 -> "no " + noun;
      case 1 -> "1 " + noun;
      default -> number + " " + noun + "s";
    };
  }
}
