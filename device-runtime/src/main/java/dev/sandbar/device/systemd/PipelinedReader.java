package dev.sandbar.device.systemd;

import dev.sandbar.core.model.UnitName;
import dev.sandbar.core.property.RawProperties;
import dev.sandbar.device.systemd.Bus.Pending;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Function;

/** Asks for several units before the first has answered. */
final class PipelinedReader implements UnitReader {

  /** Before the type of a unit, which begins with a capital letter there. */
  private static final String TYPES = "org.freedesktop.systemd1.";

  /** The empty interface stands for all of them: one round trip instead of three. */
  private static final String ALL = "";

  /**
   * Keeps systemd busy while an answer is taken in. More would only make answers of 50 KiB wait in
   * memory, and dbus-daemon refuses more than 128 at once.
   */
  private static final int WINDOW = 16;

  private final Bus bus;
  private final Duration deadline;
  private final PropertyMemory memory;

  PipelinedReader(Bus bus, Duration deadline, Set<String> names) {
    this.bus = bus;
    this.deadline = deadline;
    this.memory = new PropertyMemory(names);
  }

  private record Asked(UnitName unit, String face, Pending call) {}

  @Override
  public void read(
      Collection<UnitName> units,
      Function<UnitName, Part> part,
      BiConsumer<UnitName, RawProperties> told) {
    var window = new ArrayDeque<Asked>();
    for (UnitName unit : units) {
      if (window.size() == WINDOW) {
        take(window.remove(), told);
      }
      window.add(ask(unit, part.apply(unit)));
    }
    window.forEach(asked -> take(asked, told));
  }

  private Asked ask(UnitName unit, Part part) {
    String face =
        switch (part) {
          case ALL -> ALL;
          case OWN -> ofType(unit.type());
        };
    Pending call =
        bus.send(
            DbusSystemd.SYSTEMD, UnitPaths.of(unit), DbusSystemd.PROPERTIES, "GetAll", "s", face);
    return new Asked(unit, face, call);
  }

  private static String ofType(String type) {
    return TYPES + Character.toUpperCase(type.charAt(0)) + type.substring(1);
  }

  private void take(Asked asked, BiConsumer<UnitName, RawProperties> told) {
    String of = asked.unit() + " " + asked.face();
    told.accept(
        asked.unit(),
        bus.awaitRepeated(
            asked.call(),
            deadline,
            (signature, body, order) -> memory.read(of, signature, body, order)));
  }
}
