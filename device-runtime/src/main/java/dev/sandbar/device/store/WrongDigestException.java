package dev.sandbar.device.store;

import java.io.IOException;

/**
 * The content is not what the digest promised. What its digest is instead is not reported: an app
 * may name any file that root can read, and the digest of a short secret is as good as the secret.
 */
final class WrongDigestException extends IOException {
  private static final long serialVersionUID = 1L;

  WrongDigestException() {
    super("wrong digest");
  }
}
