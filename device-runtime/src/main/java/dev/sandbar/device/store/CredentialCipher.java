package dev.sandbar.device.store;

import java.io.IOException;

/** Encrypts for this device alone. */
public interface CredentialCipher {

  /**
   * Encrypts a secret.
   *
   * @param name letters, digits, {@code -}, {@code _} and {@code .}; it is decrypted under this
   *     name only
   * @param secret stays the caller's, to be cleared
   * @return what a file for {@code LoadCredentialEncrypted=} holds
   * @throws IOException if it is not done; the message has nothing of the secret
   */
  byte[] encrypt(String name, byte[] secret) throws IOException;

  /**
   * Decrypts what {@link #encrypt} made.
   *
   * @return the secret, to be cleared
   * @throws IOException if it is not done, for it was changed, or made on another device
   */
  byte[] decrypt(String name, byte[] encrypted) throws IOException;
}
