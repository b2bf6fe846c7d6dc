package dev.sandbar.device.agent;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.compile.Compilation;
import dev.sandbar.core.compile.CompiledApp;
import dev.sandbar.core.compile.Compiler;
import dev.sandbar.core.compile.DeviceFacts;
import dev.sandbar.core.compile.ReferenceDevice;
import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.Node;
import dev.sandbar.core.model.Permission;
import dev.sandbar.core.model.SpecReader;
import dev.sandbar.core.model.UnitName;
import dev.sandbar.core.plan.Observation;
import dev.sandbar.core.plan.PruneGuard;
import dev.sandbar.device.agent.AppRecord.Past;
import dev.sandbar.device.agent.AppRecord.Trial;
import dev.sandbar.device.apply.Outcome;
import dev.sandbar.device.store.StateStore;
import dev.sandbar.source.text.YamlReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** No version that takes the place of a newer one has what the newer one was declared without. */
class WithdrawnTest {
  private static final AppName PUMP = new AppName("pump");
  private static final UnitName UNIT = UnitName.own(PUMP);
  private static final Instant NOON = Instant.parse("2026-03-01T12:00:00Z");
  private static final Duration YEAR = Duration.ofDays(365);
  private static final DeviceFacts FACTS = ReferenceDevice.facts();

  private static final String FIRST = "permissions: {internet: true, networkStatus: true}";
  private static final String SECOND = "permissions: {internet: true}, %s";
  private static final String HEALTH = "health: {ready: {exec: {command: [/bin/true]}}}";
  private static final String LATER =
      "health: {ready: {exec: {command: [/bin/true]}}, every: 5s, rollback: Always}";

  @TempDir private Path root;

  private Memory memory;
  private Versions versions;
  private AppHistory history;

  @BeforeEach
  void fresh() throws IOException {
    memory = new Memory(new StateStore(root));
    versions = new Versions(memory, FACTS, SignatureGate.open());
    history =
        new AppHistory(
            memory, Duration.ofSeconds(10), Duration::ofMinutes, _ -> "", versions::withdrawal);
  }

  private static Node manifest(int edition, String spec) {
    String text =
        """
        apiVersion: sandbar.dev/v1alpha1
        kind: AppSandbox
        metadata: {name: pump}
        spec: {run: {command: [/usr/bin/pump], environment: {EDITION: '%d'}}, %s}
        """
            .formatted(edition, spec);
    return YamlReader.read("pump.yaml", text.getBytes(StandardCharsets.UTF_8))
        .documents()
        .getFirst();
  }

  private static CompiledApp app(Node manifest) {
    var read = (SpecReader.Read) SpecReader.read(manifest);
    return ((Compilation.Compiled) Compiler.compile(read.app(), FACTS)).app();
  }

  private static Version version(int edition, String spec) {
    Node manifest = manifest(edition, spec);
    return new Version(manifest, app(manifest).generation(), "r" + edition);
  }

  private static Target.Run run(int edition, String spec) {
    return new Target.Run(app(manifest(edition, spec)), version(edition, spec), true, List.of());
  }

  private void ended(Target.Run run, Outcome outcome) {
    history.remember(
        new TreeMap<>(Map.of(PUMP, run)),
        Set.of(UNIT),
        new TreeMap<>(Map.of(UNIT, outcome)),
        Observation.NOTHING,
        NOON);
  }

  private Target decide(Target.Run newest) {
    return decide(declared(newest));
  }

  private static Declared declared(Target.Run newest) {
    return new Declared(
        "r",
        new TreeMap<>(Map.of(PUMP, new Compilation.Compiled(newest.app(), List.of()))),
        new TreeMap<>(Map.of(PUMP, newest.version().manifest())),
        new TreeMap<>(),
        List.of(),
        PruneGuard.Source.COMPLETE,
        new TreeMap<>());
  }

  private Target decide(Declared source) {
    return Objects.requireNonNull(
        Targets.decide(source, memory.records(), versions::compiled, NOON).get(PUMP));
  }

