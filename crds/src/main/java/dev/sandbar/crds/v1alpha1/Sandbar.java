package dev.sandbar.crds.v1alpha1;

/** Names that all kinds share. */
public final class Sandbar {
  /** The API group. */
  public static final String GROUP = "sandbar.dev";

  /** The API version. */
  public static final String VERSION = "v1alpha1";

  /** Category of all kinds: {@code kubectl get sandbar}. */
  public static final String CATEGORY = "sandbar";

  private Sandbar() {}
}
