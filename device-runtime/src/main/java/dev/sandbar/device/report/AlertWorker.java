package dev.sandbar.device.report;

import dev.sandbar.core.report.Backoff;
import dev.sandbar.device.report.AlertSender.Message;
import dev.sandbar.device.report.AlertSender.Outcome;
import dev.sandbar.device.report.AlertSender.Style;
import dev.sandbar.device.report.DriftAlert.Firing;
import dev.sandbar.report.OneLine;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.LongUnaryOperator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one thread that talks to one destination: sends what waits, oldest first, and says again what
 * lasts. While a message does not get through, those behind it wait too, which keeps their order.
 */
final class AlertWorker implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(AlertWorker.class);

  private final AlertSender sender;
  private final AlertQueue queue;
  private final Backoff backoff;
  private final LongUnaryOperator jitter;
  private final Duration grace;
  private final CountDownLatch closing = new CountDownLatch(1);
  private final Thread thread;
  private final KnownSince heard;
  private long keepAliveDue = System.nanoTime();
  private int failures;
  private volatile String lastFailure = "";

  /**
   * Starts to send.
   *
   * @param jitter draws a number from 0 (inclusive) to its argument (exclusive)
   */
  AlertWorker(
      AlertSender sender,
      AlertQueue queue,
      Backoff backoff,
      LongUnaryOperator jitter,
      Duration grace) {
    this.sender = sender;
    this.queue = queue;
    this.backoff = backoff;
    this.jitter = jitter;
    this.grace = grace;
    this.heard =
        new KnownSince(
            sender.style() instanceof Style.State(_, _, Duration firesAtLeast)
                ? firesAtLeast
                : Duration.ZERO);
    this.thread = Thread.ofVirtual().name("alerts-" + sender.name()).start(this::run);
  }

  AlertQueue queue() {
    return queue;
  }

  String name() {
    return sender.name();
  }

  /** Why the last message did not get through; empty if it did. */
  String lastFailure() {
    return lastFailure;
  }

  private void run() {
    try {
      while (!isClosing() || (queue.size() > 0 && failures == 0)) {
        Duration pause = step();
        if (!pause.isZero() && closing.await(pause.toNanos(), TimeUnit.NANOSECONDS)) {
          return;
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private boolean isClosing() {
    return closing.getCount() == 0;
  }

  /** Does one thing, or waits for one to do; returns how long to leave the destination alone. */
  private Duration step() throws InterruptedException {
    return switch (sender.style()) {
      case Style.History history -> {
        queue.await(TimeUnit.HOURS.toNanos(1));
        yield send(queue.first(1));
      }
      case Style.State(int atOnce, Duration keepAlive, _) -> {
        long untilDue = keepAliveDue - System.nanoTime();
        if (untilDue <= 0) {
          Duration pause = sayAgain(atOnce);
          if (pause.isZero()) {
            keepAliveDue = System.nanoTime() + keepAlive.toNanos();
          }
          yield pause;
        }
        queue.await(untilDue);
        yield send(queue.first(atOnce));
      }
    };
  }

  private Duration send(List<AlertBacklog.Waiting> batch) {
    if (batch.isEmpty()) {
      return Duration.ZERO;
    }
    return switch (exchange(batch.stream().map(heard::message).toList())) {
      case Outcome.Delivered delivered -> {
        queue.delivered(batch);
        batch.forEach(this::noteDelivered);
        yield Duration.ZERO;
      }
      case Outcome.Retry retry -> pauseAfter(retry);
      case Outcome.Refused(String reason) -> {
        Duration pause = Duration.ZERO;
        if (batch.size() == 1) {
          refuse(batch.getFirst(), reason);
        } else {
          // One alert that the destination cannot take must not cost the others.
          for (int i = 0; pause.isZero() && i < batch.size(); i++) {
            pause = send(List.of(batch.get(i)));
          }
        }
        yield pause;
      }
    };
  }

  private Duration sayAgain(int atOnce) {
    List<Firing> lasting = queue.lasting();
    for (int from = 0; from < lasting.size(); from += atOnce) {
      List<Firing> part = lasting.subList(from, Math.min(lasting.size(), from + atOnce));
      Outcome outcome = exchange(part.stream().map(Message::of).toList());
      for (int i = 0; outcome instanceof Outcome.Refused && i < part.size(); i++) {
        Outcome single = exchange(List.of(Message.of(part.get(i))));
        outcome = single instanceof Outcome.Retry ? single : outcome;
      }
      if (outcome instanceof Outcome.Retry retry) {
        return pauseAfter(retry);
      }
    }
    return Duration.ZERO;
  }

  private Outcome exchange(List<Message> messages) {
    Outcome outcome;
    try {
      outcome = sender.send(messages);
    } catch (RuntimeException e) {
      // A defect in a sender must not end its thread: alerts would pile up unseen.
      LOG.error("destination={} action=send-alert fault={}", sender.name(), OneLine.defect(e));
      outcome = new Outcome.Retry(e.getClass().getSimpleName(), Duration.ZERO);
    }
    if (!(outcome instanceof Outcome.Retry)) {
      failures = 0;
      lastFailure = "";
    }
    return outcome;
  }

  private Duration pauseAfter(Outcome.Retry retry) {
    failures++;
    lastFailure = retry.reason();
    Duration own = backoff.after(failures, jitter);
    Duration pause = retry.after().compareTo(own) > 0 ? retry.after() : own;
    LOG.warn(
        "destination={} action=retry-alerts waiting={} failures={} pause-ms={} reason=\"{}\"",
        sender.name(),
        queue.size(),
        failures,
        pause.toMillis(),
        retry.reason());
    return pause;
  }

  private void refuse(AlertBacklog.Waiting entry, String reason) {
    queue.refused(List.of(entry));
    LOG.error(
        "app={} action=drop-alert destination={} reason=\"{}\"",
        entry.alert().cause().app(),
        sender.name(),
        reason);
  }

  private void noteDelivered(AlertBacklog.Waiting entry) {
    DriftAlert alert = entry.alert();
    heard.delivered(entry);
    LOG.info(
        "app={} action=alert event={} layer={} subject=\"{}\" destination={}",
        alert.cause().app(),
        alert instanceof Firing ? "firing" : "resolved",
        alert.cause().layer(),
        alert.cause().subject().replaceAll("[\\p{Cc}\\p{Cf}\\p{Zl}\\p{Zp}]", "?"),
        sender.name());
  }

  /** Has the thread end; {@link #close} waits for it. */
  void stop() {
    closing.countDown();
    queue.release();
  }

  /** Delivers what it can within the grace time; the rest stays on disk. */
  @Override
  public void close() {
    stop();
    boolean ended = false;
    try {
      ended = thread.join(grace);
      if (!ended) {
        thread.interrupt();
        ended = thread.join(grace);
      }
    } catch (InterruptedException e) {
      thread.interrupt();
      Thread.currentThread().interrupt();
    }
    sender.close();
    if (!ended) {
      LOG.warn("destination={} action=close reason=\"its thread did not end\"", sender.name());
    }
    queue.close();
  }
}
