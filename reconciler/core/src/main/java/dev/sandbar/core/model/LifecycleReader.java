package dev.sandbar.core.model;

import dev.sandbar.core.model.Lifecycle.Moment;
import dev.sandbar.core.model.Lifecycle.StartType;
import dev.sandbar.core.window.Maintenance;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.function.BiFunction;
import java.util.stream.Stream;

/** Reads what {@code run:} says of starting and stopping. */
final class LifecycleReader {

  private static final String TYPE = "type";
  private static final String STOP_SIGNAL = "stopSignal";
  private static final String WATCHDOG = "watchdog";
  private static final String AFTER = "after";
  private static final String SCHEDULE = "schedule";
  private static final String TIME_ZONE = "timeZone";
  private static final String JOIN =
      "write at most %d commands; several are one as [/bin/sh, -c, 'FIRST && SECOND']"
          .formatted(SpecBounds.MOST_COMMANDS);

  /** As for maintenance, so that a fleet runs by one clock. */
  private static final ZoneId USUAL_ZONE = Maintenance.NONE.apply().zone();

  private static final SequencedMap<String, StartType> TYPES =
      NodeValidator.words(List.of(StartType.values()), StartType::text);

  private final DocumentDiagnostics findings;
  private final NodeValidator expect;

  LifecycleReader(DocumentDiagnostics findings) {
    this.findings = findings;
    this.expect = new NodeValidator(findings);
  }

  /** The keys that it reads. */
  static List<String> keys() {
    return Stream.concat(
            Stream.of(TYPE, STOP_SIGNAL, WATCHDOG, AFTER, SCHEDULE, TIME_ZONE),
            Stream.of(Moment.values()).map(Moment::text))
        .toList();
  }

  /**
   * @param command reads an absolute path and arguments at a place of the spec
   */
  Lifecycle read(
      Map<String, Node> fields, BiFunction<Node, String, Optional<List<String>>> command) {
    StartType type =
        one(fields, TYPE, (node, path) -> expect.word(node, path, TYPES)).orElse(StartType.EXEC);
    String signal = one(fields, STOP_SIGNAL, this::signal).orElse("");
    String watchdog = one(fields, WATCHDOG, this::watchdog).orElse("");
    if (type != StartType.NOTIFY) {
      Optional.ofNullable(fields.get(WATCHDOG))
          .ifPresent(
              node ->
                  findings.error(
                      Problem.CONFLICT,
                      node.at(),
                      "run.watchdog waits for signs of life, which only a program of type Notify"
                          + " gives",
                      "set run.type: Notify, or remove run.watchdog"));
    }
    var commands = new EnumMap<Moment, List<Lifecycle.Command>>(Moment.class);
    for (Moment moment : Moment.values()) {
      Node node = fields.get(moment.text());
      if (node != null) {
        commands.put(moment, commands(node, "spec.run." + moment.text(), command));
      }
    }
    return new Lifecycle(type, commands, signal, watchdog, after(fields), schedule(fields));
  }

  private RunSchedule schedule(Map<String, Node> fields) {
    var cron = new CronTimesReader(expect);
    Optional<ZoneId> zone = one(fields, TIME_ZONE, cron::zone);
    if (!fields.containsKey(SCHEDULE)) {
      Optional.ofNullable(fields.get(TIME_ZONE))
          .ifPresent(
              node ->
                  findings.error(
                      Problem.CONFLICT,
                      node.at(),
                      "run.timeZone is that of run.schedule, and there is none",
                      "write run.schedule, such as \"0 2 * * *\" for every day at 02:00, or remove"
                          + " run.timeZone"));
    }
    return one(fields, SCHEDULE, cron::times)
        .<RunSchedule>map(times -> new RunSchedule.Times(times, zone.orElse(USUAL_ZONE)))
        .orElseGet(RunSchedule.Always::new);
  }

  private <T> Optional<T> one(
      Map<String, Node> fields, String key, BiFunction<Node, String, Optional<T>> reader) {
    return Optional.ofNullable(fields.get(key))
        .flatMap(node -> reader.apply(node, "spec.run." + key));
  }

  private List<Lifecycle.Command> commands(
      Node node, String path, BiFunction<Node, String, Optional<List<String>>> command) {
    var commands = new ArrayList<Lifecycle.Command>();
    for (Node item : expect.items(node, path, SpecBounds.MOST_COMMANDS, JOIN)) {
      if (item instanceof Node.Sequence(var at, var words)) {
        Optional<Node> program = withoutPrefix(words);
        var plain = new ArrayList<>(words);
        program.ifPresent(it -> plain.set(0, it));
        command
            .apply(new Node.Sequence(at, plain), path)
            .ifPresent(it -> commands.add(new Lifecycle.Command(program.isPresent(), it)));
      } else {
        findings.error(
            Problem.WRONG_TYPE,
            item.at(),
            path + " is a list of commands, each a list of its own",
            "write [[/absolute/path, argument]]");
      }
    }
    return commands;
  }

  /** The path of a command that may fail; empty for one that may not. */
  private static Optional<Node> withoutPrefix(List<Node> words) {
    return !words.isEmpty()
            && words.getFirst() instanceof Node.Scalar(var at, var kind, var text)
            && text.startsWith(Lifecycle.Command.MAY_FAIL)
        ? Optional.of(
            new Node.Scalar(at, kind, text.substring(Lifecycle.Command.MAY_FAIL.length())))
        : Optional.empty();
  }

  private Optional<String> signal(Node node, String path) {
    return matching(
        node,
        path,
        Lifecycle.STOP_SIGNALS,
        "is not a signal that asks a program to stop",
        "write one of SIGTERM, SIGINT, SIGQUIT, SIGHUP, SIGUSR1, SIGUSR2, SIGWINCH");
  }

  private Optional<String> watchdog(Node node, String path) {
    return matching(
        node, path, Lifecycle.TIMES, "is not a time", "write seconds or minutes such as 30s");
  }

  private Optional<String> matching(
      Node node, String path, String pattern, String why, String help) {
    Optional<String> text = expect.text(node, path);
    if (text.isPresent() && !text.get().matches(pattern)) {
      expect.invalid(node.at(), path, text.get(), why, help);
      return Optional.empty();
    }
    return text;
  }

  private List<String> after(Map<String, Node> fields) {
    Node node = fields.get(AFTER);
    if (node == null) {
      return List.of();
    }
    var names = new ArrayList<String>();
    String path = "spec.run." + AFTER;
    for (Node item : expect.items(node, path, SpecBounds.MOST_ITEMS)) {
      matching(
              item,
              path,
              Lifecycle.EARLIER,
              "is neither an app nor a unit that an app can start after",
              "write the NAME of an app, a service, socket, mount or device such as dbus.service,"
                  + " or one of the targets "
                  + String.join(", ", Lifecycle.TARGETS))
          .filter(name -> isForeign(name, item, path))
          .ifPresent(names::add);
    }
    return names;
  }

  private boolean isForeign(String name, Node node, String path) {
    boolean own = name.matches(Lifecycle.OWN_UNITS);
    if (own) {
      expect.invalid(
          node.at(), path, name, "is a unit that Sandbar writes", "write the NAME of the app");
    }
    return !own;
  }
}
