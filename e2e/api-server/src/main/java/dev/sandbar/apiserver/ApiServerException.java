package dev.sandbar.apiserver;

/**
 * A part of the control plane is missing or went wrong. The message tells what, and the mend or the
 * end of its log.
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
