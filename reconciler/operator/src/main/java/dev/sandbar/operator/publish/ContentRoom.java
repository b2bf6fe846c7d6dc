package dev.sandbar.operator.publish;

import io.fabric8.kubernetes.api.model.HasMetadata;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.ToLongFunction;

/**
 * The AppContents of one namespace: how many bytes they take, and which of them no bundle names any
 * more. Whoever commits other files every minute must not fill etcd with those of before, so that
 * what is left over counts as much as what is used.
 */
final class ContentRoom {
  /** Of all of them; an etcd has two gigabytes for all that there is. */
  static final long MOST_BYTES = 32 << 20;

  /** Of those that no bundle names. */
  static final long MOST_UNUSED_BYTES = 8 << 20;

  static final int MOST_UNUSED = 16;

  /** Of one whose size is not known. */
  static final long USUAL_BYTES = 256 << 10;

  private static final class Held {
    private final long bytes;
    private long wanted;

    Held(long bytes, long wanted) {
      this.bytes = bytes;
      this.wanted = wanted;
    }
  }

  private final Map<String, Held> objects = new HashMap<>();

  /** By device. */
  private final Map<String, Set<String>> bundles = new HashMap<>();

  /** How many bundles name it. */
  private final Map<String, Integer> uses = new HashMap<>();

  private boolean isLoaded;
  private long loaded;
  private String refused = "";
  private long refusedAt;

  boolean isOlderThan(Duration most, long now) {
    return !isLoaded || now - loaded >= most.toNanos();
  }

  /** What is there now. */
  void load(List<? extends HasMetadata> all, ToLongFunction<HasMetadata> bytes, long now) {
    var present = new HashSet<String>();
    for (HasMetadata content : all) {
      String name = content.getMetadata().getName();
      present.add(name);
      objects.computeIfAbsent(name, _ -> new Held(bytes.applyAsLong(content), now));
    }
    objects.keySet().retainAll(present);
    isLoaded = true;
    loaded = now;
  }

  /** Whether it is there; if so it stays for a while. */
  boolean want(String name, long now) {
    Held held = objects.get(name);
    if (held != null) {
      held.wanted = now;
    }
    return held != null;
  }

  void add(String name, long bytes, long now) {
    objects.put(name, new Held(bytes, now));
    refused = "";
  }

  void remove(String name) {
    objects.remove(name);
  }

  /** Why the last one was refused, if that was not so long ago. */
  Optional<String> refused(Duration most, long now) {
    return Optional.of(refused).filter(it -> !it.isEmpty() && now - refusedAt < most.toNanos());
  }

  /** One was refused; gives why. */
  String refuse(String why, long now) {
    refused = why;
    refusedAt = now;
    return why;
  }

  /** The bundle of a device names these from now on. */
  void use(String device, Set<String> names, long now) {
    Set<String> before = bundles.getOrDefault(device, Set.of());
    if (before.equals(names)) {
      return;
    }
    if (names.isEmpty()) {
      bundles.remove(device);
    } else {
      bundles.put(device, Set.copyOf(names));
    }
    names.forEach(name -> uses.merge(name, 1, Integer::sum));
    for (String name : before) {
      uses.computeIfPresent(name, (_, count) -> count > 1 ? count - 1 : null);
      boolean _ = !uses.containsKey(name) && want(name, now);
    }
  }

  /** Those that no bundle names, the one that was wanted longest ago first. */
  private List<String> unused(long now) {
    return objects.keySet().stream()
        .filter(name -> !uses.containsKey(name))
        .sorted(Comparator.comparingLong((String name) -> age(name, now)).reversed())
        .toList();
  }

  private long age(String name, long now) {
    Held held = objects.get(name);
    return held == null ? 0 : now - held.wanted;
  }

  private long bytes(List<String> names) {
    return names.stream().map(objects::get).mapToLong(it -> it == null ? 0 : it.bytes).sum();
  }

  /**
   * What has to go so that there is room for so many bytes more.
   *
   * @param spared for how long what was wanted stays in any case
   * @return empty if there is no room even then
   */
  Optional<List<String>> makeRoom(long more, Duration spared, long now) {
    long left = MOST_BYTES - more - bytes(List.copyOf(objects.keySet()));
    var going = new ArrayList<String>();
    for (String name : unused(now)) {
      if (left < 0 && age(name, now) >= spared.toNanos()) {
        going.add(name);
        left += bytes(List.of(name));
      }
    }
    return left < 0 ? Optional.empty() : Optional.of(going);
  }

  /** Those that no bundle has named for so long, and those of which there are too many. */
  List<String> over(Duration grace, long now) {
    List<String> unused = unused(now);
    long left = bytes(unused);
    var over = new ArrayList<String>();
    for (int i = 0; i < unused.size(); i++) {
      String name = unused.get(i);
      boolean tooMany = unused.size() - i > MOST_UNUSED || left > MOST_UNUSED_BYTES;
      if (age(name, now) >= grace.toNanos() || tooMany) {
        over.add(name);
      }
      left -= bytes(List.of(name));
    }
    return over;
  }
}
