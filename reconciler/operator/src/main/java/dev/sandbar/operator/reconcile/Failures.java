package dev.sandbar.operator.reconcile;

/** Failures as they stand in a log. */
final class Failures {

  private Failures() {}

  static String oneLine(Throwable failure) {
    String message = failure.getMessage();
    String text = message == null ? failure.getClass().getSimpleName() : message;
    String line = text.replaceAll("[\\p{Cntrl}\\s]+", " ").strip();
    return line.length() > 300 ? line.substring(0, 300) + "..." : line;
  }
}
