package dev.sandbar.core.fleet;

/**
 * One app on one device.
 *
 * @param answered whether what was seen is what became of the app as it stands in the bundle, and
 *     not of an earlier version
 */
public record AppOnDevice(Intent intent, Seen seen, boolean answered) {

  /** One of which the device has not answered the bundle yet. */
  public AppOnDevice(Intent intent, Seen seen) {
    this(intent, seen, false);
  }

  /** Whether the device has applied this generation of the app. */
  boolean updated(long generation) {
    return isPublished(generation) && seen.generation() == generation;
  }

  /**
   * Whether the device says that this generation of the app needs a person. What runs is an earlier
   * one if this was refused or rolled back.
   */
  boolean stalled(long generation) {
    return isPublished(generation) && stalled();
  }

  /** The same of the generation that is published. */
  boolean stalled() {
    return seen.stalled()
        && intent instanceof Intent.Published(var published)
        && (answered || seen.generation() == published);
  }

  private boolean isPublished(long generation) {
    return intent instanceof Intent.Published(var published) && published == generation;
  }
}
