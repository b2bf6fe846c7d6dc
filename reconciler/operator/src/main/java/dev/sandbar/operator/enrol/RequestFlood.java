package dev.sandbar.operator.enrol;

import dev.sandbar.core.enrol.DeviceUser;
import dev.sandbar.core.report.Reason;
import dev.sandbar.operator.publish.ObjectFields;
import dev.sandbar.operator.report.EventRecorder;
import dev.sandbar.operator.report.EventRecorder.Severity;
import dev.sandbar.operator.report.EventRecorder.Subject;
import io.fabric8.kubernetes.api.model.certificates.v1.CertificateSigningRequest;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongSupplier;

/**
 * Names those who ask for certificates without end, or with requests that are far too large: the
 * user of a request is what the API server says it is. In a metric every time, in an event and a
 * line of the log once in ten minutes.
 */
final class RequestFlood {
  /** Requests of one user in ten minutes; a device needs one, and a token one for each device. */
  static final int MOST = 500;

  /** Characters of a request; one of a device has 700. */
  static final int LARGE = 64 << 10;

  private static final String METRIC = "sandbar.enrol.floods";
  private static final String TOKEN = "system:bootstrap:";
  private static final Duration WINDOW = Duration.ofMinutes(10);
  private static final int MOST_USERS = 1_000;
  private static final int MOST_NAMED = 50;
  private static final int LONGEST = 253;

  private final EventRecorder events;
  private final MeterRegistry registry;
  private final LongSupplier nanos;
  private final Map<String, Window> windows =
      new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Window> eldest) {
          return size() > MOST_USERS;
        }
      };

  private final Set<String> named = new HashSet<>();

  private record Window(long began, int requests, boolean named) {}

  RequestFlood(EventRecorder events, MeterRegistry registry, LongSupplier nanos) {
    this.events = events;
    this.registry = registry;
    this.nanos = nanos;
  }

  /** A request was seen for the first time. */
  synchronized void seen(CertificateSigningRequest request) {
    var spec = request.getSpec();
    String text = ObjectFields.text(spec.getUsername());
    String user = text.length() > LONGEST ? text.substring(0, LONGEST) : text;
    long now = nanos.getAsLong();
    Window window =
        Optional.ofNullable(windows.get(user))
            .filter(it -> now - it.began() <= WINDOW.toNanos())
            .orElseGet(() -> new Window(now, 0, false));
    int requests = window.requests() + 1;
    boolean large = ObjectFields.text(spec.getRequest()).length() > LARGE;
    boolean culprit = large || requests > MOST;
    windows.put(user, new Window(window.began(), requests, window.named() || culprit));
    if (culprit) {
      Reason reason = large ? Reason.REQUEST_TOO_LARGE : Reason.TOO_MANY_REQUESTS;
      count(user, reason);
      if (!window.named()) {
        events.tell(
            subject(user),
            Severity.WARNING,
            reason,
            large
                ? "a request for a certificate is larger than " + LARGE + " characters"
                : "more than " + MOST + " requests for certificates in ten minutes");
      }
    }
  }

  private void count(String user, Reason reason) {
    boolean known = named.contains(user) || (named.size() < MOST_NAMED && named.add(user));
    registry.counter(METRIC, "user", known ? user : "others", "reason", reason.text()).increment();
  }

  /** A device, the Secret of a token, or whoever it is by its name. */
  private static Subject subject(String user) {
    Optional<DeviceUser> device = DeviceUser.of(user);
    if (device.isPresent()) {
      return new Subject("Device", device.get().namespace(), device.get().name(), "");
    }
    return user.startsWith(TOKEN)
        ? new Subject(
            "Secret", "kube-system", "bootstrap-token-" + user.substring(TOKEN.length()), "")
        : new Subject("User", "default", user.replaceAll("[^A-Za-z0-9.-]", "-"), "");
  }
}
