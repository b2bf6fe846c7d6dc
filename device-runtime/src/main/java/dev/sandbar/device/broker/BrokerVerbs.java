package dev.sandbar.device.broker;

import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.BrokeredVerb;
import dev.sandbar.device.store.StateStore;
import dev.sandbar.device.systemd.DeviceActions;
import dev.sandbar.device.systemd.SystemdException;
import java.io.IOException;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Does the verbs, and puts back what an app has changed when it may no longer. For one thread. */
final class BrokerVerbs {
  private static final Logger LOG = LoggerFactory.getLogger(BrokerVerbs.class);

  /** An app that wants a restart whenever it starts must leave time to take that from it. */
  static final Duration BETWEEN_RESTARTS = Duration.ofMinutes(10);

  /** Labels as RFC 1123 has them, in lower case; as long as hostname(7) allows. */
  private static final Pattern NAME =
      Pattern.compile(
          "(?=.{1,64}$)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?([.][a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*+");

  private static final String LOCALHOST = "localhost";

  /** What a clock without a battery never shows, and what no certificate outlives. */
  private static final Instant EARLIEST = Instant.parse("2020-01-01T00:00:00Z");

  private static final Instant LATEST = Instant.parse("2100-01-01T00:00:00Z");

  private final StateStore store;
  private final DeviceActions device;
  private final LongSupplier nanoTime;
  private final long begun;
  private @Nullable BrokerState loaded;
  private long restartFrom;
  private boolean restartWaits;

  /**
   * @param nanoTime as {@link System#nanoTime}
   */
  BrokerVerbs(StateStore store, DeviceActions device, LongSupplier nanoTime) {
    this.store = store;
    this.device = device;
    this.nanoTime = nanoTime;
    this.begun = nanoTime.getAsLong();
  }

  /** Does what a request asks for, of an app that may ask for it. */
  BrokerReply run(AppName app, BrokeredVerb verb, String body) {
    try {
      return switch (verb) {
        case REBOOT -> restart(app, body);
        case HOSTNAME -> rename(app, body);
        case CLOCK -> setClock(body);
        // Elsewhere, so that nothing waits for a slow disk.
        case READ_LOGS -> throw new IllegalArgumentException(verb.word());
      };
    } catch (SystemdException e) {
      LOG.warn("app={} action=broker verb={} {}", app, verb.word(), e.getMessage());
      return switch (e.kind()) {
        case UNAVAILABLE -> new BrokerReply(503, "the device does not answer: try again later");
        case ACCESS_DENIED, NO_SUCH_UNIT -> new BrokerReply(502, "the device refuses");
        case REFUSED -> new BrokerReply(409, String.valueOf(e.getMessage()));
      };
    } catch (IOException e) {
      LOG.warn("app={} action=broker verb={} not on disk: {}", app, verb.word(), e.getMessage());
      return new BrokerReply(503, "the disk of the device fails: try again later");
    }
  }

  private BrokerReply restart(AppName app, String body) throws IOException {
    if (!body.isEmpty()) {
      return new BrokerReply(422, "reboot takes no body");
    }
    BrokerState state = state();
    long now = nanoTime.getAsLong();
    if (!restartWaits && state.restarted()) {
      restartWaits = true;
      restartFrom = begun + BETWEEN_RESTARTS.toNanos();
    }
    if (restartWaits && restartFrom - now > 0) {
      return new BrokerReply(
          429,
          "apps restart the device at most once in %d minutes"
              .formatted(BETWEEN_RESTARTS.toMinutes()),
          Duration.ofNanos(restartFrom - now));
    }
    state.restart();
    restartWaits = true;
    restartFrom = now + BETWEEN_RESTARTS.toNanos();
    LOG.warn("app={} action=restart-device", app);
    device.restart();
    return new BrokerReply(202, "the device restarts");
  }

  private BrokerReply rename(AppName app, String name) throws IOException {
    if (!NAME.matcher(name).matches() || name.equals(LOCALHOST)) {
      return new BrokerReply(
          422, "the body is not a host name: at most 64 of a-z, 0-9, '-' and '.'");
    }
    BrokerState state = state();
    String current = device.hostName();
    if (!name.equals(current)) {
      state.names(state.names().set(app, current, name));
      device.rename(name);
    }
    return new BrokerReply(200, "the device is " + name);
  }

  private BrokerReply setClock(String text) {
    Instant time;
    try {
      time = Instant.parse(text);
    } catch (DateTimeException e) {
      return new BrokerReply(422, "the body is not a time such as 2026-01-31T12:00:00Z");
    }
    if (time.isBefore(EARLIEST) || !time.isBefore(LATEST)) {
      return new BrokerReply(422, "the time is not from %s to %s".formatted(EARLIEST, LATEST));
    }
    device.setClock(time);
    return new BrokerReply(200, "the clock is set to " + time);
  }

  /**
   * Puts back what apps have changed that may no longer do so. What cannot be put back now is tried
   * again with the next call.
   *
   * @param keeps apps whose changes stay
   * @return whether nothing is left to be put back
   */
  boolean putBack(Predicate<AppName> keeps) {
    try {
      BrokerState state = state();
      List<AppName> gone = state.names().apps().stream().filter(keeps.negate()).toList();
      // The last one first: what was before it is what the one before has asked for.
      for (AppName app : gone.reversed()) {
        Optional<String> before = state.names().restored(app, device.hostName());
        if (before.isPresent()) {
          device.rename(before.get());
          LOG.info("app={} action=put-back hostname={}", app, before.get());
        }
        state.names(state.names().without(app));
      }
      return true;
    } catch (SystemdException | IOException e) {
      LOG.warn("action=put-back hostname not now: {}", e.getMessage());
      return false;
    }
  }

  private BrokerState state() throws IOException {
    BrokerState state = loaded;
    if (state == null) {
      state = new BrokerState(store);
      loaded = state;
    }
    return state;
  }
}
