package dev.sandbar.device.systemd;

import dev.sandbar.core.property.Raw;
import dev.sandbar.device.systemd.SystemdEvent.Disconnected;
import dev.sandbar.device.systemd.SystemdEvent.Reloaded;
import dev.sandbar.device.systemd.SystemdEvent.UnitChanged;
import dev.sandbar.device.systemd.SystemdEvent.UnitFilesChanged;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.freedesktop.dbus.messages.DBusSignal;

/** Turns the signals of systemd into events and job results. */
final class BusSignals {

  private static final String BUS = "org.freedesktop.DBus";
  private static final String PATH = "/org/freedesktop/systemd1";
  private static final String MANAGER = "org.freedesktop.systemd1.Manager";

  /** A reload whose end was never signalled must not hide events for ever. */
  private static final long RELOAD_SILENCE_NANOS = 10_000_000_000L;

  private final JobTracker jobs;
  private final EventPump events;
  private final AtomicBoolean disconnected = new AtomicBoolean();

  /** System.nanoTime() until which a reload goes on; 0 when none does. */
  private final AtomicLong reloadingUntil = new AtomicLong();

  /** Unique name of systemd on the bus; it changes when systemd executes itself anew. */
  private volatile String owner = "";

  BusSignals(JobTracker jobs, EventPump events) {
    this.jobs = jobs;
    this.events = events;
  }

  /** Begins to listen; systemd itself must be asked to talk (Subscribe). */
  void listen(Bus bus) {
    bus.onSignal("/org/freedesktop/DBus", BUS, "NameOwnerChanged", this::ownerChanged);
    bus.onSignal(PATH, MANAGER, "JobRemoved", fromSystemd(this::jobRemoved));
    bus.onSignal(PATH, MANAGER, "Reloading", fromSystemd(this::reloading));
    bus.onSignal(
        PATH, MANAGER, "UnitFilesChanged", fromSystemd(_ -> events.offer(new UnitFilesChanged())));
    bus.onSignal(
        PATH + "/unit",
        "org.freedesktop.DBus.Properties",
        "PropertiesChanged",
        fromSystemd(this::changed));
  }

  void owner(String uniqueName) {
    owner = uniqueName;
  }

  /** The bus hung up. */
  void disconnected() {
    if (disconnected.compareAndSet(false, true)) {
      jobs.disconnected();
      events.offer(new Disconnected());
    }
  }

  private void ownerChanged(DBusSignal signal) {
    List<Raw> values = Bus.values(signal);
    if (!BUS.equals(signal.getSource()) || !DbusSystemd.SYSTEMD.equals(text(values, 0))) {
      return;
    }
    String now = text(values, 2);
    if (!now.isEmpty()) {
      owner = now;
      reloadingUntil.set(0);
      events.offer(new Reloaded());
    }
  }

  private void jobRemoved(DBusSignal signal) {
    List<Raw> values = Bus.values(signal);
    jobs.removed(text(values, 1), text(values, 3));
  }

  private void reloading(DBusSignal signal) {
    if (Bus.values(signal).equals(List.of(new Raw.Bool(true)))) {
      reloadingUntil.set(System.nanoTime() + RELOAD_SILENCE_NANOS);
    } else {
      reloadingUntil.set(0);
      events.offer(new Reloaded());
    }
  }

  private void changed(DBusSignal signal) {
    long until = reloadingUntil.get();
    if (until != 0 && System.nanoTime() - until < 0) {
      return;
    }
    UnitPaths.unit(signal.getPath()).ifPresent(unit -> events.offer(new UnitChanged(unit)));
  }

  /** Only systemd's own signals: everybody on the bus can send their like. */
  private Consumer<DBusSignal> fromSystemd(Consumer<DBusSignal> handler) {
    return signal -> {
      if (owner.equals(signal.getSource())) {
        handler.accept(signal);
      }
    };
  }

  private static String text(List<Raw> values, int index) {
    return index < values.size() && values.get(index) instanceof Raw.Str(String text) ? text : "";
  }
}
