package dev.sandbar.device.fetch;

import java.io.IOException;

/** Something could not be fetched; the message says why and what to do, for people. */
sealed class FetchException extends IOException permits HttpStatusException {
  private static final long serialVersionUID = 1L;

  FetchException(String message) {
    super(message);
  }
}
