package dev.sandbar.core.model;

/**
 * What can be wrong with an input. The names are stable: they stand in JSON output and in
 * conditions.
 */
public enum Problem {
  /** Not well-formed YAML or JSON, or not UTF-8. */
  SYNTAX,
  /** Larger, deeper or more numerous than Sandbar reads. */
  TOO_LARGE,
  /** An anchor, an alias, a merge key or a tag. */
  YAML_ANCHOR,
  /** The same key twice in one mapping. */
  DUPLICATE_KEY,
  /** A field that the kind does not have. */
  UNKNOWN_FIELD,
  /** A permission that does not exist. */
  UNKNOWN_PERMISSION,
  /** A directive that Sandbar does not know or does not let through. */
  UNKNOWN_DIRECTIVE,
  /** Another kind of value was expected. */
  WRONG_TYPE,
  /** A required field is missing. */
  MISSING_FIELD,
  /** The value is of the right kind and still not usable. */
  INVALID_VALUE,
  /** A newline, NUL, trailing backslash or the like that cannot stand in a unit file. */
  UNSAFE_TEXT,
  /** Two objects of one kind and name. */
  DUPLICATE_NAME,
  /** apiVersion or kind is not one of ours. */
  UNKNOWN_KIND,
  /** Two parts of one spec contradict each other. */
  CONFLICT,
  /** A path that leaves its root, is relative, or is reserved. */
  UNSAFE_PATH,
  /** The image is missing, unreadable, or not the declared one. */
  IMAGE,
  /** The device cannot enforce what the spec withholds. */
  CANNOT_ENFORCE,
  /** The owner of the device denies what the spec asks for. */
  POLICY_DENIED,
  /** The directive would open what the permissions close. */
  LOOSENS_SANDBOX,
  /** The source (repository, file) could not be read. */
  SOURCE,
  /** Sandbar itself failed; nothing is wrong with the input as far as anyone knows. */
  DEFECT
}
