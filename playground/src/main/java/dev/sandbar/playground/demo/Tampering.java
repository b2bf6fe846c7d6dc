package dev.sandbar.playground.demo;

import dev.sandbar.cli.document.MappingBuilder;
import dev.sandbar.core.model.Node;
import dev.sandbar.playground.demo.AgentStatus.Drift;
import dev.sandbar.vdev.VirtualDevice;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/** Somebody changes the device by hand: the agent names it, and puts it right where it shall. */
final class Tampering {
  private static final Duration LIMIT = Duration.ofSeconds(20);
  private static final String UNITS = "/etc/systemd/system/";

  private final Story story;
  private final VirtualDevice device;
  private final AgentStatus status;
  private final FleetRepository fleet;
  private final AlertInbox inbox;
  private final List<Node> drifts = new ArrayList<>();

  Tampering(Story story, Stage stage, AgentStatus status, FleetRepository fleet, AlertInbox inbox) {
    this.story = story;
    this.device = stage.device();
    this.status = status;
    this.fleet = fleet;
    this.inbox = inbox;
  }

  /** What somebody does, and the drifts by which the agent names it. */
  private record Deed(String name, String says, Act act, List<Sign> signs) {}

  private interface Act {
    void run() throws IOException;
  }

  private record Sign(String app, String layer, String subject) {
    boolean is(Drift drift) {
      return drift.app().equals(app)
          && drift.layer().equals(layer)
          && drift.subject().endsWith(subject);
    }
  }

  void tell() throws IOException {
    story.chapter("Tampering, with an agent that detects");
    for (Deed deed : onBroker()) {
      detected(deed);
    }
    corrected(
        new Deed(
            "slice",
            "systemctl set-property sandbar.slice IPAddressAllow=any, which opens every app",
            () -> setProperty("sandbar.slice", "IPAddressAllow=any"),
            List.of(new Sign("uplink", "manager", "IPAddressAllow"))));
    story.chapter("A commit that says: put it right");
    correct();
    story.chapter("Tampering, with an agent that corrects");
    for (Deed deed : onOthers()) {
      corrected(deed);
    }
    story.part("drift", Node.list(drifts));
    atRest();
  }

  private List<Deed> onBroker() {
    String unit = "sandbar-broker.service";
    return List.of(
        new Deed(
            "edit",
            "somebody edits " + unit + ": RestrictNamespaces=no",
            () -> replace(unit, "RestrictNamespaces=yes", "RestrictNamespaces=no"),
            List.of(new Sign("broker", "file", UNITS + unit))),
        new Deed(
            "drop-in",
            "adds a drop-in, 50-hotfix.conf: IPAddressAllow=any, and reloads systemd",
            () -> dropIn(unit, "50-hotfix.conf", "IPAddressAllow=any"),
            List.of(
                new Sign("broker", "file", "/50-hotfix.conf"),
                new Sign("broker", "manager", "IPAddressAllow"),
                new Sign("broker", "manager", "RestrictNamespaces"))),
        new Deed(
            "set-property",
            "systemctl set-property " + unit + " DeviceAllow='char-* rwm'",
            () -> setProperty(unit, "DeviceAllow=char-* rwm"),
            List.of(
                new Sign("broker", "file", "/50-DeviceAllow.conf"),
                new Sign("broker", "manager", "DeviceAllow"))));
  }

  private List<Deed> onOthers() {
    String unit = "sandbar-visitor.service";
    return List.of(
        new Deed(
            "edit-corrected",
            "somebody edits " + unit + ": PrivateDevices=no",
            () -> replace(unit, "PrivateDevices=yes", "PrivateDevices=no"),
            List.of(new Sign("visitor", "file", UNITS + unit))),
        new Deed(
            "drop-in-corrected",
            "adds a drop-in to sandbar-uplink.service: ExecStartPost=/bin/sh",
            () -> dropIn("sandbar-uplink.service", "60-backdoor.conf", "ExecStartPost=/bin/sh"),
            List.of(new Sign("uplink", "file", "/60-backdoor.conf"))),
        new Deed(
            "set-property-corrected",
            "systemctl set-property " + unit + " IPAddressAllow=any",
            () -> setProperty(unit, "IPAddressAllow=any"),
            List.of(new Sign("visitor", "manager", "IPAddressAllow"))));
  }

