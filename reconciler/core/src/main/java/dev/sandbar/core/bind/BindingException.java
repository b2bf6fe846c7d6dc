package dev.sandbar.core.bind;

import dev.sandbar.core.model.Location;

/** A document is not what was expected. */
public final class BindingException extends IllegalArgumentException {
  private static final long serialVersionUID = 1L;

  private final transient Location at;
  private final String path;
  private final String problem;

  BindingException(Location at, String path, String problem) {
    super(problem);
    this.at = at;
    this.path = path;
    this.problem = problem;
  }

  /** Of a stranger's document many fields may be wrong, and a trace of each costs time. */
  @Override
  public Throwable fillInStackTrace() {
    return this;
  }

  /** The same, seen from one level further out. */
  BindingException within(String step) {
    return new BindingException(
        at, path.isEmpty() || path.startsWith("[") ? step + path : step + "." + path, problem);
  }

  /** The location of the value that is wrong. */
  public Location at() {
    return at;
  }

  /** Which field is wrong, for example {@code apps[2].conditions[0].type}; empty for the whole. */
  public String path() {
    return path;
  }

  /** What is wrong with it, without the place and the path. */
  public String problem() {
    return problem;
  }

  @Override
  public String getMessage() {
    String where = at.equals(Location.NOWHERE) ? "" : at + ": ";
    return where + (path.isEmpty() ? "" : path + ": ") + problem;
  }
}
