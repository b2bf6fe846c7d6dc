package dev.sandbar.source.git;

import java.io.IOException;

/** A file with a secret, a host key or a certificate cannot be used. The message says which. */
final class CredentialFileException extends IOException {
  CredentialFileException(String message) {
    super(message);
  }
}
