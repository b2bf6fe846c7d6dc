package dev.sandbar.core.trial;

import dev.sandbar.core.compile.CompiledApp;
import dev.sandbar.core.compile.RuntimeMount;
import dev.sandbar.core.compile.SideUnit;
import dev.sandbar.core.model.AppSpec.Network;
import dev.sandbar.core.model.AppSpec.Root;
import dev.sandbar.core.model.FileContent;
import dev.sandbar.core.model.UnitName;
import dev.sandbar.core.property.Raw;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

/**
 * Whether a service of a device can be stopped for a while and started again as it was, and nothing
 * else of the device changes meanwhile (systemd.unit(5), systemd.service(5)).
 */
public final class Replaceability {

  /** Units that stop together with the one that they name so. */
  private static final List<String> STOPPING =
      List.of("RequiredBy", "RequisiteOf", "BoundBy", "ConsistsOf", "PropagatesStopTo");

  /** What systemd does when the service stops or fails, up to a reboot. */
  private static final List<String> ACTIONS =
      List.of("SuccessAction", "FailureAction", "StartLimitAction", "JobTimeoutAction");

  private static final List<String> STARTING = List.of("OnSuccess", "OnFailure");

  private static final String APPLY = "Apply the spec on one device instead: sandbar apply FILE";

  private final UnitName service;
  private final Map<String, Raw> properties;

  private Replaceability(UnitName service, Map<String, Raw> properties) {
    this.service = service;
    this.properties = properties;
  }

  /**
   * What is in the way of stopping a service and starting it again; nothing if it can be done.
   *
   * @param properties of the service, as systemd has them
   * @param active whether another unit is active
   */
  public static List<Obstacle> of(
      UnitName service, Map<String, Raw> properties, Predicate<UnitName> active) {
    var it = new Replaceability(service, properties);
    var found = new ArrayList<Obstacle>();
    it.state().ifPresent(found::add);
    it.start().ifPresent(found::add);
    it.stop(active).ifPresent(found::add);
    it.consequences().ifPresent(found::add);
    return List.copyOf(found);
  }

  /**
   * What an app has that only an agent can give it, so that nothing else can start it; empty if
   * there is no such thing.
   */
  public static Optional<Obstacle> of(CompiledApp app) {
    boolean beside =
        // A trial has the directories below /run without a file system of their own.
        SideUnit.of(app).stream().anyMatch(it -> !RuntimeMount.isOwn(it.unit().value()))
            || !app.tables().isEmpty()
            || !app.spec().secrets().isEmpty()
            || app.spec().network() == Network.OWN
            || app.spec().root() instanceof Root.Image
            || app.spec().run().adopts()
            || app.files().stream().anyMatch(it -> !(it.content() instanceof FileContent.Text));
    return beside
        ? Optional.of(
            new Obstacle(
                "the spec takes more than one unit (an image, secrets, a network of its own,"
                    + " sockets or a timer), which only an agent sets up",
                "Apply it on one device: sandbar apply FILE"))
        : Optional.empty();
  }

  private Optional<Obstacle> state() {
    if (!text("LoadState").equals("loaded")) {
      return obstacle(
          "has no unit file that systemd reads (%s)".formatted(text("LoadState")),
          "Unmask it, or install the package that has it");
    }
    if (!text("ActiveState").equals("active") || !text("SubState").equals("running")) {
      return obstacle(
          "does not run (%s, %s)".formatted(text("ActiveState"), text("SubState")),
          "Start it: systemctl start " + service);
    }
    if (!(properties.get("Job") instanceof Raw.Tuple(var job))
        || !(job.getFirst() instanceof Raw.Int(long number))
        || number != 0) {
      return obstacle(
          "is being started or stopped right now",
          "Try it again when that is over: systemctl list-jobs");
    }
    if (is("Transient")) {
      return obstacle(
          "is a transient unit, which is gone when it stops", "Write a unit file for it");
    }
    return is("NeedDaemonReload")
        ? obstacle(
            "has unit files that changed after it was loaded, so it would not start again as it is",
            "Reload them and restart it first: systemctl daemon-reload")
        : Optional.empty();
  }

  private Optional<Obstacle> start() {
    if (!is("CanStart") || is("RefuseManualStart")) {
      return obstacle("refuses to be started by hand (RefuseManualStart)", APPLY);
    }
    if (!is("CanStop") || is("RefuseManualStop")) {
      return obstacle("refuses to be stopped by hand (RefuseManualStop)", APPLY);
    }
    if (is("StopWhenUnneeded")) {
      return obstacle("stops when no other unit needs it (StopWhenUnneeded)", APPLY);
    }
    Set<String> triggers = units(List.of("TriggeredBy"));
    // The timer of a trial that was cut off; while it is under way, there is no other.
    triggers.removeIf(it -> it.startsWith(TrialUnits.PREFIX));
    if (!triggers.isEmpty()) {
      return obstacle(
          "is started by %s, which would start it in the middle of the trial"
              .formatted(String.join(", ", triggers)),
          APPLY);
    }
    return text("BusName").isEmpty()
        ? Optional.empty()
        : obstacle("is started by D-Bus when a program calls %s".formatted(text("BusName")), APPLY);
  }

  private Optional<Obstacle> stop(Predicate<UnitName> active) {
    List<String> dependents = active(STOPPING, active);
    if (!dependents.isEmpty()) {
      return obstacle(
          "is needed by %s, which would stop with it".formatted(String.join(", ", dependents)),
          "Stop %s first, or apply the spec on another device: sandbar apply FILE"
              .formatted(dependents.size() == 1 ? "that" : "these"));
    }
    List<String> upholders = active(List.of("UpheldBy"), active);
    return upholders.isEmpty()
        ? Optional.empty()
        : obstacle(
            "is kept running by %s (Upholds)".formatted(String.join(", ", upholders)), APPLY);
  }

  private Optional<Obstacle> consequences() {
    for (String action : ACTIONS) {
      String value = text(action);
      if (!value.isEmpty() && !value.equals("none")) {
        return obstacle(
            "has %s=%s, which a stop or a start could set off".formatted(action, value), APPLY);
      }
    }
    for (String name : STARTING) {
      Set<String> units = units(List.of(name));
      if (!units.isEmpty()) {
        return obstacle(
            "has %s=%s, which its stop could start".formatted(name, String.join(" ", units)),
            APPLY);
      }
    }
    return Optional.empty();
  }

  private List<String> active(List<String> names, Predicate<UnitName> active) {
    return units(names).stream()
        .filter(it -> !UnitName.isValid(it) || active.test(new UnitName(it)))
        .toList();
  }

  private Set<String> units(List<String> names) {
    var units = new LinkedHashSet<String>();
    for (String name : names) {
      if (properties.get(name) instanceof Raw.Array(var items)) {
        for (Raw item : items) {
          if (item instanceof Raw.Str(String unit)) {
            units.add(unit);
          }
        }
      }
    }
    return units;
  }

  private Optional<Obstacle> obstacle(String what, String help) {
    return Optional.of(new Obstacle(service + " " + what, help));
  }

  private boolean is(String name) {
    return properties.get(name) instanceof Raw.Bool(boolean value) && value;
  }

  private String text(String name) {
    return properties.get(name) instanceof Raw.Str(String text) ? text : "";
  }
}
