package dev.sandbar.operator.gitsource;

import java.util.HashMap;
import java.util.Map;

/**
 * What all sources together may keep in memory of what they declare, and what those of one
 * namespace may: a source that is not too large by itself may be one of many.
 */
final class DeclaredRoom {
  private final long maxBytes;
  private final long maxOfNamespace;
  private final Map<String, Held> held = new HashMap<>();

  private record Held(String namespace, long bytes) {}

  DeclaredRoom(long maxBytes, long maxOfNamespace) {
    this.maxBytes = maxBytes;
    this.maxOfNamespace = maxOfNamespace;
  }

  /** A quarter of the heap, and a third of that for each namespace. */
  static DeclaredRoom ofHeap() {
    long heap = Runtime.getRuntime().maxMemory();
    return new DeclaredRoom(heap / 4, heap / 12);
  }

  /**
   * Takes room in place of what the source had; false if there is too little, and it keeps that.
   */
  synchronized boolean take(String namespace, String uid, long bytes) {
    long all = bytes;
    long ofNamespace = bytes;
    for (var entry : held.entrySet()) {
      if (!entry.getKey().equals(uid)) {
        all += entry.getValue().bytes();
        ofNamespace +=
            entry.getValue().namespace().equals(namespace) ? entry.getValue().bytes() : 0;
      }
    }
    if (all > maxBytes || ofNamespace > maxOfNamespace) {
      return false;
    }
    held.put(uid, new Held(namespace, bytes));
    return true;
  }

  /** The source is gone. */
  synchronized void forget(String uid) {
    held.remove(uid);
  }

  long maxOfNamespace() {
    return maxOfNamespace;
  }
}
