package dev.sandbar.device.broker;

import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.BrokeredVerb;

/** Hears of every request that an app has made, on any thread. */
@FunctionalInterface
public interface BrokerSink {

  /** What became of a request. */
  enum Result {
    /** It was done. */
    SUCCESS,
    /** The app may not ask for it, or not so often. */
    DENIED,
    /** It was no request, or the device refused. */
    FAILURE
  }

  /** What a request is about. */
  sealed interface About {

    /** A verb, which the app may ask for or not. */
    record Verb(BrokeredVerb verb) implements About {}

    /** Something else, or nothing that can be read. */
    record Nothing() implements About {}

    /** The word for it. */
    default String word() {
      return switch (this) {
        case Verb(var verb) -> verb.word();
        case Nothing() -> "none";
      };
    }
  }

  /**
   * A request has its answer.
   *
   * @param about what it was for
   * @param message what the app was answered
   */
  void answered(AppName app, About about, Result result, String message);
}
