package dev.sandbar.core.model;

import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

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
   * Text that follows from little and is long, so that it is made when it is written and not kept
   * until then. Two of the same text are the same.
   */
  final class Made implements FileContent {
    private final Supplier<String> maker;
    private final Sha256 digest;

    /**
     * Of a text.
     *
     * @param maker makes the same text each time, and holds little
     */
    public Made(Supplier<String> maker) {
      this.maker = maker;
      this.digest = Sha256.of(maker.get());
    }

    /** The text. */
    public String text() {
      return maker.get();
    }

    @Override
    public Sha256 digest() {
      return digest;
    }

    @Override
    public boolean equals(@Nullable Object other) {
      return other instanceof Made made && made.digest.equals(digest);
    }

    @Override
    public int hashCode() {
      return digest.hashCode();
    }

    /** The content stays out of logs. */
    @Override
    public String toString() {
      return digest.abbreviated();
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
