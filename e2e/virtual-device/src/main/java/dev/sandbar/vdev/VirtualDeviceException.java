package dev.sandbar.vdev;

/**
 * Something a virtual device needs is missing or went wrong. The message tells what and the mend.
 */
public final class VirtualDeviceException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  VirtualDeviceException(String message) {
    super(message);
  }

  VirtualDeviceException(String message, Throwable cause) {
    super(message, cause);
  }
}
