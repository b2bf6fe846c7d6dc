package dev.sandbar.core.report;

import dev.sandbar.core.model.AppName;
import java.time.Instant;
import java.util.Collections;
import java.util.Locale;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Something that is reported while it lasts.
 *
 * @param reason {@link Reason#DRIFT_DETECTED} or {@link Reason#FIGHT_DETECTED}
 * @param declared for people, never a secret
 * @param observed for people, never a secret
 * @param since when it began
 * @param toldAt when it was last sent, so that receivers that forget can be reminded
 */
public record Alert(
    AppName app,
    DriftKey key,
    Reason reason,
    String declared,
    String observed,
    Instant since,
    Instant toldAt) {

  /** What makes it the same alert from beginning to end. */
  public record Identity(AppName app, DriftKey key, Reason reason) implements Comparable<Identity> {
    @Override
    public int compareTo(Identity other) {
      int byApp = app.compareTo(other.app);
      int byKey = byApp != 0 ? byApp : key.compareTo(other.key);
      return byKey != 0 ? byKey : reason.compareTo(other.reason);
    }
  }

  /** What makes it the same alert. */
  public Identity identity() {
    return new Identity(app, key, reason);
  }

  /** Labels for Alertmanager: they never change while the alert lasts, and hold no values. */
  public SortedMap<String, String> labels() {
    var labels = new TreeMap<String, String>();
    labels.put("alertname", "Sandbar" + reason.text());
    labels.put("reason", reason.text());
    labels.put("kind", "AppSandbox");
    labels.put("name", app.value());
    labels.put("unit", key.unit().value());
    labels.put("layer", key.layer().name().toLowerCase(Locale.ROOT));
    labels.put("subject", key.subject());
    return Collections.unmodifiableSortedMap(labels);
  }

  Alert toldAgain(Instant now) {
    return new Alert(app, key, reason, declared, observed, since, now);
  }
}
