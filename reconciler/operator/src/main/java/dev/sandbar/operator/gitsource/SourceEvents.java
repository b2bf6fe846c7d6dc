package dev.sandbar.operator.gitsource;

import dev.sandbar.core.report.Reason;
import io.fabric8.kubernetes.api.model.Event;
import io.fabric8.kubernetes.api.model.EventBuilder;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Events about one GitSource, one request each. The same event again within five minutes is not
 * written. An event that cannot be written is only logged: the status says the same. Used by one
 * thread.
 */
final class SourceEvents {
  private static final Logger LOG = LoggerFactory.getLogger(SourceEvents.class);
  private static final Duration SAME = Duration.ofMinutes(5);
  private static final int LONGEST = 1000;
  private static final int REMEMBERED = 500;

  /** Kind of an event, as in {@code core/v1}. */
  enum Type {
    NORMAL("Normal"),
    WARNING("Warning");

    private final String text;

    Type(String text) {
      this.text = text;
    }
  }

  private final KubernetesClient client;
  private final Clock clock;
  private final Map<String, Instant> written = new HashMap<>();

  SourceEvents(KubernetesClient client, Clock clock) {
    this.client = client;
    this.clock = clock;
  }

  void write(GenericKubernetesResource source, Type type, Reason reason, String message) {
    String namespace = source.getMetadata().getNamespace();
    String name = source.getMetadata().getName();
    Instant now = clock.instant();
    String shown = message.length() <= LONGEST ? message : message.substring(0, LONGEST) + "...";
    LOG.info("source={}/{} event={} message={}", namespace, name, reason.text(), shown);
    Instant last = written.get(reason + shown);
    if (last != null && now.isBefore(last.plus(SAME))) {
      return;
    }
    if (written.size() >= REMEMBERED) {
      written.clear();
    }
    written.put(reason + shown, now);
    try {
      client
          .v1()
          .events()
          .inNamespace(namespace)
          .resource(event(source, type, reason, shown, now))
          .create();
    } catch (KubernetesClientException e) {
      LOG.warn("source={}/{} action=event code={} not written", namespace, name, e.getCode());
    }
  }

  private static Event event(
      GenericKubernetesResource source, Type type, Reason reason, String message, Instant now) {
    String time = now.truncatedTo(ChronoUnit.SECONDS).toString();
    return new EventBuilder()
        .withNewMetadata()
        .withGenerateName(source.getMetadata().getName() + ".")
        .withNamespace(source.getMetadata().getNamespace())
        .endMetadata()
        .withNewInvolvedObject()
        .withApiVersion(source.getApiVersion())
        .withKind(source.getKind())
        .withNamespace(source.getMetadata().getNamespace())
        .withName(source.getMetadata().getName())
        .withUid(source.getMetadata().getUid())
        .endInvolvedObject()
        .withType(type.text)
        .withReason(reason.text())
        .withMessage(message)
        .withFirstTimestamp(time)
        .withLastTimestamp(time)
        .withCount(1)
        .withNewSource()
        .withComponent("sandbar-operator")
        .endSource()
        .withReportingComponent("sandbar-operator")
        .build();
  }
}
