package dev.sandbar.core.attest;

import dev.sandbar.core.property.Value;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;

/** What DevicePolicy and DeviceAllow of a unit come to (systemd.resource-control(5)). */
final class AllowedDevices {

  private static final int ANY = -1;
  private static final int EVERYTHING =
      ProgramAnswers.MAKE | ProgramAnswers.READ | ProgramAnswers.WRITE;

  /**
   * What systemd allows with {@code DevicePolicy=closed}: null, zero, full, random, urandom, tty,
   * ptmx, the empty nodes of InaccessiblePaths, and terminals (bpf_devices_allow_list_static of its
   * bpf-devices.c; the same in 252, 257 and 262).
   */
  private static final List<Rule> HARMLESS = harmless();

  /**
   * null, zero, random and urandom: systemd leaves out what a device has no node of, and every
   * device has these.
   */
  private static final List<DeviceNumber> EVERYWHERE =
      Stream.of(3, 5, 8, 9).map(minor -> new DeviceNumber(false, 1, minor)).toList();

  private final boolean everything;
  private final List<Rule> rules;
  private final List<Listed> listed;

  private record Rule(DeviceNumber device, int access) {
    boolean matches(int type, int major, int minor) {
      return device.type() == type
          && (device.major() == ANY || device.major() == major)
          && (device.minor() == ANY || device.minor() == minor);
    }
  }

  /**
   * An entry of DeviceAllow.
   *
   * @param devices that have that name now
   */
  private record Listed(List<DeviceNumber> devices, int access) {
    /** Whether it may have had such a number. Nobody unplugs what has the major numbers 0 and 1. */
    boolean mayBe(int type, int otherAccess) {
      return (otherAccess & ~access) == 0
          && (devices.isEmpty() || devices.getFirst().type() == type);
    }
  }

  /** Devices of characters come first, as in {@code /proc/devices}. */
  private record Extra(int type, int major, int minor) implements Comparable<Extra> {
    private static final Comparator<Extra> ORDER =
        Comparator.comparingInt(Extra::type)
            .reversed()
            .thenComparingInt(Extra::major)
            .thenComparingInt(Extra::minor);

    @Override
    public int compareTo(Extra other) {
      return ORDER.compare(this, other);
    }
  }

  private AllowedDevices(boolean everything, List<Rule> rules, List<Listed> listed) {
    this.everything = everything;
    this.rules = rules;
    this.listed = listed;
  }

  private static List<Rule> harmless() {
    var rules = new ArrayList<Rule>();
    for (int minor : List.of(3, 5, 7, 8, 9)) {
      rules.add(new Rule(new DeviceNumber(false, 1, minor), EVERYTHING));
    }
    rules.add(new Rule(new DeviceNumber(false, 5, 0), EVERYTHING));
    rules.add(new Rule(new DeviceNumber(false, 5, 2), EVERYTHING));
    rules.add(new Rule(new DeviceNumber(false, 0, 0), EVERYTHING));
    rules.add(new Rule(new DeviceNumber(true, 0, 0), EVERYTHING));
    rules.add(
        new Rule(new DeviceNumber(false, 136, ANY), ProgramAnswers.READ | ProgramAnswers.WRITE));
    return List.copyOf(rules);
  }

  /**
   * Of a unit.
   *
   * @param nodes numbers of each entry of DeviceAllow, as the device has them now
   */
  static AllowedDevices of(
      SortedMap<String, Value> directives, SortedMap<String, List<DeviceNumber>> nodes) {
    String policy =
        directives.get("DevicePolicy") instanceof Value.Text(String text) ? text : "auto";
    SortedMap<String, String> entries =
        directives.get("DeviceAllow") instanceof Value.Keyed(var keyed) ? keyed : new TreeMap<>();
    boolean open = policy.equals("auto") && entries.isEmpty();
    var rules = new ArrayList<>(policy.equals("strict") ? List.<Rule>of() : HARMLESS);
    var listed = new ArrayList<Listed>();
    for (Map.Entry<String, String> entry : entries.entrySet()) {
      List<DeviceNumber> numbers = nodes.getOrDefault(entry.getKey(), List.of());
      int access = access(entry.getValue());
      numbers.forEach(number -> rules.add(new Rule(number, access)));
      listed.add(new Listed(numbers, access));
    }
    return new AllowedDevices(open, List.copyOf(rules), List.copyOf(listed));
  }

  private static int access(String letters) {
    return (letters.contains("r") ? ProgramAnswers.READ : 0)
        | (letters.contains("w") ? ProgramAnswers.WRITE : 0)
        | (letters.contains("m") ? ProgramAnswers.MAKE : 0);
  }

  /** Letters of access to a device that no entry gives. */
  private int undeclared(int type, int major, int minor, int access) {
    int left = access;
    for (Rule rule : rules) {
      if (rule.matches(type, major, minor)) {
        left &= ~rule.access();
      }
    }
    return everything ? 0 : left;
  }

