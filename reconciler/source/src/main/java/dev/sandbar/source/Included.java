package dev.sandbar.source;

import dev.sandbar.core.model.FileContent;
import java.util.List;

/** What there is of something that a manifest names as the content of a file. */
public sealed interface Included {

  /**
   * Text.
   *
   * @param kept its bytes and their digest, where they are kept too, so that a spec which has no
   *     room for the text can name them; else nothing
   */
  record Text(String text, List<FileContent.Kept> kept) implements Included {
    public Text {
      kept = List.copyOf(kept);
    }

    /** One that is not kept. */
    public Text(String text) {
      this(text, List.of());
    }

    /** The content stays out of logs. */
    @Override
    public String toString() {
      return text.length() + " characters";
    }
  }

  /** Text that no spec has room for: it is only kept, and no variables are in it. */
  record Large(FileContent.Kept kept) implements Included {}

  /** A value that only the cluster knows: what names it stays as it is. */
  record InCluster() implements Included {}

  /**
   * Nothing that can be used.
   *
   * @param why after what was named: {@code is a symbolic link}
   * @param help what to do about it
   */
  record Unusable(String why, String help) implements Included {}
}
