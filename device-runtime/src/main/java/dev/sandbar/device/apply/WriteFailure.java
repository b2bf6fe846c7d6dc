package dev.sandbar.device.apply;

/** Says what to do about a step that the device's disk did not take. */
final class WriteFailure {

  private WriteFailure() {}

  /** The message of the failure and how to fix it where it is one of the disk's. */
  static String explain(Exception e) {
    String message = String.valueOf(e.getMessage());
    if (message.contains("No space left on device")) {
      return message + "; free some space there";
    }
    if (message.contains("quota exceeded")) {
      return message + "; free some space there, or raise the quota";
    }
    if (message.contains("Read-only file system")) {
      return message + "; mount it writable";
    }
    return message;
  }
}
