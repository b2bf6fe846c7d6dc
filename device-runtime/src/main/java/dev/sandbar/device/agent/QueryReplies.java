package dev.sandbar.device.agent;

import dev.sandbar.core.bundle.QueryContract;
import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.DeviceSettings;
import dev.sandbar.core.model.Node;
import dev.sandbar.device.query.Answer;
import dev.sandbar.device.query.Question;
import dev.sandbar.device.query.Reply;
import dev.sandbar.device.store.LockFile;
import dev.sandbar.device.store.UnitDirectories;
import dev.sandbar.device.systemd.JournalReader;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * What this device answers. Only what its owner allows, and only of apps whose unit Sandbar wrote:
 * the journal of anything else on the device is nobody's business.
 */
final class QueryReplies {
  /** After which journalctl is ended. */
  private static final Duration LIMIT = Duration.ofSeconds(5);

  private final boolean allowed;
  private final UnitDirectories units;
  private final JournalReader journal;
  private final Path events;

  private QueryReplies(boolean allowed, UnitDirectories units, JournalReader journal, Path events) {
    this.allowed = allowed;
    this.units = units;
    this.journal = journal;
    this.events = events;
  }

  static QueryReplies of(AgentOptions options) {
    return new QueryReplies(
        options.settings().fleet().logs(),
        new UnitDirectories(options.root()),
        new JournalReader(options.reach()),
        options.root().resolve(LockFile.DIRECTORY.substring(1)).resolve(EventLog.FILE));
  }

  /** Answers, or says why not. */
  Reply to(Question question) {
    if (!allowed) {
      return new Reply.Refused(
          QueryContract.Refusal.DENIED,
          "the owner of this device does not allow it: fleet.logs is Deny; to allow it, write"
              + " logs: Allow under fleet: in "
              + DeviceSettings.PATH
              + " on the device and restart its agent");
    }
    return switch (question) {
      case Question.Logs(var app, var _, var _) when !isHere(app) -> unknown(app.value());
      case Question.Logs logs -> logs(logs);
      case Question.Events(var app) -> events(app);
    };
  }

  private boolean isHere(AppName app) {
    return units.apps().contains(units.units().of(app));
  }

  private static Reply unknown(String app) {
    return new Reply.Refused(
        QueryContract.Refusal.UNKNOWN_APP, "the device has no app " + app + " from Sandbar");
  }

  private Reply logs(Question.Logs wanted) {
    var query =
        new JournalReader.Query(
            units.units().of(wanted.app()), wanted.lines(), wanted.since(), false);
    try {
      JournalReader.Tail tail = journal.tail(query, QueryContract.MAX_PLAIN, LIMIT);
      return new Reply.Answered(Answer.ofText(tail.cut(), tail.text()));
    } catch (IOException e) {
      return unavailable("the journal cannot be read: " + e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return unavailable("the agent is ending");
    }
  }

  private Reply events(String app) {
    try {
      List<Node> items = EventLog.read(events, app);
      return items.isEmpty() && !app.isEmpty() && !isHere(new AppName(app))
          ? unknown(app)
          : new Reply.Answered(Answer.ofItems(items));
    } catch (IOException e) {
      return unavailable("the record of events cannot be read");
    }
  }

  private static Reply unavailable(String message) {
    return new Reply.Refused(QueryContract.Refusal.UNAVAILABLE, message);
  }
}
