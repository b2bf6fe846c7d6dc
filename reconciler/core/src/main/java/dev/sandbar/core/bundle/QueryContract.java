package dev.sandbar.core.bundle;

/** What a device, the operator and whoever asks a device agree on. */
public final class QueryContract {
  /**
   * The annotation of a DeviceBundle that holds the uid of the DeviceQuery that waits for the
   * device. The device watches its bundle anyway, so that a query costs it no second watch.
   */
  public static final String ANNOTATION = "sandbar.dev/query";

  /** The most lines that can be asked for. */
  public static final int MAX_LINES = 2000;

  /** The longest answer before it is sealed, in bytes. */
  public static final int MAX_PLAIN = 64 << 10;

  /** What sealing adds: a public key of 32 bytes, and a tag of 16. */
  private static final int SEAL = 32 + 16;

  /** The longest sealed answer, in characters of base64. */
  public static final int MAX_SEALED = (MAX_PLAIN + SEAL + 2) / 3 * 4;

  private QueryContract() {}

  /** Why a device does not answer; the words are those of {@code status.refused.reason}. */
  public enum Refusal {
    /** The owner of the device does not allow it. */
    DENIED("Denied"),
    /** The device has no such app from Sandbar. */
    UNKNOWN_APP("UnknownApp"),
    /** The query cannot be read, or nothing can be sealed to its key. */
    INVALID("Invalid"),
    /** What was asked for cannot be read now. */
    UNAVAILABLE("Unavailable");

    private final String text;

    Refusal(String text) {
      this.text = text;
    }

    /** As in the status. */
    public String text() {
      return text;
    }
  }
}
