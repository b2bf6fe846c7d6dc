package dev.sandbar.core.model;

/**
 * A file that the app sees and cannot write: one entry of {@code files:}.
 *
 * @param path absolute path that the app sees it at
 * @param content what it holds
 * @param executable whether it is a program
 * @param reloadedIn name of the folder of the store in which it is with others that the app reads
 *     again when it is reloaded; empty if another content restarts the app
 * @param at location of the entry in the spec
 */
public record AppFile(
    String path, FileContent content, boolean executable, String reloadedIn, Location at) {

  /** One of which another content restarts the app. */
  public AppFile(String path, String content, boolean executable, Location at) {
    this(path, new FileContent.Text(content), executable, "", at);
  }

  /** The text that the spec has, or that follows from it; empty if it has the digest alone. */
  public String text() {
    return switch (content) {
      case FileContent.Text(String text) -> text;
      case FileContent.Made made -> made.text();
      case FileContent.Kept _ -> "";
    };
  }

  /** Whether another content reaches the app without a restart. */
  public boolean reloads() {
    return !reloadedIn.isEmpty();
  }

  /** The same with another text, where the spec has it. */
  AppFile with(String other) {
    return content instanceof FileContent.Text
        ? new AppFile(path, new FileContent.Text(other), executable, reloadedIn, at)
        : this;
  }

  /** The same that the app reads again when it is reloaded. */
  AppFile in(String folderOfStore) {
    return new AppFile(path, content, executable, folderOfStore, at);
  }

  /** The folder that the app sees it in; of a file of the root directory that. */
  public String folder() {
    int slash = path.lastIndexOf('/');
    return slash <= 0 ? "/" : path.substring(0, slash);
  }

  /** Digest of the content. */
  public Sha256 digest() {
    return content.digest();
  }

  /** What makes two files the same but for where they are seen: the content stays out of logs. */
  @Override
  public String toString() {
    return path + " " + digest().abbreviated();
  }
}
