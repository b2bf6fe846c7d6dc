package dev.sandbar.device.agent;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.compile.Compilation;
import dev.sandbar.core.compile.CompiledApp;
import dev.sandbar.core.compile.ReferenceDevice;
import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.ImageSource;
import dev.sandbar.core.model.Node;
import dev.sandbar.core.model.Sha256;
import dev.sandbar.core.model.UnitName;
import dev.sandbar.core.plan.Plan;
import dev.sandbar.core.report.Reason;
import dev.sandbar.core.window.CronReader;
import dev.sandbar.core.window.CronReading;
import dev.sandbar.core.window.Maintenance;
import dev.sandbar.core.window.Window;
import dev.sandbar.core.window.Windows;
import dev.sandbar.device.agent.Suspensions.Suspended;
import dev.sandbar.device.fetch.EarlyFetches;
import dev.sandbar.device.store.StateStore;
import dev.sandbar.source.text.YamlReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** When the image of an update is fetched. */
class DownloadWindowsTest {
  private static final AppName PUMP = new AppName("pump");
  private static final Instant NOON = Instant.parse("2026-12-01T12:00:00Z");
  private static final Instant NIGHT_TIME = Instant.parse("2026-12-02T02:30:00Z");
  private static final Maintenance NIGHT = new Maintenance(night(), Duration.ZERO);
  private static final Function<List<CompiledApp>, Plan> RESTARTS =
      _ -> new Plan(List.of(new Plan.Restart(UnitName.own(PUMP), "")));

  @TempDir private Path root;
  private Memory memory;
  private Versions versions;
  private boolean failed;
  private EarlyFetches.Progress progress = new EarlyFetches.Progress.Underway();
  private final List<String> fetched = new ArrayList<>();

  @BeforeEach
  void begin() throws IOException {
    memory = new Memory(new StateStore(root));
    versions = new Versions(memory, ReferenceDevice.facts(), SignatureGate.open());
    memory.put(AppRecord.fresh(PUMP).proved(target(1, "").version()));
  }

  private static final String IMAGE =
      "image: {url: 'https://images.example.com/pump.squashfs', sha256: %s}, "
          .formatted("ab".repeat(32));

  /** A plan that needs the image of the second version. */
  private static Plan fetching(List<CompiledApp> apps) {
    return new Plan(
        List.of(
            new Plan.StoreImage(
                PUMP,
                new ImageSource.Web("https://images.example.com/pump.squashfs"),
                Sha256.of("image"),
                "",
                ""),
            new Plan.Restart(apps.getFirst().unit(), "")));
  }

  private static Maintenance downloading(Maintenance apply) {
    return new Maintenance(apply.apply(), night(), Duration.ZERO, false);
  }

  @Test
  void anImageThatIsMissingIsFetchedInItsWindowOnly() {
    Maintenance device = downloading(Maintenance.NONE);
    Target.Run newer = target(2, IMAGE);
    Function<List<CompiledApp>, Plan> fetches = DownloadWindowsTest::fetching;
    assertThat(decide(device, newer, fetches, NOON)).containsExactly(PUMP);
    assertThat(memory.waits().all().get(PUMP))
        .isEqualTo(
            new UpdateWaits.Wait(
                Reason.WAITING_FOR_WINDOW,
                "waits for the download window that opens at 2026-12-02T02:00Z",
                Instant.parse("2026-12-02T02:00:00Z")));
    assertThat(fetched).isEmpty();
    // One that is there is nothing to wait for, and neither is what nobody can interrupt.
    assertThat(decide(device, newer, RESTARTS, NOON)).isEmpty();
    failed = true;
    assertThat(decide(device, newer, fetches, NOON)).isEmpty();
    failed = false;
    assertThat(decide(device, newer, fetches, NIGHT_TIME)).isEmpty();
    // A first version is fetched at once.
    memory.remove(PUMP);
    assertThat(decide(device, newer, fetches, NOON)).isEmpty();
  }

