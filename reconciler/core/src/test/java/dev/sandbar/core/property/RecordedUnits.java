package dev.sandbar.core.property;

import dev.sandbar.core.property.Effective.Context;
import dev.sandbar.core.property.Effective.Setting;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Unit files and what live systemd versions reported for them: loaded by PID 1, read with GetAll.
 */
public final class RecordedUnits {

  /** The versions that were recorded. */
  public static final List<Integer> VERSIONS = List.of(252, 257, 262);

  /** One unit: its lines and every property that it was reported with. */
  public record Recorded(
      int version, String name, String unit, List<Setting> settings, SortedMap<String, Raw> raw) {
    @Override
    public String toString() {
      return name + " on " + version;
    }
  }

  private static final Map<Integer, List<Recorded>> UNITS = new ConcurrentHashMap<>();
  private static final Map<Integer, Context> CONTEXTS = new ConcurrentHashMap<>();

  private RecordedUnits() {}

  /** Every recorded unit of a version; the first is one with nothing but a command. */
  public static List<Recorded> of(int version) {
    return UNITS.computeIfAbsent(version, RecordedUnits::read);
  }

  private static List<Recorded> read(int version) {
    var units = new ArrayList<Recorded>();
    SortedMap<String, Raw> bare = new TreeMap<>();
    SortedMap<String, Raw> raw = new TreeMap<>();
    var settings = new ArrayList<Setting>();
    String[] head = {};
    for (String line : lines(version, "units.txt")) {
      if (line.startsWith("= ")) {
        if (head.length > 0) {
          units.add(new Recorded(version, head[1], head[2], List.copyOf(settings), raw));
          bare = bare.isEmpty() ? raw : bare;
        }
        head = line.split(" ");
        settings.clear();
        raw = new TreeMap<>(bare);
      } else if (line.startsWith("| ")) {
        int equals = line.indexOf('=');
        settings.add(new Setting(line.substring(2, equals), line.substring(equals + 1)));
      } else {
        int blank = line.indexOf(' ');
        raw.put(line.substring(0, blank), RawText.read(line.substring(blank + 1)));
      }
    }
    units.add(new Recorded(version, head[1], head[2], List.copyOf(settings), raw));
    return units;
  }

  public static Recorded of(int version, String name) {
    return of(version).stream().filter(r -> r.name().equals(name)).findFirst().orElseThrow();
  }

  /** The context of a unit on an x86-64 device of this version. */
  public static Context context(int version, String unit) {
    Context any = CONTEXTS.computeIfAbsent(version, RecordedUnits::context);
    return new Context(version, any.syscalls(), any.architecture(), unit);
  }

  private static Context context(int version) {
    var groups = new TreeMap<String, SortedSet<String>>();
    for (String line : lines(version, "syscalls.txt")) {
      List<String> words = List.of(line.split(" "));
      groups.put(words.getFirst(), new TreeSet<>(words.subList(1, words.size())));
    }
    SortedSet<String> known = Map.copyOf(groups).getOrDefault("known", new TreeSet<>());
    groups.remove("known");
    return new Context(version, new Syscalls(groups, known), "x86-64", "any.service");
  }

  private static List<String> lines(int version, String file) {
    String path = "/systemd/" + version + "/" + file;
    try (var stream = RecordedUnits.class.getResourceAsStream(path)) {
      if (stream == null) {
        throw new IllegalStateException("no resource " + path);
      }
      return new String(stream.readAllBytes(), StandardCharsets.UTF_8).lines().toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
