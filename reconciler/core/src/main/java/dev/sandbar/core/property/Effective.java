package dev.sandbar.core.property;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The state that a unit file leads to: what every sandbox property must read back as from systemd,
 * with implied settings, expansions and defaults.
 */
public final class Effective {

  private Effective() {}

  /**
   * One line of the unit's sections {@code Unit} and {@code Service}, in file order.
   *
   * @param value as after the equals sign, escaping included
   */
  public record Setting(String name, String value) {}

  /**
   * What of the device and the unit bears on the meaning of a line.
   *
   * @param systemdVersion major version, for example 257
   * @param syscalls that it knows
   * @param architecture systemd's name, for example {@code x86-64}
   * @param unitName the whole name, {@code .service} included
   */
  public record Context(
      int systemdVersion, Syscalls syscalls, String architecture, String unitName) {}

  /**
   * Every property that must be compared, by directive name.
   *
   * @throws IllegalArgumentException if a value is not one that the compiler writes
   */
  public static SortedMap<String, Value> of(List<Setting> settings, Context context) {
    var lines = LinkedHashMap.<String, List<String>>newLinkedHashMap(settings.size());
    for (Setting setting : settings) {
      for (String name : withoutAlias(setting.name())) {
        lines.computeIfAbsent(name, _ -> new ArrayList<>(2)).add(setting.value());
      }
    }
    var values = new TreeMap<>(UnsetValues.of(context.systemdVersion()));
    lines.forEach(
        (name, own) -> {
          DirectiveInfo directive = DirectiveTable.find(name).orElse(null);
          if (directive != null && directive.existsIn(context.systemdVersion())) {
            read(directive, own, context)
                .ifPresentOrElse(value -> values.put(name, value), () -> values.remove(name));
          }
        });
    new Implied(values, lines, context).apply();
    return Collections.unmodifiableSortedMap(values);
  }

  /**
   * What the lines of one directive come to, by themselves; empty if it is not one that is
   * compared.
   *
   * @throws IllegalArgumentException if a value is not one that the compiler writes
   */
  public static Optional<Value> of(String name, List<String> lines, Context context) {
    return DirectiveTable.find(name).flatMap(directive -> read(directive, lines, context));
  }

  /**
   * What a property is in a unit that does not say it; empty if that depends on the machine or if
   * this version of systemd does not have it.
   */
  public static Optional<Value> unset(DirectiveInfo directive, int systemdVersion) {
    return directive.existsIn(systemdVersion)
        ? UnitText.read(directive, List.of(), neutral(systemdVersion))
        : Optional.empty();
  }

  /**
   * Whether systemd can read the value of one line, as far as this does not depend on the device;
   * {@code false} too for a directive that is not compared.
   */
  public static boolean isReadable(String name, String value) {
    Optional<DirectiveInfo> directive = DirectiveTable.find(name);
    try {
      directive.ifPresent(d -> UnitText.read(d, List.of(value), neutral(Integer.MAX_VALUE)));
      return directive.isPresent();
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  /**
   * The length of a time (systemd.time(7)).
   *
   * @throws IllegalArgumentException if it is none
   */
  public static long microseconds(String time) {
    return Numbers.time(time);
  }

  /**
   * Whether a directive with this value closes nothing, so that nothing can show that it holds: a
   * boolean that is off, or the weakest of its words. What a unit has that does not say it is not
   * enough: {@code KeyringMode=} is {@code private} then.
   */
  public static boolean isOff(String name, Value value) {
    return switch (value) {
      case Value.Flag(boolean on) -> !on;
      case Value.Text(String word) ->
          DirectiveTable.find(name)
              .filter(it -> Tightness.steps(it).indexOf(word) == 0)
              .isPresent();
      case Value.Amount _, Value.Names _, Value.Items _, Value.Filter _, Value.Keyed _ -> false;
    };
  }

  static Context neutral(int systemdVersion) {
    return new Context(systemdVersion, Syscalls.NONE, "", "");
  }

  static Optional<Value> read(DirectiveInfo directive, List<String> lines, Context context) {
    if (directive.properties().isEmpty()) {
      return Optional.empty();
    }
    try {
      return KnownValues.of(
          directive, context, lines, () -> UnitText.read(directive, lines, context));
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(directive.name() + ": " + e.getMessage(), e);
    }
  }

  private static List<String> withoutAlias(String name) {
    return name.equals("TimeoutSec") ? List.of("TimeoutStartSec", "TimeoutStopSec") : List.of(name);
  }
}