  /** Does it, and waits until the status names all of its signs. */
  private void detected(Deed deed) throws IOException {
    story.deed(deed.says());
    long begun = System.nanoTime();
    deed.act().run();
    var missing = new ArrayList<>(deed.signs());
    var found = new ArrayList<Drift>();
    status.await(
        LIMIT,
        seen -> {
          for (Drift drift : seen.drifts()) {
            if (missing.removeIf(sign -> sign.is(drift))) {
              found.add(drift);
              show(drift, since(begun), "detected");
            }
          }
          return missing.isEmpty();
        });
    if (missing.isEmpty()) {
      story.step(deed.name(), "named", since(begun));
    } else {
      story.wrong(
          deed.name(), "the agent did not name " + missing + "; it says: " + status.now().ails());
    }
  }

  /** Does it, and waits until an alert told of its beginning and another of its end. */
  private void corrected(Deed deed) throws IOException {
    story.deed(deed.says());
    long begun = System.nanoTime();
    deed.act().run();
    for (Sign sign : deed.signs()) {
      Predicate<AlertInbox.Alert> about = alert -> sign.is(alert.drift());
      List<AlertInbox.Alert> firing = inbox.await(LIMIT, begun, about.and(alert -> !alert.ended()));
      List<AlertInbox.Alert> resolved =
          inbox.await(LIMIT, begun, about.and(AlertInbox.Alert::ended));
      if (firing.isEmpty() || resolved.isEmpty()) {
        String what = sign.app() + ": " + sign.layer() + " " + sign.subject();
        story.wrong(
            deed.name(),
            firing.isEmpty()
                ? "no alert told of " + what
                : "an alert told of " + what + ", but no other that it is over");
        return;
      }
      Duration told = Duration.ofNanos(firing.getFirst().at() - begun);
      show(firing.getFirst().drift(), told, "corrected");
      story.step(
          deed.name(),
          "put right, read back, and the alert is resolved",
          Duration.ofNanos(resolved.getFirst().at() - begun));
    }
  }

  private void correct() throws IOException {
    story.quote("git diff", fleet.apply("correct-drift.patch"));
    String commit = fleet.commit("Correct drift");
    boolean clean = status.await(LIMIT, seen -> seen.allRun(Opening.APPS.size(), ""));
    story.step(
        "correct",
        clean,
        clean
            ? "committed " + commit + ": all three tamperings are undone, and read back"
            : "there is still drift: " + status.now().ails());
  }

  private void atRest() {
    boolean rests = status.await(LIMIT, seen -> seen.allReady(Opening.APPS.size()));
    story.step(
        "rest",
        rests,
        rests
            ? "all apps are ready and as declared"
            : "not all is as declared: " + status.now().ails());
  }

  private void show(Drift drift, Duration after, String as) {
    story.drift(drift, after);
    drifts.add(
        new MappingBuilder()
            .put("app", drift.app())
            .put("unit", drift.unit())
            .put("layer", drift.layer())
            .put("subject", drift.subject())
            .put("declared", drift.declared())
            .put("observed", drift.observed())
            .put("millis", after.toMillis())
            .put("then", as)
            .build());
  }

  private static Duration since(long begun) {
    return Duration.ofNanos(System.nanoTime() - begun);
  }

  /** As sed -i does: a new file in place of the old one. */
  private void replace(String unit, String from, String to) throws IOException {
    Path file = device.root().resolve(UNITS.substring(1) + unit);
    String text = Files.readString(file);
    if (!text.contains(from)) {
      throw new Story.Broken(unit + " has no " + from);
    }
    Path fresh = file.resolveSibling("sed-" + unit);
    Files.writeString(fresh, text.replace(from, to));
    Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE);
  }

  private void dropIn(String unit, String name, String line) throws IOException {
    Path folder = device.root().resolve(UNITS.substring(1) + unit + ".d");
    Files.createDirectories(folder);
    Files.writeString(folder.resolve(name), "[Service]\n" + line + "\n");
    device.exec("systemctl", "daemon-reload").orThrow();
  }

  private void setProperty(String unit, String property) {
    device.exec("systemctl", "set-property", unit, property).orThrow();
  }
}
