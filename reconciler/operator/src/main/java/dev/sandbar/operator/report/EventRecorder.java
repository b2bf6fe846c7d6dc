package dev.sandbar.operator.report;

import dev.sandbar.report.OneLine;
import io.fabric8.kubernetes.api.model.Event;
import io.fabric8.kubernetes.api.model.EventBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.time.Clock;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Records what begins and ends, as events of the cluster. Called on transitions alone; beyond
 * {@value #PER_SECOND} a second they are dropped and counted, since a storm of events helps nobody
 * and costs the API server as much as work does.
 */
public final class EventRecorder implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(EventRecorder.class);
  private static final int PER_SECOND = 10;
  private static final int WAITING = 100;
  private static final int LONGEST = 1_000;

  private final KubernetesClient client;
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
    this.client = client;
    this.clock = clock;
    this.instance = instance;
    this.thread = Thread.ofVirtual().name("events").start(this::run);
  }

  /** Records, later and if there is room for it. */
  public void tell(Subject subject, Severity severity, String reason, String message) {
    LOG.info(
        "{}={}/{} event={} message={}",
        subject.kind().toLowerCase(java.util.Locale.ROOT),
        subject.namespace(),
        subject.name(),
        reason,
        message);
    if (!queue.offer(event(subject, severity, reason, message))) {
      dropped.incrementAndGet();
    }
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
        .withMessage(message.length() > LONGEST ? message.substring(0, LONGEST) : message)
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
      client.v1().events().inNamespace(event.getMetadata().getNamespace()).resource(event).create();
    } catch (RuntimeException e) {
      // An event that cannot be written is in the log, and the status says the same.
      LOG.warn("event={} failed={}", event.getReason(), OneLine.of(e));
    }
  }

  @Override
  public void close() {
    closed = true;
    thread.interrupt();
  }
}
