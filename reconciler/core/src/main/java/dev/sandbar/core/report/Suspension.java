package dev.sandbar.core.report;

/**
 * Whether an app is left as it is.
 *
 * @param holds whether it is
 * @param undone what is declared and not on the device because of that; empty if nothing is
 */
public record Suspension(boolean holds, String undone) {

  /** Of an app that is looked after. */
  public static final Suspension NONE = new Suspension(false, "");

  private static final String NOTHING_UNDONE = "neither applied nor corrected until it is resumed";

  /** One that holds. */
  public static Suspension of(String undone) {
    return new Suspension(true, undone);
  }

  /** As a condition says it. */
  public static Suspension reported(String message) {
    return new Suspension(true, message.equals(NOTHING_UNDONE) ? "" : message);
  }

  /** What its condition says. */
  String message() {
    return undone.isEmpty() ? NOTHING_UNDONE : undone;
  }
}
