package dev.sandbar.core.plan;

/** What ends a difference of a unit beside an app. */
public enum Fix {
  /** The app and that unit are started anew. */
  RESTART,
  /** That unit is started, and will be at every boot. */
  START,
  /** That unit is stopped, and starts no more. */
  STOP,
  /** The file is written, or taken away, with the next sweep. */
  FILE,
  /** Whoever has changed it: it is of every such unit of the device, or of a package. */
  OWNER
}
