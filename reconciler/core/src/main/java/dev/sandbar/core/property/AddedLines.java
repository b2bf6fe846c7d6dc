package dev.sandbar.core.property;

import dev.sandbar.core.property.Effective.Setting;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Lines that come after those of a service, and what they would open of what it says itself. */
public final class AddedLines {

  /** They imply others that are compared (systemd.exec(5)). */
  private static final List<String> IMPLYING = List.of("PrivateDevices", "DynamicUser");

  /** Of these no line can open anything, whatever stands before it. */
  private static final Set<String> CLOSES_ALWAYS =
      Set.of("SystemCallFilter", "SystemCallErrorNumber", "Environment");

  /**
   * Lets the service read the clocks of the device, which systemd adds to the devices that it may
   * open, and takes from it the capabilities to set and to use them (systemd.exec(5)). Together
   * that closes more, so that the device it adds is not compared.
   */
  public static final String CLOCK = "ProtectClock";

  /** The list of devices, and the entry that it gets by that. */
  public static final String DEVICES = "DeviceAllow";

  public static final String CLOCKS = "char-rtc";

  private static final Value UNLIMITED = new Value.Amount(-1);

  private AddedLines() {}

  /**
   * A directive that would be weaker than the service has it.
   *
   * @param own what the service has, for people
   * @param then what it would have, for people
   */
  public record Opened(String directive, String own, String then) {}

  /**
   * Each directive that would be opened.
   *
   * @param own lines of the service, in the order in which systemd reads them
   * @param added lines that follow
   * @throws IllegalArgumentException if a value cannot be compared
   */
  public static List<Opened> opened(
      String unit, List<Setting> own, List<Setting> added, int systemdVersion) {
    List<Setting> closing =
        added.stream().filter(line -> !CLOSES_ALWAYS.contains(line.name())).toList();
    var compared = new TreeSet<String>();
    closing.forEach(line -> compared.add(line.name()));
    var relevant = new TreeSet<>(compared);
    relevant.addAll(IMPLYING);
    compared.forEach(
        name -> WallExceptions.listedBy(name).ifPresent(it -> relevant.add(it.wall())));
    List<Setting> lines = own.stream().filter(it -> relevant.contains(it.name())).toList();
    var both = new ArrayList<>(lines);
    both.addAll(closing);
    var context = new Effective.Context(systemdVersion, Syscalls.NONE, "", unit);
    var before = Effective.of(lines, context);
    var after = withoutClocks(both, context);
    return compared.stream()
        .filter(name -> before.containsKey(name) || isSaid(name, lines))
        .filter(name -> opens(name, before, after, systemdVersion))
        .map(name -> new Opened(name, shown(before.get(name)), shown(after.get(name))))
        .toList();
  }

  private static SortedMap<String, Value> withoutClocks(
      List<Setting> lines, Effective.Context context) {
    var values = new TreeMap<>(Effective.of(lines, context));
    List<Setting> others = lines.stream().filter(it -> !it.name().equals(CLOCK)).toList();
    Optional.ofNullable(Effective.of(others, context).get(DEVICES))
        .ifPresent(devices -> values.replace(DEVICES, devices));
    return values;
  }

  private static boolean opens(
      String name,
      SortedMap<String, Value> before,
      SortedMap<String, Value> after,
      int systemdVersion) {
    boolean opensNothing =
        WallExceptions.listedBy(name)
            .filter(it -> !stands(it.wall(), before, systemdVersion))
            .isPresent();
    return !opensNothing && !isAtMost(name, before.get(name), after.get(name));
  }

  /** A value that depends on the device, such as a share of its memory, is not known. */
  private static boolean isAtMost(String name, @Nullable Value most, @Nullable Value value) {
    if (UNLIMITED.equals(most)) {
      return true;
    }
    if (most == null || value == null) {
      return false;
    }
    return most instanceof Value.Amount(long bits) && value instanceof Value.Amount(long others)
        ? Long.compareUnsigned(others, bits) <= 0
        : DirectiveTable.find(name).filter(it -> Tightness.closes(it, most, value)).isPresent();
  }

  /** Whether the service itself closes something in which the list makes exceptions. */
  private static boolean stands(String wall, SortedMap<String, Value> before, int systemdVersion) {
    Optional<Value> unset =
        DirectiveTable.find(wall).flatMap(it -> Effective.unset(it, systemdVersion));
    return !Optional.ofNullable(before.get(wall)).equals(unset);
  }

  private static boolean isSaid(String name, List<Setting> lines) {
    return lines.stream().anyMatch(it -> it.name().equals(name));
  }

  private static String shown(@Nullable Value value) {
    return value == null ? "(unknown)" : value.show();
  }
}
