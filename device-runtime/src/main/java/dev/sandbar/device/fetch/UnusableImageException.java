package dev.sandbar.device.fetch;

import java.io.IOException;

/**
 * What the digest names is no image that can be used: its content cannot change, so that fetching
 * it again is no use.
 */
final class UnusableImageException extends IOException {
  private static final long serialVersionUID = 1L;

  UnusableImageException(String message) {
    super(message);
  }
}
