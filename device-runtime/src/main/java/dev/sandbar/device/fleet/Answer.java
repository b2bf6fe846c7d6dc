package dev.sandbar.device.fleet;

import dev.sandbar.core.model.Node;
import java.time.Duration;

/** What became of a call. */
public sealed interface Answer {

  /** The server did it; the object as it is now. */
  record Success(Node body) implements Answer {}

  /**
   * The server answered and did not do it.
   *
   * @param status of HTTP, or the code of an error in a stream
   * @param message one line for people
   * @param after how long the server asks to be left alone; zero if it does not say
   */
  record Refusal(int status, String message, Duration after) implements Answer {}

  /** There was no usable answer. */
  record Failure(String why) implements Answer {}

  /** Why it was not done, one line for people; empty if it was. */
  default String problem() {
    return switch (this) {
      case Success _ -> "";
      case Refusal(var status, var message, _) -> "HTTP " + status + ": " + message;
      case Failure(var why) -> why;
    };
  }

  /** How long the server asks to be left alone. */
  default Duration retryAfter() {
    return switch (this) {
      case Refusal(_, _, var after) -> after;
      case Success _, Failure _ -> Duration.ZERO;
    };
  }
}
