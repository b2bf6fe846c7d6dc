package dev.sandbar.device.health;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sandbar.core.compile.Compilation;
import dev.sandbar.core.compile.CompiledApp;
import dev.sandbar.core.compile.Compiler;
import dev.sandbar.core.compile.ReferenceDevice;
import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.SpecReader;
import dev.sandbar.core.report.CheckResult;
import dev.sandbar.core.report.Readiness;
import dev.sandbar.source.text.JsonReader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class HealthChecksTest {

  private static final AppName PUMP = new AppName("pump");

  /** What happened, in its order. */
  private final List<String> log = new CopyOnWriteArrayList<>();

  private static CompiledApp app(String program, String more) {
    String manifest =
        """
        {"apiVersion": "sandbar.dev/v1alpha1", "kind": "AppSandbox", "metadata": {"name": "pump"},
         "spec": {"run": {"command": ["/usr/bin/%s"]}, "health": {"ready": {"exec": {"command": ["/usr/bin/x"]}}%s}}}
        """
            .formatted(program, more);
    var document =
        JsonReader.read("pump", manifest.getBytes(StandardCharsets.UTF_8)).documents().getFirst();
    var spec = ((SpecReader.Read) SpecReader.read(document)).app();
    return ((Compilation.Compiled) Compiler.compile(spec, ReferenceDevice.facts())).app();
  }

  private static String name(CompiledApp app) {
    return app.spec().run().command().getFirst().substring("/usr/bin/".length());
  }

  private AppCheck check(CheckResult result, CountDownLatch asked) {
    return new AppCheck() {
      @Override
      public CheckResult ask(CompiledApp app) throws InterruptedException {
        log.add("ask " + name(app));
        asked.countDown();
        if (name(app).equals("hangs")) {
          Thread.sleep(Duration.ofMinutes(5));
        }
        return result;
      }

      @Override
      public void end(CompiledApp app) {
        assertThat(Thread.currentThread().isInterrupted()).isFalse();
        log.add("end " + name(app));
      }
    };
  }

  private HealthChecks checks(CheckResult result, CountDownLatch asked) {
    return new HealthChecks(
        check(result, asked), unit -> log.add("changed"), Duration.ZERO, System::nanoTime);
  }

  @Test
  void theLoopHearsOfAChangeAndOfNothingElse() throws InterruptedException {
    var asked = new CountDownLatch(2);
    try (var checks = checks(new CheckResult.Failed("no"), asked)) {
      CompiledApp app = app("a", "");
      assertThat(checks.of(app)).isEqualTo(new Readiness.Undecided(""));
      checks.follow(app, false);
      checks.follow(app, false);
      assertThat(asked.await(30, TimeUnit.SECONDS)).isTrue();
      await().until(() -> checks.of(app).equals(new Readiness.Undecided("no")));
      assertThat(log.stream().filter("changed"::equals)).hasSize(1);
      // Nothing is known of another version, nor of one that is judged in another way.
      assertThat(checks.of(app("b", ""))).isEqualTo(new Readiness.Undecided(""));
      assertThat(checks.of(app("a", ", \"within\": \"5min\"")))
          .isEqualTo(new Readiness.Undecided(""));
    }
    assertThat(log).last().isEqualTo("end a");
  }

  @Test
  void oneThatHangsEndsBeforeTheNextIsAsked() throws InterruptedException {
    var first = new CountDownLatch(1);
    try (var checks = checks(new CheckResult.Passed(), first)) {
      checks.follow(app("hangs", ""), false);
      assertThat(first.await(30, TimeUnit.SECONDS)).isTrue();
      checks.follow(app("b", ""), false);
      await().until(() -> checks.of(app("b", "")) instanceof Readiness.Ready);
      assertThat(log).containsSubsequence("ask hangs", "end hangs", "ask b", "changed");
      checks.keepOnly(Set.of(PUMP));
      assertThat(checks.of(app("b", ""))).isInstanceOf(Readiness.Ready.class);
      checks.keepOnly(Set.of());
      await().until(() -> log.getLast().equals("end b"));
    }
  }
}
