package dev.sandbar.core.model;

/**
 * A file that the app sees and cannot write: one entry of {@code files:}.
 *
 * @param path absolute path that the app sees it at
 * @param content as written to the file in UTF-8
 * @param executable whether it is a program
 * @param at location of the entry in the spec
 */
public record AppFile(String path, String content, boolean executable, Location at) {

  /** Digest of the content. */
  public Sha256 digest() {
    return Sha256.of(content);
  }

  /** What makes two files the same but for where they are seen: the content stays out of logs. */
  @Override
  public String toString() {
    return path + " " + digest().abbreviated();
  }
}