  /**
   * Whether programs let through nothing that these rules do not allow, and what every device has.
   * What a unit lists by name is not expected: a device that was plugged in later has no place in
   * the program.
   */
  Finding judge(ProgramAnswers answers) {
    var majors = new TreeSet<>(answers.firsts());
    var minors = new TreeSet<>(answers.seconds());
    for (Rule rule : rules) {
      add(majors, rule.device().major());
      add(minors, rule.device().minor());
    }
    List<Listed> missing = listed.stream().filter(it -> !isIn(it, answers)).toList();
    SortedMap<Extra, Integer> extras = extras(answers, majors, minors);
    if (!extras.isEmpty()) {
      boolean mayBeMissing =
          extras.entrySet().stream()
              .allMatch(
                  it ->
                      it.getKey().major() > 1
                          && missing.stream()
                              .anyMatch(one -> one.mayBe(it.getKey().type(), it.getValue())));
      return mayBeMissing && areOf(extras.keySet(), missing.size(), majors, minors)
          ? new Finding.Silent("devices that are listed and have other numbers now, or none")
          : new Finding.Lacks("lets through " + Finding.few(shown(extras)));
    }
    return refused(answers);
  }

  /** Letters of access that programs let through, alone or together, and no entry gives. */
  private SortedMap<Extra, Integer> extras(
      ProgramAnswers answers, TreeSet<Integer> majors, TreeSet<Integer> minors) {
    // Programs refuse nearly all that can be asked: what they let through is less to go through.
    var through = new TreeMap<Extra, Integer>();
    for (ProgramAnswers.Through one : answers.through()) {
      var range = new Extra(ProgramAnswers.type(one.kind()), one.first(), one.second());
      through.merge(range, ProgramAnswers.access(one.kind()), (some, more) -> some | more);
    }
    var extras = new TreeMap<Extra, Integer>();
    through.forEach(
        (range, access) -> {
          for (int major : ProgramAnswers.range(answers.firsts(), range.major(), majors)) {
            for (int minor : ProgramAnswers.range(answers.seconds(), range.minor(), minors)) {
              int left = undeclared(range.type(), major, minor, access);
              if (left != 0) {
                extras.put(new Extra(range.type(), major, minor), left);
              }
            }
          }
        });
    return extras;
  }

  private static List<String> shown(Map<Extra, Integer> extras) {
    return extras.entrySet().stream()
        .map(
            it ->
                shown(it.getKey().type(), it.getKey().major(), it.getKey().minor())
                    + " "
                    + letters(it.getValue()))
        .toList();
  }

  /** Whether programs know an entry by the numbers that it has now. */
  private static boolean isIn(Listed entry, ProgramAnswers answers) {
    return entry.devices().stream()
        .anyMatch(
            it ->
                Stream.of(ProgramAnswers.MAKE, ProgramAnswers.READ, ProgramAnswers.WRITE)
                    .filter(letter -> (entry.access() & letter) != 0)
                    .allMatch(
                        letter ->
                            answers.allows(
                                ProgramAnswers.kind(it.type(), letter),
                                Math.max(0, it.major()),
                                Math.max(0, it.minor()))));
  }

  private static void add(TreeSet<Integer> numbers, int number) {
    if (number != ANY) {
      numbers.add(number);
      numbers.add(number + 1);
    }
  }

  /**
   * Whether as few devices, or classes of them, are let through as were listed and cannot be found
   * any more: a program has the numbers of when it was made.
   */
  private boolean areOf(
      Set<Extra> extras, int missing, TreeSet<Integer> majors, TreeSet<Integer> minors) {
    var single = new TreeSet<String>();
    for (Extra extra : extras) {
      if (!majors.contains(extra.major() + 1)) {
        return false;
      }
      boolean wholeClass =
          extras.stream()
                  .filter(it -> it.type() == extra.type() && it.major() == extra.major())
                  .map(Extra::minor)
                  .distinct()
                  .count()
              == minors.size();
      if (!wholeClass && !minors.contains(extra.minor() + 1)) {
        return false;
      }
      single.add(extra.type() + ":" + extra.major() + (wholeClass ? "" : ":" + extra.minor()));
    }
    return single.size() <= missing;
  }

  private Finding refused(ProgramAnswers answers) {
    var refused = new ArrayList<String>();
    for (Rule rule : rules) {
      DeviceNumber device = rule.device();
      for (int letter : List.of(ProgramAnswers.READ, ProgramAnswers.WRITE)) {
        if (EVERYWHERE.contains(device)
            && (rule.access() & letter) != 0
            && !answers.allows(
                ProgramAnswers.kind(device.type(), letter), device.major(), device.minor())) {
          refused.add(shown(device.type(), device.major(), device.minor()) + " " + letters(letter));
        }
      }
    }
    return Finding.of(
        refused.isEmpty(), refused.isEmpty() ? "" : "refuses " + Finding.few(refused));
  }

  private static String shown(int type, int major, int minor) {
    return (type == ProgramAnswers.BLOCK ? "block " : "char ") + major + ":" + minor;
  }

  private static String letters(int access) {
    return ((access & ProgramAnswers.READ) != 0 ? "r" : "")
        + ((access & ProgramAnswers.WRITE) != 0 ? "w" : "")
        + ((access & ProgramAnswers.MAKE) != 0 ? "m" : "");
  }
}
