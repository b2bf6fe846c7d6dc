package dev.sandbar.device.query;

import dev.sandbar.core.bind.NodeBinder;
import dev.sandbar.core.bundle.QueryContract;
import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.Node;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Map;
import java.util.Optional;

/** What is asked of a device. */
public sealed interface Question {
  /**
   * The newest lines of the journal of an app.
   *
   * @param lines from 1 to {@link QueryContract#MAX_LINES}
   * @param since nothing older; {@link Instant#EPOCH} for no limit
   */
  record Logs(AppName app, int lines, Instant since) implements Question {}

  /**
   * What the agent has recorded.
   *
   * @param app name of the app; empty for all
   */
  record Events(String app) implements Question {}

  /**
   * Reads the spec of a query, which anybody may have written.
   *
   * @return empty if it cannot be read
   */
  static Optional<Question> read(Node spec) {
    Map<String, Node> fields = spec.fields();
    Optional<Node> logs = Optional.ofNullable(fields.get("logs"));
    Optional<Node> events = Optional.ofNullable(fields.get("events"));
    if (logs.isPresent() == events.isPresent()) {
      return Optional.empty();
    }
    return logs.isPresent() ? logs.flatMap(Question::logs) : events.flatMap(Question::events);
  }

  /** As in the spec. */
  record LogsFields(String app, int lines, String since) {}

  private static Optional<Question> logs(Node node) {
    LogsFields wanted = NodeBinder.readLenient(LogsFields.class, node);
    boolean sound =
        AppName.isValid(wanted.app())
            && wanted.lines() >= 1
            && wanted.lines() <= QueryContract.MAX_LINES;
    return sound
        ? since(wanted.since()).map(at -> new Logs(new AppName(wanted.app()), wanted.lines(), at))
        : Optional.empty();
  }

  private static Optional<Question> events(Node node) {
    Node none = Node.text("");
    String app =
        node.fields().getOrDefault("app", none) instanceof Node.Scalar(_, _, var text) ? text : "-";
    return app.isEmpty() || AppName.isValid(app) ? Optional.of(new Events(app)) : Optional.empty();
  }

  private static Optional<Instant> since(String text) {
    if (text.isEmpty()) {
      return Optional.of(Instant.EPOCH);
    }
    try {
      Instant at = OffsetDateTime.parse(text).toInstant();
      // journalctl takes no time before it.
      return Optional.of(at.isBefore(Instant.EPOCH) ? Instant.EPOCH : at);
    } catch (DateTimeException _) {
      return Optional.empty();
    }
  }
}