  private static void assertGoesOnWithout(Target target) {
    assertThat(target).isInstanceOf(Target.Run.class);
    Target.Run run = (Target.Run) target;
    assertThat(run.newest()).isFalse();
    assertThat(run.app().spec().run().environment()).containsEntry("EDITION", "1");
    assertThat(run.app().spec().permissions().requests()).containsOnlyKeys(Permission.INTERNET);
  }

  private String text(Target.Run newest) {
    return versions
        .former(new TreeMap<>(Map.of(PUMP, newest)), Set.of())
        .texts()
        .getOrDefault(UNIT, "");
  }

  @Test
  void aVersionThatIsNotReadyBringsNoPermissionBack() {
    Version first = version(1, FIRST);
    memory.put(AppRecord.fresh(PUMP).proved(first));
    Target.Run second = run(2, SECOND.formatted(HEALTH));
    // Also where the start fails and the one before is there at once.
    assertThat(text(second)).contains("EDITION=1").isNotEqualTo(app(first.manifest()).text());
    ended(second, new Outcome.Done());
    assertThat(memory.get(PUMP).trial()).isInstanceOf(Trial.Settling.class);
    history.fell(memory.get(PUMP), second.app(), "health", "it was not ready", NOON);

    assertGoesOnWithout(decide(second));
    assertThat(memory.get(PUMP).trial())
        .isInstanceOfSatisfying(
            Trial.Rejected.class,
            it ->
                assertThat(it.message())
                    .startsWith("it was not ready; generation ")
                    .endsWith("goes on without what was withdrawn: networkStatus"));
    // Nor while the source is gone, by another agent, or a version that cannot be read.
    assertGoesOnWithout(decide(Declared.NOTHING));
    AppRecord kept = RecordText.read(PUMP, RecordText.write(memory.get(PUMP)));
    assertThat(kept).isEqualTo(memory.get(PUMP));
  }

  @Test
  void oneThatDoesNotStartDoesNotEither() {
    memory.put(AppRecord.fresh(PUMP).proved(version(1, FIRST)));
    Target.Run second = run(2, SECOND.formatted("drift: {mode: Correct}"));
    ended(second, new Outcome.TakenBack("start", "it ended", true));
    assertGoesOnWithout(decide(second));
  }

  /** Each attempt would stop the version that works. */
  @Test
  void withoutHealthOneThatDoesNotStartIsNotTriedAgainEither() {
    memory.put(AppRecord.fresh(PUMP).proved(version(1, FIRST)));
    Target.Run second = run(2, SECOND.formatted("drift: {mode: Correct}"));
    ended(second, new Outcome.TakenBack("start", "it ended", true));
    assertThat(memory.get(PUMP).trial()).isInstanceOf(Trial.Rejected.class);
    assertThat(
            Targets.decide(declared(second), memory.records(), versions::compiled, NOON.plus(YEAR)))
        .hasEntrySatisfying(PUMP, target -> assertGoesOnWithout(target));

    memory.retry(PUMP, NOON);
    assertThat(decide(second))
        .isInstanceOfSatisfying(Target.Run.class, it -> assertThat(it.newest()).isTrue());
  }

  @Test
  void noneThatFailsLaterDoes() {
    memory.put(AppRecord.fresh(PUMP).proved(version(1, FIRST)));
    Target.Run second = run(2, SECOND.formatted(LATER));
    ended(second, new Outcome.Done());
    memory.put(memory.get(PUMP).proved(second.version(), true));
    history.fellLater(memory.get(PUMP), second.app(), "it was ready and no longer is");
    assertGoesOnWithout(decide(second));
    assertThat(((Trial.Rejected) memory.get(PUMP).trial()).message())
        .endsWith("goes on without what was withdrawn: networkStatus");
  }

  /** An image that does not arrive is no version that failed: what runs goes on, and is named. */
  @Test
  void aNetworkThatFailsStopsNothing() {
    memory.put(AppRecord.fresh(PUMP).proved(version(1, FIRST)));
    Target.Run second = run(2, SECOND.formatted(HEALTH));
    ended(second, new Outcome.TakenBack("image", "no route", false));
    assertThat(memory.get(PUMP).current()).contains(version(1, FIRST));
    assertThat(((Trial.Failed) memory.get(PUMP).trial()).message())
        .endsWith("no route; withdrawn but still granted: networkStatus");
  }

