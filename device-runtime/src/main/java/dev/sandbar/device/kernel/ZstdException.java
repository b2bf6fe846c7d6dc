package dev.sandbar.device.kernel;

import java.io.IOException;

/** What was to be decompressed cannot be; the message says why, as the end of a sentence. */
public final class ZstdException extends IOException {
  private static final long serialVersionUID = 1L;

  ZstdException(String message) {
    super(message);
  }
}
