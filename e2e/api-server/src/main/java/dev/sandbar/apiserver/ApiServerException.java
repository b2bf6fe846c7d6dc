package dev.sandbar.apiserver;

/**
 * A part of the control plane is missing or went wrong. The message says what, and how to fix it or
 * the end of its log.
 */
public final class ApiServerException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  ApiServerException(String message) {
    super(message);
  }

  ApiServerException(String message, Throwable cause) {
    super(message, cause);
  }
}
