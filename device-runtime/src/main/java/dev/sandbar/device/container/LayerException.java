package dev.sandbar.device.container;

import java.io.IOException;

/**
 * A layer cannot be used, today or on any other day; the message says why, for people. Other errors
 * may have passed by the next attempt.
 */
public final class LayerException extends IOException {
  private static final long serialVersionUID = 1L;

  LayerException(String message) {
    super(message);
  }
}
