package dev.sandbar.device.report;

import dev.sandbar.source.secret.SecretFile;

/** How a message proves who sent it. */
sealed interface Credential {

  /** It does not. */
  record None() implements Credential {}

  /** By what stands in a file. */
  record FromFile(SecretFile file) implements Credential {}
}
