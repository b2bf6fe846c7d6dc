package dev.sandbar.core.model;

/** What a file of an app holds. */
public sealed interface FileContent {

  /** Digest of the bytes. */
  Sha256 digest();

  /**
   * Text that is in the spec.
   *
   * @param text as written to the file in UTF-8
   */
  record Text(String text) implements FileContent {
    @Override
    public Sha256 digest() {
      return Sha256.of(text);
    }

    /** The content stays out of logs. */
    @Override
    public String toString() {
      return digest().abbreviated();
    }
  }

  /**
   * Bytes that whoever read the source has put into the store of the device, since a spec has no
   * room for them.
   *
   * @param bytes how many they are
   * @param object name of the AppContent that has them in a fleet, where a device gets them itself;
   *     empty if whoever read the source has put them into the store
   */
  record Kept(Sha256 digest, int bytes, String object) implements FileContent {

    /** Of a device that reads the source itself. */
    public Kept(Sha256 digest, int bytes) {
      this(digest, bytes, "");
    }
  }
}
