package dev.sandbar.source;

import java.io.IOException;

/** The source as a whole is larger than what is read. The message says by how much, in words. */
public final class SourceTooLargeException extends IOException {
  public SourceTooLargeException(String message) {
    super(message);
  }
}
