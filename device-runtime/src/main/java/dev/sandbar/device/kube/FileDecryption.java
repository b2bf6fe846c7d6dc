package dev.sandbar.device.kube;

import java.io.IOException;

/** Decrypts what a file of credentials holds, in memory only. */
@FunctionalInterface
public interface FileDecryption {

  /** Of files in the clear. */
  FileDecryption NONE = stored -> stored;

  /**
   * The content in the clear.
   *
   * @param stored as it stands in the file
   * @throws IOException if it cannot be decrypted now; the message has nothing of the content
   */
  byte[] decrypted(byte[] stored) throws IOException;
}
