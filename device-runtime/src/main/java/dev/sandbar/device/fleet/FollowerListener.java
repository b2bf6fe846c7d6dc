package dev.sandbar.device.fleet;

import dev.sandbar.core.model.Node;

/** Hears what a {@link BundleFollower} finds; is called on its threads. */
public interface FollowerListener {
  /** There is another copy. */
  void bundle(BundleCopy copy);

  /** The server was asked; what is wrong, empty if nothing is. */
  void asked(String problem);

  /** What the server has as the bundle's status; given when the bundle was read. */
  void reported(Node status);

  /**
   * The bundle was read, or changed in whatever way: which query waits for the device.
   *
   * @param uid of the query; empty if none does
   */
  void query(String uid);

  /** The server has no bundle for this device. */
  void missing();

  /** The bundle is an older one again, for good: the server's store was restored. */
  void restored(long before, long now);
}
