package dev.sandbar.operator.gitsource;

import java.net.InetAddress;
import java.util.HashMap;
import java.util.Map;

/** So many requests of one peer at a time: whoever holds its own share holds nobody else's. */
final class PeerLimit {
  private final int most;
  private final Map<InetAddress, Integer> open = new HashMap<>();

  PeerLimit(int most) {
    this.most = most;
  }

  /** True if the peer may have one more, which it then has until {@link #leave}. */
  synchronized boolean enter(InetAddress peer) {
    int now = open.getOrDefault(peer, 0);
    if (now >= most) {
      return false;
    }
    open.put(peer, now + 1);
    return true;
  }

  synchronized void leave(InetAddress peer) {
    open.computeIfPresent(peer, (_, now) -> now > 1 ? now - 1 : null);
  }
}
