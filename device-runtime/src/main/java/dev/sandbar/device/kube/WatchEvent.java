package dev.sandbar.device.kube;

import dev.sandbar.core.model.Node;

/** What a watch tells. */
public sealed interface WatchEvent {

  /** Where to go on from after this. */
  String resourceVersion();

  /** The object is there, new or changed. */
  record Present(Node object, String resourceVersion) implements WatchEvent {}

  /** The object is gone; its last state. */
  record Deleted(Node object, String resourceVersion) implements WatchEvent {}

  /** Nothing happened until this version. */
  record Bookmark(String resourceVersion) implements WatchEvent {}
}