  /** The version before cannot be without what was withdrawn: nothing of the app runs. */
  @Test
  void whatIsNoAppWithoutItStops() {
    String needs =
        "permissions: {ports: [{port: 8080}], localNetwork: true}, "
            + "health: {ready: {tcp: {port: 8080}}}";
    memory.put(AppRecord.fresh(PUMP).proved(version(1, needs)));
    Target.Run second = run(2, "permissions: {localNetwork: true}, " + HEALTH);
    assertThat(text(second)).isEmpty();
    ended(second, new Outcome.Done());
    assertThat(memory.get(PUMP).lastGood()).isInstanceOf(Past.Withdrawn.class);
    history.fell(memory.get(PUMP), second.app(), "health", "it was not ready", NOON);

    // It is tried again, for there is nothing that could run in its place.
    assertThat(memory.get(PUMP).trial())
        .isInstanceOfSatisfying(
            Trial.Failed.class,
            it -> assertThat(it.message()).contains("does not take its place", "ports"));
    Target target = decide(second);
    assertThat(target).isInstanceOf(Target.Hold.class);
    assertThat(Targets.takenBack(new TreeMap<>(Map.of(PUMP, target)), memory.records(), Set.of()))
        .containsKey(PUMP);
    AppRecord kept = RecordText.read(PUMP, RecordText.write(memory.get(PUMP)));
    assertThat(kept).isEqualTo(memory.get(PUMP));
  }

  /** Only the permission was withdrawn, and without it the app is not ready. */
  @Test
  void theSameProgramDoesNotTakeItsOwnPlace() {
    memory.put(AppRecord.fresh(PUMP).proved(version(1, FIRST)));
    Target.Run second = run(1, SECOND.formatted(HEALTH));
    ended(second, new Outcome.Done());
    assertThat(memory.get(PUMP).lastGood())
        .isInstanceOfSatisfying(
            Past.Withdrawn.class, it -> assertThat(it.what()).containsExactly("networkStatus"));
    history.fell(memory.get(PUMP), second.app(), "health", "it was not ready", NOON);
    assertThat(decide(second)).isInstanceOf(Target.Hold.class);
    assertThat(memory.get(PUMP).isTakenBackToNothing()).isTrue();
    assertThat(((Trial.Failed) memory.get(PUMP).trial()).message())
        .endsWith("does not take its place, for this was withdrawn: networkStatus");
  }

  /** A version that is refused is none that was declared with less; what it withdraws is named. */
  @Test
  void aRefusedVersionWithdrawsNothing() {
    memory.put(AppRecord.fresh(PUMP).proved(version(1, FIRST)));
    Node refused = manifest(2, "permissions: {internet: true}, directives: {Unknown: 1}");
    Compilation newest =
        Compiler.compile(((SpecReader.Read) SpecReader.read(refused)).app(), FACTS);
    var source =
        new Declared(
            "r",
            new TreeMap<>(Map.of(PUMP, newest)),
            new TreeMap<>(Map.of(PUMP, refused)),
            new TreeMap<>(),
            List.of(),
            PruneGuard.Source.COMPLETE,
            new TreeMap<>());
    assertThat(decide(source))
        .isInstanceOfSatisfying(
            Target.Run.class,
            it -> {
              assertThat(it.version()).isEqualTo(version(1, FIRST));
              assertThat(it.problems())
                  .singleElement()
                  .satisfies(
                      problem ->
                          assertThat(problem.message())
                              .endsWith("withdrawn but still granted: networkStatus"));
            });
  }

  @Test
  void whatIsDeclaredWithMoreOrTheSameChangesNothing() {
    Version first = version(1, "permissions: {internet: true}");
    memory.put(AppRecord.fresh(PUMP).proved(first));
    ended(run(2, FIRST + ", " + HEALTH), new Outcome.Done());
    assertThat(memory.get(PUMP).lastGood()).isEqualTo(new Past.Good(first));
  }
}
