package dev.sandbar.e2e;

import dev.sandbar.core.model.Node;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** What the agent of a device says of its work. */
interface ReportedStatus {

  /** What the agent last wrote, as {@code sandbar status} reads it. */
  Node status() throws IOException;

  /** What it said of an app; empty if nothing. */
  default Node app(String app) throws IOException {
    for (Node item : Texts.items(status(), "apps")) {
      if (Texts.at(item, "name").equals(app)) {
        return item;
      }
    }
    return Node.mapping(List.of());
  }

  private Node conditionOf(String app, String type) throws IOException {
    for (Node condition : Texts.items(app(app), "conditions")) {
      if (Texts.at(condition, "type").equals(type)) {
        return condition;
      }
    }
    return Node.mapping(List.of());
  }

  /** The status of an app's condition; "absent" if there is none. */
  default String condition(String app, String type) throws IOException {
    String status = Texts.at(conditionOf(app, type), "status");
    return status.isEmpty() ? "absent" : status;
  }

  /** The reason and the message of an app's condition. */
  default String why(String app, String type) throws IOException {
    Node condition = conditionOf(app, type);
    return Texts.at(condition, "reason") + ": " + Texts.at(condition, "message");
  }

  /** Whether the API server answered the last time it was asked. */
  default boolean connected() throws IOException {
    return Texts.at(source(), "connected").equals("true");
  }

  /** What was wrong with the source the last time it was asked; empty if nothing. */
  default String sourceProblem() throws IOException {
    return Texts.at(source(), "problem");
  }

  /** The revision that was read last. */
  default String revision() throws IOException {
    return Texts.at(source(), "revision");
  }

  private Node source() throws IOException {
    Node source = status().fields().get("source");
    return source == null ? Node.mapping(List.of()) : source;
  }

  /** One drift as reported, in one line: {@code LAYER subject: observed, declared declared}. */
  default List<String> drifts(String app) throws IOException {
    var drifts = new ArrayList<String>();
    for (Node drift : Texts.items(app(app), "drift")) {
      drifts.add(
          "%s %s: %s, declared %s"
              .formatted(
                  Texts.at(drift, "layer"),
                  Texts.at(drift, "subject"),
                  Texts.at(drift, "observed"),
                  Texts.at(drift, "declared")));
    }
    return drifts;
  }

  /** What was wrong with the source, a line each. */
  default List<String> problems() throws IOException {
    var problems = new ArrayList<String>();
    for (Node problem : Texts.items(status(), "problems")) {
      problems.add(
          Texts.at(problem, "at")
              + ": "
              + Texts.at(problem, "severity")
              + ": "
              + Texts.at(problem, "message")
              + " ("
              + Texts.at(problem, "help")
              + ")");
    }
    return problems;
  }
}
