package dev.sandbar.vdev.image;

/** An image could not be built. The message says what went wrong and how to fix it. */
public final class AppImageException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  AppImageException(String message) {
    super(message);
  }

  AppImageException(String message, Throwable cause) {
    super(message, cause);
  }
}
