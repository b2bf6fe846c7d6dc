package dev.sandbar.core.model;

/**
 * What can be wrong with an input. The names are stable: they appear in JSON output and in
 * conditions.
 */
public enum Problem {
  /** Not well-formed YAML or JSON, or not UTF-8. */
  SYNTAX,
  /** Larger, more deeply nested or more numerous than Sandbar accepts. */
  TOO_LARGE,
  /** An anchor, an alias, a merge key or a tag. */
  YAML_ANCHOR,
  /** The same key twice in one mapping. */
  DUPLICATE_KEY,
  /** A field that the kind does not have. */
  UNKNOWN_FIELD,
  /** A permission that does not exist. */
  UNKNOWN_PERMISSION,
  /** A directive that Sandbar does not know or does not accept. */
  UNKNOWN_DIRECTIVE,
  /** A value of another type was expected. */
  WRONG_TYPE,
  /** A required field is missing. */
  MISSING_FIELD,
  /** The value has the right type but is not valid. */
  INVALID_VALUE,
  /** Text that a unit file cannot contain: a newline, NUL, trailing backslash or similar. */
  UNSAFE_TEXT,
  /** Two objects of the same kind and name. */
  DUPLICATE_NAME,
  /** apiVersion or kind is not one of Sandbar's. */
  UNKNOWN_KIND,
  /** Two parts of one spec contradict each other. */
  CONFLICT,
  /** A path that leaves its root, is relative, or is reserved. */
  UNSAFE_PATH,
  /** The image is missing, unreadable, or not the declared one. */
  IMAGE,
  /** The device cannot enforce what the spec withholds. */
  CANNOT_ENFORCE,
  /** The owner of the device denies what the spec requests. */
  POLICY_DENIED,
  /** The directive would open what the permissions close. */
  LOOSENS_SANDBOX,
  /** The source (repository, file) could not be read. */
  SOURCE,
  /** Others than the device's owner can change what the agent itself goes by. */
  AGENT_FILES,
  /** Sandbar itself failed; the input is not known to be wrong. */
  DEFECT
}
