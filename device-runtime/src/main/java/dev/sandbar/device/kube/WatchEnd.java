package dev.sandbar.device.kube;

/** Why a watch has ended. */
public sealed interface WatchEnd {

  /** The server ended it, as it does every few minutes: go on from the last version. */
  record Closed() implements WatchEnd {}

  /** Nothing was heard for {@link ApiLimits#idle}: the connection is taken for dead. */
  record Silent() implements WatchEnd {}

  /** It could not begin, or broke; {@link ApiAnswer.Gone} means: read again. */
  record Failed(ApiAnswer.Failure failure) implements WatchEnd {}
}
