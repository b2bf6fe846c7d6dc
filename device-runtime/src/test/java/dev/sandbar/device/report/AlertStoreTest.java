package dev.sandbar.device.report;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.device.report.AlertBacklog.Waiting;
import dev.sandbar.device.report.DriftAlert.Firing;
import dev.sandbar.device.report.DriftAlert.Identity;
import dev.sandbar.device.report.DriftAlert.Resolved;
import dev.sandbar.device.store.Checkpoints;
import dev.sandbar.device.store.StateStore;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The disk is copied at every step of every write, and around whatever else changes it: each copy
 * is what a crash at that moment leaves. From each of them an agent starts anew.
 */
class AlertStoreTest {

  private static final Instant NOON = Instant.parse("2026-03-01T12:00:00Z");
  private static final String STATE = "var/lib/sandbar/state";

  @TempDir Path folder;

  private final List<DriftAlert> happened = new ArrayList<>();
  private final List<List<Waiting>> sent = new ArrayList<>();
  private final List<Crash> crashes = new ArrayList<>();

  /** What happened on the device and what its destination was sent until then. */
  private record Crash(Path disk, List<DriftAlert> happened, List<List<Waiting>> sent) {}

  private Path disk() {
    return folder.resolve("disk");
  }

  private static AlertQueue open(StateStore store, boolean latestOnly) throws IOException {
    AlertStore.tidy(store, Set.of("test"));
    var limits = new AlertBacklog.Limits(1000, 1 << 20);
    return new AlertQueue(store, "test", new AlertBacklog(latestOnly, limits));
  }

  private void happens(AlertQueue queue, DriftAlert alert) {
    happened.add(alert);
    crash();
    queue.offer(List.of(alert));
    crash();
  }

  /** The destination takes everything, so many alerts at a time. */
  private void send(AlertQueue queue, int atOnce) throws IOException {
    for (var batch = queue.first(atOnce); !batch.isEmpty(); batch = queue.first(atOnce)) {
      sent.add(batch);
      crash();
      Map<Path, byte[]> gone = events();
      queue.delivered(batch);
      crash();
      gone.keySet().removeAll(events().keySet());
      while (gone.size() > 1) {
        // Killed when only the first of them were removed.
        gone.remove(gone.keySet().iterator().next());
        Path copy = crash();
        for (var file : gone.entrySet()) {
          Files.write(copy.resolve(disk().relativize(file.getKey())), file.getValue());
        }
      }
    }
  }

  private Map<Path, byte[]> events() throws IOException {
    var events = new TreeMap<Path, byte[]>();
    try (var files = Files.newDirectoryStream(disk().resolve(STATE + "/alert-events"), "t*.json")) {
      for (Path file : files) {
        events.put(file, Files.readAllBytes(file));
      }
    }
    return events;
  }

  private Path crash() {
    Path copy = folder.resolve("crash-" + crashes.size());
    try (Stream<Path> files = Files.walk(disk())) {
      for (Path file : files.toList()) {
        Files.copy(file, copy.resolve(disk().relativize(file)));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    crashes.add(new Crash(copy, List.copyOf(happened), List.copyOf(sent)));
    return copy;
  }

  @ParameterizedTest(name = "only the latest state matters: {0}")
  @ValueSource(booleans = {false, true})
  void aCrashAtAnyStepLosesNothingAndRepeatsOneNotificationAtMost(boolean latestOnly)
      throws IOException {
    int atOnce = latestOnly ? 64 : 1;
    Firing a = Alerts.firing("A", "any", NOON);
    Firing b = Alerts.firing("B", "any", NOON);
    Firing changed = Alerts.firing("B", "other", NOON);
    Firing d = Alerts.firing("D", "any", NOON);
    Files.createDirectory(disk());
    try (var queue = open(Checkpoints.store(disk(), this::crash), latestOnly)) {
      happens(queue, a);
      send(queue, atOnce);
      happens(queue, b);
      happens(queue, Alerts.firing("C", "any", NOON));
      send(queue, atOnce);
      // An outage, in which D comes and goes.
      happens(queue, new Resolved(a.cause(), NOON.plusSeconds(1)));
      happens(queue, d);
      happens(queue, new Resolved(d.cause(), NOON.plusSeconds(1)));
      happens(queue, changed);
      send(queue, atOnce);
      happens(queue, new Resolved(changed.cause(), NOON.plusSeconds(2)));
      send(queue, atOnce);
    }
    assertThat(crashes).hasSizeGreaterThan(happened.size() * 2 * Checkpoints.perWrite());
    for (Crash crash : crashes) {
      restart(crash, latestOnly, atOnce);
    }
  }

  private static void restart(Crash crash, boolean latestOnly, int atOnce) throws IOException {
    List<List<Waiting>> all = new ArrayList<>(crash.sent);
    try (var queue = open(new StateStore(crash.disk), latestOnly)) {
      queue.offer(firing(crash.happened));
      queue.endUnconfirmed(NOON.plusSeconds(3));
      for (var batch = queue.first(atOnce); !batch.isEmpty(); batch = queue.first(atOnce)) {
        all.add(batch);
        queue.delivered(batch);
      }
      assertThat(queue.lasting()).hasSameElementsAs(firing(crash.happened));
      assertThat(queue.dropped()).isZero();
    }
    List<String> heard = all.stream().flatMap(AlertStoreTest::news).toList();
    String where = crash.disk.getFileName() + ": " + heard;
    assertThat(heard.stream().distinct())
        .as(where)
        .containsExactlyElementsOf(crash.happened.stream().map(AlertStoreTest::name).toList());
    assertThat(heard.stream().filter(one -> Collections.frequency(heard, one) > 1))
        .as(where)
        .isSubsetOf(crash.sent.isEmpty() ? List.of() : news(crash.sent.getLast()).toList());
    try (Stream<Path> files = Files.walk(crash.disk.resolve(STATE))) {
      assertThat(files.filter(Files::isRegularFile))
          .as(where)
          .allMatch(file -> file.endsWith("alerts/test.json"));
    }
  }

  /** What the agent finds when it looks at the device. */
  private static Collection<Firing> firing(List<DriftAlert> happened) {
    var firing = new LinkedHashMap<Identity, Firing>();
    for (DriftAlert alert : happened) {
      switch (alert) {
        case Firing it -> firing.put(it.cause().identity(), it);
        case Resolved it -> firing.remove(it.cause().identity());
      }
    }
    return firing.values();
  }

  /** What a notification brings: of what came and went meanwhile, both. */
  private static Stream<String> news(List<Waiting> notification) {
    return notification.stream()
        .flatMap(
            entry ->
                entry.begins() && entry.alert() instanceof Resolved
                    ? Stream.of(new Firing(entry.alert().cause()), entry.alert())
                    : Stream.of(entry.alert()))
        .map(AlertStoreTest::name);
  }

  private static String name(DriftAlert alert) {
    return switch (alert) {
      case Firing firing -> firing.cause().subject() + "=" + firing.cause().observed();
      case Resolved resolved -> resolved.cause().subject() + " ended";
    };
  }
}
