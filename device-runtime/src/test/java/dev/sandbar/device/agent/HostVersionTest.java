package dev.sandbar.device.agent;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.catalog.HostAddresses;
import dev.sandbar.core.compile.Compilation;
import dev.sandbar.core.compile.CompiledApp;
import dev.sandbar.core.compile.Compiler;
import dev.sandbar.core.compile.ReferenceDevice;
import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.Cidr;
import dev.sandbar.core.model.Node;
import dev.sandbar.core.model.SpecReader;
import dev.sandbar.core.model.UnitName;
import dev.sandbar.core.plan.Observation;
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
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What other addresses of a host are to the record of an app. */
class HostVersionTest {
  private static final AppName PUMP = new AppName("pump");
  private static final UnitName UNIT = UnitName.own(PUMP);
  private static final Instant NOON = Instant.parse("2026-03-01T12:00:00Z");

  private static final Node MANIFEST =
      YamlReader.read(
              "pump.yaml",
              """
              apiVersion: sandbar.dev/v1alpha1
              kind: AppSandbox
              metadata: {name: pump}
              spec:
                run: {command: [/usr/bin/pump]}
                permissions: {internet: true, internetTo: [{host: a.example.com}]}
              """
                  .getBytes(StandardCharsets.UTF_8))
          .documents()
          .getFirst();

  @TempDir private Path root;

  private Memory memory;
  private AppHistory history;

  @BeforeEach
  void fresh() throws IOException {
    memory = new Memory(new StateStore(root));
    history =
        new AppHistory(
            memory,
            Duration.ofSeconds(10),
            Duration::ofMinutes,
            _ -> "",
            (older, _) -> new AppRecord.Withdrawn.To(older));
  }

  private static CompiledApp app(String... addresses) {
    var answers = new TreeSet<Cidr>();
    for (String address : addresses) {
      answers.add(Cidr.parse(address).orElseThrow());
    }
    var known =
        new HostAddresses(
            new TreeMap<>(
                Map.of("a.example.com", new HostAddresses.Host(answers, new TreeSet<>()))));
    var read = (SpecReader.Read) SpecReader.read(MANIFEST);
    return ((Compilation.Compiled)
            Compiler.compile(read.app(), ReferenceDevice.facts().with(known)))
        .app();
  }

  private static Target.Run run(CompiledApp app) {
    var version = new Version(MANIFEST, app.generation(), "r", app.rendered());
    return new Target.Run(app, version, true, List.of());
  }

  private void ended(CompiledApp app, Outcome outcome) {
    history.remember(
        new TreeMap<>(Map.of(PUMP, run(app))),
        Set.of(),
        new TreeMap<>(Map.of(UNIT, outcome)),
        Observation.NOTHING,
        NOON);
  }

  private boolean isApplied(CompiledApp app) {
    return history.inventory(_ -> "").isApplied(app);
  }

  @Test
  void theyAreNoNewVersion() throws IOException {
    CompiledApp one = app("198.51.100.1");
    CompiledApp two = app("198.51.100.2");
    Version earlier = new Version(MANIFEST, app().rendered(), "before");
    memory.put(
        new AppRecord(PUMP, new Past.Good(run(one).version()), new Trial.None(), List.of(earlier)));
    assertThat(isApplied(one)).isTrue();
    // What differs until then is no drift.
    assertThat(isApplied(two)).isFalse();

    ended(two, new Outcome.Done());
    assertThat(isApplied(two)).isTrue();
    assertThat(isApplied(one)).isFalse();
    AppRecord record = memory.get(PUMP);
    assertThat(record.trial()).isInstanceOf(Trial.None.class);
    assertThat(record.earlier()).containsExactly(earlier);
    AppRecord read = new Memory(new StateStore(root)).get(PUMP);
    assertThat(read.current().orElseThrow().unit()).isEqualTo(two.rendered());
    assertThat(read.current().orElseThrow().generation()).isEqualTo(one.generation());
    assertThat(read.earlier()).hasSize(1);
  }

  /** As when the agent was killed between the two. */
  @Test
  void whatIsAppliedAlreadyOnlyHasToBeRemembered() {
    memory.put(AppRecord.fresh(PUMP).proved(run(app("198.51.100.1")).version()));
    CompiledApp two = app("198.51.100.2");
    history.adopt(run(two), () -> false, Observation.NOTHING, NOON);
    assertThat(isApplied(two)).isFalse();
    history.adopt(run(two), () -> true, Observation.NOTHING, NOON);
    assertThat(isApplied(two)).isTrue();
    assertThat(memory.get(PUMP).trial()).isInstanceOf(Trial.None.class);
  }

  @Test
  void aTrialGoesOnWithThem() {
    CompiledApp one = app("198.51.100.1");
    ended(one, new Outcome.Done());
    assertThat(memory.get(PUMP).trial()).isInstanceOf(Trial.Settling.class);
    Trial.Settling before = (Trial.Settling) memory.get(PUMP).trial();
    CompiledApp two = app("198.51.100.2");
    ended(two, new Outcome.Done());
    assertThat(memory.get(PUMP).trial())
        .isEqualTo(
            new Trial.Settling(
                run(two).version(), before.until(), before.restarts(), before.failures()));
  }

  /** Otherwise whoever answers for the name had it tried again, and interrupt what runs. */
  @Test
  void aVersionThatFailedRestsOn() {
    CompiledApp one = app("198.51.100.1");
    history.failed(AppRecord.fresh(PUMP), one.generation(), "start", "it fell over", NOON);
    assertThat(memory.get(PUMP).isResting(app("198.51.100.2").generation(), NOON)).isTrue();
  }

  /** An older agent reads a record without them. */
  @Test
  void aUnitWithoutHostsIsWrittenAsBefore() {
    CompiledApp none = app();
    assertThat(new Version(MANIFEST, none.generation(), "r", none.generation()).rendered())
        .isNull();
    assertThat(
            RecordText.write(
                    AppRecord.fresh(PUMP)
                        .proved(new Version(MANIFEST, none.generation(), "r", none.generation())))
                .toString())
        .doesNotContain("rendered");
  }
}