  @Test
  void anImageIsFetchedWhileItsUpdateWaits() {
    Target.Run newer = target(2, IMAGE);
    Function<List<CompiledApp>, Plan> fetches = DownloadWindowsTest::fetching;
    assertThat(decide(NIGHT, newer, fetches, NOON)).containsExactly(PUMP);
    assertThat(waiting())
        .isEqualTo(
            "waits for the window that opens at 2026-12-02T02:00Z; its image is being fetched");
    progress = new EarlyFetches.Progress.Failed("image x: no route");
    assertThat(decide(NIGHT, newer, fetches, NOON)).containsExactly(PUMP);
    assertThat(waiting()).endsWith("; image x: no route");
    progress = new EarlyFetches.Progress.Arrived();
    assertThat(decide(NIGHT, newer, fetches, NOON)).containsExactly(PUMP);
    assertThat(waiting()).endsWith("2026-12-02T02:00Z");
    assertThat(fetched).hasSize(3);
    // Not outside of its own window, and not for a version that may never come.
    assertThat(decide(downloading(NIGHT), newer, fetches, NOON)).containsExactly(PUMP);
    assertThat(waiting()).startsWith("waits for the download window");
    String hold = IMAGE + "hold: {}, ";
    assertThat(decide(NIGHT, target(2, hold), fetches, NOON)).containsExactly(PUMP);
    assertThat(fetched).hasSize(3);
  }

  @Test
  void anImageIsNotDeferredForEver() {
    Maintenance device = downloading(Maintenance.NONE);
    Maintenance limited =
        new Maintenance(device.apply(), device.download(), Duration.ofHours(1), false);
    Function<List<CompiledApp>, Plan> fetches = DownloadWindowsTest::fetching;
    assertThat(decide(limited, target(2, IMAGE), fetches, NOON)).containsExactly(PUMP);
    assertThat(waiting())
        .isEqualTo("waits for its download window until maxDefer is over at 2026-12-01T13:00Z");
    Instant late = NOON.plus(Duration.ofHours(1));
    assertThat(decide(limited, target(2, IMAGE), fetches, late)).isEmpty();
  }

  private String waiting() {
    return Objects.requireNonNull(memory.waits().all().get(PUMP)).message();
  }

  private static Windows night() {
    if (CronReader.read("0 2 * * *") instanceof CronReading.Times(var times)) {
      return new Windows(List.of(new Window(times, Duration.ofHours(2))), ZoneId.of("UTC"));
    }
    throw new AssertionError();
  }

  private SortedSet<AppName> decide(
      Maintenance device,
      Target.Run target,
      Function<List<CompiledApp>, Plan> planner,
      Instant now) {
    var updates =
        new DeferredUpdates(
            memory,
            versions,
            device,
            _ -> true,
            _ -> false,
            (source, _) -> {
              fetched.add(source.shown());
              return progress;
            });
    var compiled = new TreeMap<AppName, Compilation>();
    compiled.put(PUMP, new Compilation.Compiled(target.app(), List.of()));
    var targets = new TreeMap<AppName, Target>();
    targets.put(PUMP, target);
    var decided =
        new Decided(
            Declared.NOTHING.with(compiled),
            true,
            new TreeSet<>(Set.of(UnitName.own(PUMP))),
            new TreeSet<>(),
            targets,
            Suspended.NOTHING,
            new TreeMap<>(),
            now,
            0);
    return updates.decide(decided, Set.of(), planner, _ -> failed);
  }

  private Target.Run target(int number, String more) {
    String yaml =
        "{apiVersion: sandbar.dev/v1alpha1, kind: AppSandbox, metadata: {name: pump},"
            + " spec: {%srun: {command: [/usr/bin/sleep, '%d']}}}".formatted(more, number);
    Node manifest =
        YamlReader.read("test", yaml.getBytes(StandardCharsets.UTF_8)).documents().getFirst();
    var draft = new Version(manifest, Sha256.of(yaml), "r");
    if (versions.compiled(draft) instanceof Compilation.Compiled(var app, _)) {
      return new Target.Run(app, new Version(manifest, app.generation(), "r"), true, List.of());
    }
    throw new AssertionError(versions.compiled(draft));
  }
}
