package dev.sandbar.vdev;

/**
 * Something a virtual device needs is missing or went wrong. The message says what and how to fix
 * it.
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
