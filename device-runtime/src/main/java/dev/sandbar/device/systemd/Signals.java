package dev.sandbar.device.systemd;

import dev.sandbar.core.property.Raw;
import dev.sandbar.device.systemd.SystemdEvent.Disconnected;
import dev.sandbar.device.systemd.SystemdEvent.Reloaded;
import dev.sandbar.device.systemd.SystemdEvent.UnitChanged;
import dev.sandbar.device.systemd.SystemdEvent.UnitFilesChanged;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.freedesktop.dbus.exceptions.DBusException;
import org.freedesktop.dbus.messages.DBusSignal;

/** Turns the signals of systemd into events and job results. */
final class Signals {

  private static final String BUS = "org.freedesktop.DBus";
  private static final String PATH = "/org/freedesktop/systemd1";
  private static final String MANAGER = "org.freedesktop.systemd1.Manager";

  /** A reload whose end was never told must not hide events for ever. */
  private static final long RELOAD_SILENCE_NANOS = 10_000_000_000L;

  private final JobTracker jobs;
  private final EventPump events;
  private final AtomicBoolean disconnected = new AtomicBoolean();

  /** System.nanoTime() until which a reload goes on; 0 when none does. */
  private final AtomicLong reloadingUntil = new AtomicLong();

  /** Unique name of systemd on the bus; it changes when systemd executes itself anew. */
  private volatile String owner = "";

  Signals(JobTracker jobs, EventPump events) {
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
    Object[] values = parameters(signal);
    if (!BUS.equals(signal.getSource()) || !DbusSystemd.SYSTEMD.equals(values[0])) {
      return;
    }
    String now = values[2].toString();
    if (!now.isEmpty()) {
      owner = now;
      reloadingUntil.set(0);
      events.offer(new Reloaded());
    }
  }

  private void jobRemoved(DBusSignal signal) {
    Object[] values = parameters(signal);
    if (RawValues.of("o", values[1]) instanceof Raw.Str(String job)) {
      jobs.removed(job, values[3].toString());
    }
  }

  private void reloading(DBusSignal signal) {
    if ((Boolean) parameters(signal)[0]) {
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

  private static Object[] parameters(DBusSignal signal) {
    try {
      return signal.getParameters();
    } catch (DBusException e) {
      throw new IllegalStateException("unreadable signal " + signal.getName(), e);
    }
  }
}
