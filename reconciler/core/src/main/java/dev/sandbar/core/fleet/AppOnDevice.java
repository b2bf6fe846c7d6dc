package dev.sandbar.core.fleet;

/** One app on one device. */
public record AppOnDevice(Intent intent, Seen seen) {

  /** Whether the device has applied this generation of the app. */
  boolean updated(long generation) {
    return intent instanceof Intent.Published(var published)
        && published == generation
        && seen.generation() == generation;
  }
}
