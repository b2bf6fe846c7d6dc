package dev.sandbar.operator.gitsource;

import java.util.Optional;

/** Where pushes go: other hands before this operator leads than after. */
interface PushTarget {
  /** False while it is not known which sources there are. */
  boolean isReady();

  /** Finds a source. */
  Optional<PushSource> find(String namespace, String name);

  /** Has a source looked at; false if that could not be passed on. */
  boolean look(String namespace, String name);
}
