package dev.sandbar.device.kube;

/** Why a stream of documents has ended. */
public sealed interface StreamEnd {

  /** The server ended it, as it does with a watch every few minutes, or the listener did. */
  record Closed() implements StreamEnd {}

  /** Nothing was heard for so long that the connection is taken for dead. */
  record Silent() implements StreamEnd {}

  /** It could not begin, or broke. */
  record Failed(ApiAnswer.Failure failure) implements StreamEnd {}
}
