package dev.sandbar.device.agent;

import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.Node;
import dev.sandbar.device.agent.Suspensions.Suspended;
import dev.sandbar.device.broker.Broker;
import dev.sandbar.device.broker.BrokerSink;
import dev.sandbar.device.report.AgentMetrics;
import dev.sandbar.device.report.AlertDestinations;
import dev.sandbar.device.report.AlertDispatcher;
import dev.sandbar.device.report.AlertSender;
import dev.sandbar.device.store.DurableFiles;
import dev.sandbar.device.store.LockFile;
import dev.sandbar.device.store.StateStore;
import dev.sandbar.device.store.TreeRemoval;
import dev.sandbar.device.systemd.JournalReader;
import dev.sandbar.report.Endpoints;
import dev.sandbar.source.text.JsonWriter;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.concurrent.ThreadLocalRandom;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where the agent reports: status file, alerts, metrics. Holds the lock that keeps a second agent
 * away.
 */
final class Outlets implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Outlets.class);
  static final String LOCK = "agent.lock";
  private static final String FORMER_QUEUES = "var/lib/sandbar/alerts";

  private final LockFile lock;
  private final Path status;
  private final DurableFiles files = new DurableFiles();
  private final AgentMetrics metrics;
  private final List<AlertDispatcher> alerts;
  private final List<Endpoints> servers = new ArrayList<>();
  private final DriftReporter signals;
  private final EventLog events;
  private final BrokerGrants broker;
  private volatile Runnable asked = () -> {};
  private Written written = new Written("", "");
  private volatile boolean ready;

  private Outlets(
      AgentOptions options,
      LockFile lock,
      Path status,
      String device,
      List<AlertDispatcher> alerts) {
    this.lock = lock;
    this.status = status;
    this.alerts = alerts;
    this.metrics =
        options.settings().metricsPort() > 0 ? new AgentMetrics() : AgentMetrics.unserved();
    this.signals = new DriftReporter(device, metrics, alerts);
    this.events = new EventLog(status.resolveSibling(EventLog.FILE), Clock.systemUTC());
    alerts.forEach(metrics::watch);
    this.broker =
        new BrokerGrants(
            Broker.of(
                options.root(),
                options.busAddress(),
                new StateStore(options.root()),
                new JournalReader(options.reach()),
                this::answered));
  }

  static Outlets open(AgentOptions options) throws IOException {
    LockFile lock =
        LockFile.tryTake(options.root(), LOCK)
            .orElseThrow(
                () ->
                    new IOException(
                        "another agent runs on this device (it holds %s/%s)"
                            .formatted(LockFile.DIRECTORY, LOCK)));
    Path run = options.root().resolve(LockFile.DIRECTORY.substring(1));
    try {
      var outlets =
          new Outlets(
              options,
              lock,
              run.resolve("status.json"),
              hostName(options.root()),
              dispatchers(options));
      int port = options.settings().metricsPort();
      if (port > 0) {
        outlets.servers.add(
            Endpoints.start(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), port),
                false,
                outlets.metrics::scrape,
                () -> "",
                () -> outlets.ready ? "" : "no round has been made yet"));
      }
      return outlets;
    } catch (IOException | RuntimeException e) {
      lock.close();
      throw e;
    }
  }

  private static String hostName(Path root) {
    try {
      return Files.readString(root.resolve("proc/sys/kernel/hostname")).strip();
    } catch (IOException e) {
      return "unnamed";
    }
  }

  /** A device whose alerts cannot be sent still runs its apps. */
  private static List<AlertDispatcher> dispatchers(AgentOptions options) {
    return switch (AlertDestinations.read(options.settings().alerts(), InstantSource.system())) {
      case AlertDestinations.Reading.Invalid(var problems) -> {
        problems.forEach(problem -> LOG.error("action=alerts {}", problem));
        yield List.of();
      }
      case AlertDestinations.Reading.Usable(var senders) -> dispatcher(options.root(), senders);
    };
  }

  private static List<AlertDispatcher> dispatcher(Path root, List<AlertSender> senders) {
    try {
      if (TreeRemoval.remove(root.resolve(FORMER_QUEUES))) {
        LOG.warn(
            "action=drop-former-alert-queues directory=/{}"
                + " reason=\"not read any more; drift that still holds fires again\"",
            FORMER_QUEUES);
      }
      var settings =
          AlertDispatcher.Settings.standard(
              InstantSource.system(), bound -> ThreadLocalRandom.current().nextLong(bound));
      return List.of(AlertDispatcher.open(new StateStore(root), senders, settings));
    } catch (IOException e) {
      LOG.error("action=alerts no alerts are sent: {}", e.getMessage());
      return List.of();
    }
  }

  DriftReporter signals() {
    return signals;
  }

  AgentMetrics metrics() {
    return metrics;
  }

  BrokerGrants broker() {
    return broker;
  }

  /** What is run, on any thread, when the agent has done something that an app has asked for. */
  void asked(Runnable then) {
    asked = then;
  }

  private void answered(
      AppName app, BrokerSink.About about, BrokerSink.Result result, String message) {
    metrics.brokered(about, result);
    // What was read is in the metrics and in the agent's journal; it changes nothing.
    boolean isRead =
        about instanceof BrokerSink.About.Verb(var read)
            && read.isRead()
            && result == BrokerSink.Result.SUCCESS;
    if (!isRead && about instanceof BrokerSink.About.Verb(var verb)) {
      events.asked(app, verb, result, message);
      if (result == BrokerSink.Result.SUCCESS) {
        asked.run();
      }
    }
  }

  void ready(boolean now) {
    ready = now;
  }

  /**
   * Records what has begun and ended since the last report, where {@code sandbar events} reads it.
   */
  void record(SortedMap<AppName, AppReport> reports, Suspended suspended) {
    try {
      events.between(reports, suspended);
    } catch (IOException e) {
      LOG.error("action=events not written: {}", e.getMessage());
    }
  }

  /** A status as text, before and after the times at which it was written. */
  private record Written(String before, String after) {

    static Written of(Node document, Stamp at) {
      String text = JsonWriter.compact(document);
      String time = at.text();
      // The first: what comes before it are constants.
      int begin = text.indexOf(time);
      return new Written(text.substring(0, begin), text.substring(begin + time.length()));
    }

    byte[] at(Stamp time) {
      return (before + time.text() + after).getBytes(StandardCharsets.UTF_8);
    }
  }

  /**
   * Writes the status where {@code sandbar status} looks for it; it is gone after a reboot, as it
   * should be.
   *
   * @param at the time in it
   */
  void write(Node document, Stamp at) {
    written = Written.of(document, at);
    writtenStillHolds(at);
  }

  /** What was written last still holds, at this time. */
  void writtenStillHolds(Stamp now) {
    if (written.before().isEmpty()) {
      return;
    }
    try {
      files.write(status, written.at(now), "rw-r--r--");
    } catch (IOException e) {
      LOG.error("action=status not written: {}", e.getMessage());
    }
  }

  @Override
  public void close() {
    broker.close();
    servers.forEach(Endpoints::close);
    alerts.forEach(AlertDispatcher::close);
    metrics.close();
    try {
      lock.close();
    } catch (IOException e) {
      LOG.debug("action=unlock {}", e.getMessage());
    }
  }
}
