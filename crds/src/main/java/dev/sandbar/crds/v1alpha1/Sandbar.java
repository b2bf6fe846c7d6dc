package dev.sandbar.crds.v1alpha1;

/** Names that all kinds share. */
public final class Sandbar {
  /** The API group. */
  public static final String GROUP = "sandbar.dev";

  /** The API version. */
  public static final String VERSION = "v1alpha1";

  /** Category of the kinds that people look at: {@code kubectl get sandbar}. */
  public static final String CATEGORY = "sandbar";

  static final String CREATED = ".metadata.creationTimestamp";
  static final String READY_REASON = ".status.conditions[?(@.type==\"Ready\")].reason";
  static final String READY_STATUS = ".status.conditions[?(@.type==\"Ready\")].status";
  static final String READY_MESSAGE = ".status.conditions[?(@.type==\"Ready\")].message";

  static final String OBSERVED_GENERATION =
      "The generation of the object that this status refers to.";
  static final String LAST_HANDLED =
      "The last value of the annotation sandbar.dev/requestedAt that was handled.";

  private Sandbar() {}
}
