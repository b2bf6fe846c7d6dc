package dev.sandbar.device.broker;

import dev.sandbar.core.compile.BrokerSocket;
import dev.sandbar.core.model.UnitName;
import dev.sandbar.device.systemd.JournalReader;
import java.io.IOException;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Reads for apps what services have written to the journal, as much as one answer holds. */
final class LogReads {
  private static final Logger LOG = LoggerFactory.getLogger(LogReads.class);

  private static final int MOST_LINES = 1000;

  /** Bytes, which every kernel takes at once. */
  private static final int MOST = 32 * 1024;

  /** For a journal on a slow disk. */
  private static final Duration LIMIT = Duration.ofSeconds(5);

  private final JournalReader journal;

  LogReads(JournalReader journal) {
    this.journal = journal;
  }

  /**
   * Reads what a request asks for.
   *
   * @param socket of the app, with what it may read
   * @param body the name of a service, and perhaps after a blank since when
   */
  BrokerReply run(BrokerSocket socket, String body) {
    int blank = body.indexOf(' ');
    String name = blank < 0 ? body : body.substring(0, blank);
    Optional<UnitName> unit =
        socket.logs().stream().filter(it -> it.value().equals(name)).findFirst();
    if (unit.isEmpty()) {
      return new BrokerReply(
          403, "permissions.readLogs of app %s does not list this service".formatted(socket.app()));
    }
    Instant since;
    try {
      since = blank < 0 ? Instant.EPOCH : Instant.parse(body.substring(blank + 1));
    } catch (DateTimeException e) {
      return new BrokerReply(
          422, "what is behind the service is not a time such as 2026-01-31T12:00:00Z");
    }
    return read(socket, new JournalReader.Written(unit.get(), MOST_LINES, since));
  }

  private BrokerReply read(BrokerSocket socket, JournalReader.Written written) {
    try {
      String text = journal.tail(written, MOST, LIMIT).whole();
      return BrokerReply.of(text, "%d lines of %s".formatted(text.lines().count(), written.unit()));
    } catch (IOException e) {
      LOG.warn("app={} action=broker verb=readLogs {}", socket.app(), e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return new BrokerReply(503, "the journal cannot be read now: try again later");
  }
}
