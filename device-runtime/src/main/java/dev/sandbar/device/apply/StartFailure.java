package dev.sandbar.device.apply;

import dev.sandbar.core.compile.FileStorePath;
import dev.sandbar.core.compile.PortSocket;
import dev.sandbar.core.compile.SharedRules;
import dev.sandbar.core.compile.SideUnit;
import dev.sandbar.core.model.SafeText;
import dev.sandbar.core.model.UnitName;
import dev.sandbar.core.property.Raw;
import dev.sandbar.core.report.SetupExit;
import dev.sandbar.device.systemd.Systemd;
import dev.sandbar.device.systemd.SystemdException;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;

/** Says why a unit did not start, in the words of who declared it. */
public final class StartFailure {

  private static final int COMMAND_FIELDS = 10;

  private StartFailure() {}

  /**
   * The reason, as a clause.
   *
   * @param jobResult how the job that was to start the unit ended
   */
  public static String explain(Systemd systemd, UnitName unit, String jobResult) {
    SortedMap<String, Raw> properties;
    Optional<String> socket;
    try {
      properties = systemd.properties(unit);
      socket =
          jobResult.equals("dependency")
              ? failedSocket(systemd, properties).or(() -> failedMount(systemd, properties))
              : Optional.empty();
    } catch (SystemdException e) {
      return "the start job ended as " + jobResult;
    }
    if (socket.isPresent()) {
      return socket.get();
    }
    if (jobResult.equals("assert")) {
      return "the device has no file to show one of files at: use a path below /run, or of a file"
          + " that exists";
    }
    long status =
        failed(properties, "ExecStart")
            .map(StartFailure::status)
            .orElseGet(() -> number(properties, "ExecMainStatus"));
    boolean beforeProgram = number(properties, "ExecMainHandoffTimestampMonotonic") == 0;
    Optional<String> setup = SetupExit.meaning((int) status);
    if (setup.isPresent()
        && (beforeProgram || !properties.containsKey("ExecMainHandoffTimestampMonotonic"))) {
      return "systemd gave up with exit code %d before the program ran: %s"
          .formatted(status, setup.get());
    }
    String result = text(properties, "Result");
    Optional<String> before = failedBefore(properties);
    if (before.isPresent()) {
      return before.get();
    }
    return switch (result) {
      case "timeout" -> "it did not start in time";
      case "start-limit-hit" -> "it failed too often in a short time";
      case "signal" -> "the program was killed by signal %d as it started".formatted(status);
      case "exit-code" -> "the program ended with exit code %d as it started".formatted(status);
      default -> "the start job ended as %s (%s)".formatted(jobResult, result);
    };
  }

  /**
   * The command of {@code run.preStart} that failed, or the one that sets up a network of its own;
   * empty if none did.
   */
  private static Optional<String> failedBefore(SortedMap<String, Raw> properties) {
    return failed(properties, "ExecStartPre")
        .map(
            command ->
                "the command %s of %s ended with %d"
                    .formatted(
                        command.getFirst() instanceof Raw.Str(String program)
                            ? SafeText.shown(program)
                            : "",
                        isOfNetwork(command) ? "network: Own" : "run.preStart",
                        status(command)));
  }

  /**
   * The first command of a directive that failed; of a program that forks nothing else shows how it
   * did, since systemd has no main process yet. Empty if none did.
   */
  private static Optional<List<Raw>> failed(SortedMap<String, Raw> properties, String directive) {
    List<Raw> commands =
        properties.get(directive) instanceof Raw.Array(List<Raw> all) ? all : List.of();
    return commands.stream()
        .map(it -> it instanceof Raw.Tuple(List<Raw> fields) ? fields : List.<Raw>of())
        .filter(fields -> fields.size() == COMMAND_FIELDS && status(fields) != 0)
        .findFirst();
  }

  /**
   * Of a command: (path, arguments, ignore, four times, pid, how it ended, status) in
   * org.freedesktop.systemd1(5).
   */
  private static long status(List<Raw> fields) {
    return fields.getLast() instanceof Raw.Int(long status) ? status : 0;
  }

  /** The socket of {@code via: Socket} that could not be opened; empty if all could. */
  private static Optional<String> failedSocket(Systemd systemd, SortedMap<String, Raw> properties) {
    if (properties.get("Requires") instanceof Raw.Array(List<Raw> units)) {
      for (Raw required : units) {
        if (required instanceof Raw.Str(String name) && PortSocket.isOwn(name)) {
          String result = text(systemd.properties(new UnitName(name)), "Result");
          if (!result.isEmpty() && !result.equals("success")) {
            return Optional.of(
                "systemd could not listen for it (%s, %s)%s"
                    .formatted(
                        name,
                        SafeText.shown(result),
                        result.equals("resources")
                            ? ": another program of the device has the port"
                            : ""));
          }
        }
      }
    }
    return Optional.empty();
  }

  /** The file system that the app needs and that is not mounted; empty if all are. */
  private static Optional<String> failedMount(Systemd systemd, SortedMap<String, Raw> properties) {
    for (String by : List.of("BindsTo", "Requires")) {
      List<Raw> units = properties.get(by) instanceof Raw.Array(List<Raw> all) ? all : List.of();
      for (Raw unit : units) {
        if (unit instanceof Raw.Str(String name) && SideUnit.isMount(name)) {
          SortedMap<String, Raw> mount = systemd.properties(new UnitName(name));
          if (!text(mount, "ActiveState").equals("active")) {
            return Optional.of(
                "%s could not be mounted (%s): 'journalctl -u \"%s\"' says why"
                    .formatted(
                        SafeText.shown(text(mount, "Where")),
                        SafeText.shown(text(mount, "Result")),
                        name));
          }
        }
      }
    }
    return Optional.empty();
  }

  /** Those alone read files that Sandbar keeps; they are the last argument. */
  private static boolean isOfNetwork(List<Raw> fields) {
    return fields.get(1) instanceof Raw.Array(List<Raw> arguments)
        && !arguments.isEmpty()
        && arguments.getLast() instanceof Raw.Str(String last)
        && (last.startsWith(FileStorePath.FOLDER + "/") || last.equals(SharedRules.FILE));
  }

  private static long number(SortedMap<String, Raw> properties, String name) {
    return properties.get(name) instanceof Raw.Int(long bits) ? bits : 0;
  }

  private static String text(SortedMap<String, Raw> properties, String name) {
    return properties.get(name) instanceof Raw.Str(String text) ? text : "";
  }
}
