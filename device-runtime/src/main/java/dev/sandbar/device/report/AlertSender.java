package dev.sandbar.device.report;

import java.time.Duration;
import java.util.List;

/** Brings alerts to one destination. Used by one thread at a time. */
public interface AlertSender extends AutoCloseable {

  /** The name of the destination in logs, metrics and the queue's file name. */
  String name();

  /** What the destination needs to be sent. */
  Style style();

  /**
   * Sends what belongs together, oldest first, and waits for the answer. Takes bounded time and
   * never throws for what a network or a server does.
   *
   * @param messages at least one, at most as many as the style allows
   */
  Outcome send(List<Message> messages);

  /** Ends connections; later sends fail. */
  @Override
  void close();

  /**
   * An alert on its way.
   *
   * @param begins whether the destination has never heard of this drift, not even of one that is
   *     over
   * @param lingers how long from now an alert that is over shall still be taken for firing; zero
   *     for not at all
   */
  record Message(DriftAlert alert, boolean begins, Duration lingers) {

    /** Of something that lasts, or that the destination knows well. */
    static Message of(DriftAlert alert) {
      return new Message(alert, false, Duration.ZERO);
    }
  }

  /** What a destination needs to be sent. */
  sealed interface Style {

    /** Every event by itself, in order: the receiver keeps a history. */
    record History() implements Style {}

    /**
     * How things stand: only the latest state of an alert counts, several go in one message, and
     * what lasts must be said again or the receiver takes it for over.
     *
     * @param atOnce most alerts in one message
     * @param keepAlive how often a lasting alert is said again
     * @param firesAtLeast how long the receiver must take an alert for firing to notify people
     */
    record State(int atOnce, Duration keepAlive, Duration firesAtLeast) implements Style {
      public State {
        if (atOnce < 1 || keepAlive.isNegative() || keepAlive.isZero()) {
          throw new IllegalArgumentException("atOnce and keepAlive must be positive");
        }
        if (firesAtLeast.isNegative()) {
          throw new IllegalArgumentException("firesAtLeast must not be negative");
        }
      }
    }
  }

  /** What became of a message. */
  sealed interface Outcome {

    /** The destination has it. */
    record Delivered() implements Outcome {}

    /**
     * It did not arrive, or not surely; sending it again may help.
     *
     * @param reason for people
     * @param after how long the destination asked to be left alone; zero if it did not say
     */
    record Retry(String reason, Duration after) implements Outcome {}

    /** The destination will never take this message. */
    record Refused(String reason) implements Outcome {}
  }
}
