package dev.sandbar.operator.report;

import dev.sandbar.core.model.SafeText;
import dev.sandbar.core.report.Condition;
import dev.sandbar.core.report.Reason;
import dev.sandbar.operator.publish.ApiFailure;
import dev.sandbar.operator.publish.Writes;
import dev.sandbar.report.OneLine;
import io.fabric8.kubernetes.api.model.Event;
import io.fabric8.kubernetes.api.model.EventBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes the events of the operator and sends them.
 *
 * <ul>
 *   <li>{@link #tell} is for transitions: sent in the background, at most {@value #PER_SECOND} a
 *       second. Beyond that they are dropped and counted, since a storm of events helps nobody and
 *       costs the API server as much as work does.
 *   <li>{@link #distinct} is for one reconciler that finds the same again and again: the same event
 *       is not repeated for five minutes. Sent by the caller's own thread, which is what limits
 *       them, and so none is dropped.
 * </ul>
 *
 * <p>An event that cannot be written is in the log, and the status says the same.
 */
public final class EventRecorder implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(EventRecorder.class);
  private static final int PER_SECOND = 10;
  private static final int WAITING = 100;
  private static final int LONGEST = 1_000;
  private static final Duration SAME = Duration.ofMinutes(5);
  private static final int REMEMBERED = 500;

  private final Writes writes;
  private final Clock clock;
  private final String instance;
  private final BlockingQueue<Event> queue = new ArrayBlockingQueue<>(WAITING);
  private final AtomicInteger dropped = new AtomicInteger();
  private final Thread thread;
  private volatile boolean closed;

  /** Whether something is wrong or is well. */
  public enum Severity {
    NORMAL("Normal"),
    WARNING("Warning");

    private final String text;

    Severity(String text) {
      this.text = text;
    }
  }

  /** What an event is about. */
  public record Subject(String kind, String namespace, String name, String uid) {
    String apiVersion() {
      return kind.equals("Secret") || kind.equals("User") ? "v1" : "sandbar.dev/v1alpha1";
    }
  }

  /**
   * Starts.
   *
   * @param instance name of this process
   */
  public EventRecorder(KubernetesClient client, Clock clock, String instance) {
    this.writes = new Writes(client);
    this.clock = clock;
    this.instance = instance;
    this.thread = Thread.ofVirtual().name("events").start(this::run);
  }

  /** Records, later and if there is room for it. */
  public void tell(Subject subject, Severity severity, Reason reason, String message) {
    tell(subject, severity, reason.text(), message);
  }

  /** Records what a condition says, in the words of a device if these are passed on. */
  public void tell(Subject subject, Severity severity, Condition condition) {
    tell(subject, severity, condition.reason(), condition.message());
  }

  private void tell(Subject subject, Severity severity, String reason, String message) {
    String shown = shown(message);
    log(subject, reason, shown);
    if (!queue.offer(event(subject, severity, reason, shown))) {
      dropped.incrementAndGet();
    }
  }

  /** A memory of its own of what it has sent. */
  public Distinct distinct() {
    return new Distinct();
  }

  /** Events that are not repeated for five minutes. Used by one thread. */
  public final class Distinct {
    private final Map<Sent, Instant> sent = new HashMap<>();

    private record Sent(Subject subject, Reason reason, String message) {}

    private Distinct() {}

    /** Records now, unless the same was recorded a short time ago. */
    public void tell(Subject subject, Severity severity, Reason reason, String message) {
      String shown = shown(message);
      log(subject, reason.text(), shown);
      if (isNews(new Sent(subject, reason, shown))) {
        send(event(subject, severity, reason.text(), shown));
      }
    }

    private boolean isNews(Sent event) {
      Instant now = clock.instant();
      if (now.isBefore(sent.getOrDefault(event, Instant.MIN).plus(SAME))) {
        return false;
      }
      if (sent.size() >= REMEMBERED) {
        sent.clear();
      }
      sent.put(event, now);
      return true;
    }
  }

  private static String shown(String message) {
    return message.length() <= LONGEST ? message : SafeText.cut(message, LONGEST) + "...";
  }

  private static void log(Subject subject, String reason, String message) {
    LOG.info(
        "{}={}/{} event={} message={}",
        subject.kind().toLowerCase(Locale.ROOT),
        subject.namespace(),
        subject.name(),
        reason,
        message);
  }

  private Event event(Subject subject, Severity severity, String reason, String message) {
    String now = StatusText.time(clock.instant());
    return new EventBuilder()
        .withNewMetadata()
        .withNamespace(subject.namespace())
        .withGenerateName(subject.name() + "-")
        .endMetadata()
        .withNewInvolvedObject()
        .withApiVersion(subject.apiVersion())
        .withKind(subject.kind())
        .withNamespace(subject.namespace())
        .withName(subject.name())
        .withUid(subject.uid())
        .endInvolvedObject()
        .withType(severity.text)
        .withReason(reason)
        .withMessage(message)
        .withFirstTimestamp(now)
        .withLastTimestamp(now)
        .withCount(1)
        .withNewSource()
        .withComponent("sandbar-operator")
        .endSource()
        .withReportingComponent("sandbar.dev/operator")
        .withReportingInstance(instance)
        .withAdditionalProperties(Map.of())
        .build();
  }

  private void run() {
    while (!closed) {
      try {
        Event event = queue.take();
        send(event);
        int lost = dropped.getAndSet(0);
        if (lost > 0) {
          LOG.warn("events={} action=drop reason=more than {} a second", lost, PER_SECOND);
        }
        Thread.sleep(Duration.ofMillis(1_000 / PER_SECOND));
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      }
    }
  }

  private void send(Event event) {
    try {
      var _ = writes.create(event);
    } catch (RuntimeException e) {
      if (e instanceof KubernetesClientException answer && ApiFailure.isOfEndingNamespace(answer)) {
        // With it goes all that the event is about, and all who would read it.
        return;
      }
      var about = event.getInvolvedObject();
      LOG.warn(
          "{}={}/{} event={} failed={}",
          about.getKind().toLowerCase(Locale.ROOT),
          about.getNamespace(),
          about.getName(),
          event.getReason(),
          OneLine.of(e));
    }
  }

  @Override
  public void close() {
    closed = true;
    thread.interrupt();
  }
}
