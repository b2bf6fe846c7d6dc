package dev.sandbar.core.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.compile.Compilation;
import dev.sandbar.core.compile.CompiledApp;
import dev.sandbar.core.compile.Compiler;
import dev.sandbar.core.compile.TestDevice;
import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.FlowText;
import dev.sandbar.core.model.UnitName;
import dev.sandbar.core.plan.Plan.JobStep;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StartOrderTest {

  private static CompiledApp app(String name, String after) {
    String spec = "{run: {command: [/usr/bin/app], after: [%s]}}".formatted(after);
    return switch (Compiler.compile(FlowText.read(name, spec), TestDevice.with(257))) {
      case Compilation.Compiled(var compiled, _) -> compiled;
      case Compilation.Rejected(_, var errors) -> throw new AssertionError(errors.toString());
    };
  }

  private static JobStep start(String name) {
    return new Plan.Start(UnitName.own(new AppName(name)), "new");
  }

  private static List<String> order(List<String> starts, CompiledApp... apps) {
    var steps = new ArrayList<JobStep>();
    starts.forEach(name -> steps.add(start(name)));
    return StartOrder.of(steps, List.of(apps)).stream()
        .map(step -> step.unit().ownApp().orElseThrow().value())
        .toList();
  }

  @Test
  void anAppStartsAfterThoseThatItNames() {
    assertThat(
            order(
                List.of("a", "b", "c", "d"),
                app("a", "d"),
                app("b", ""),
                app("c", "systemd-udevd.service, b"),
                app("d", "c")))
        .containsExactly("b", "c", "d", "a");
  }

  @Test
  void whatDoesNotStartAndWhatIsUnknownChangesNothing() {
    assertThat(order(List.of("b", "a"), app("a", "c"), app("c", "b"))).containsExactly("b", "a");
  }

  @Test
  void circlesLoseNobody() {
    assertThat(order(List.of("a", "b", "c"), app("a", "b"), app("b", "c"), app("c", "a")))
        .containsExactlyInAnyOrder("a", "b", "c");
  }

  @Test
  void theTargetOfAllAppsIsLast() {
    JobStep target = new Plan.Start(UnitName.TARGET, "new");
    assertThat(StartOrder.of(List.of(target, start("b"), start("a")), List.of(app("b", "a"))))
        .containsExactly(start("a"), start("b"), target);
  }

  @Test
  void twoStepsOfOneUnitStayTogether() {
    var steps = List.of(start("a"), new Plan.Restart(start("a").unit(), "again"), start("b"));
    assertThat(StartOrder.of(steps, List.of(app("a", "b"))))
        .containsExactly(steps.get(2), steps.get(0), steps.get(1));
  }

  /** Specs can make it as long as there are apps, and the agent's stacks are small. */
  @Test
  void aLongChainIsPutInOrder() throws InterruptedException {
    int length = 600;
    var names = IntStream.range(0, length).mapToObj(i -> "a" + i).toList();
    var chain = new CompiledApp[length];
    for (int i = 0; i < length; i++) {
      chain[i] = app(names.get(i), i + 1 < length ? names.get(i + 1) : "");
    }
    var ordered = new ArrayList<String>();
    var thread =
        new Thread(null, () -> ordered.addAll(order(names, chain)), "small-stack", 96 * 1024);
    thread.start();
    thread.join();
    assertThat(ordered).isEqualTo(names.reversed());
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5})
  void inAnyTangleWithoutCirclesEveryAppComesAfterItsOwn(long seed) {
    var random = new Random(seed);
    var names = IntStream.range(0, 30).mapToObj(i -> "a" + i).toList();
    var apps = new ArrayList<CompiledApp>();
    for (int i = 0; i < names.size(); i++) {
      List<String> earlier = new ArrayList<>(names.subList(0, i));
      Collections.shuffle(earlier, random);
      apps.add(app(names.get(i), String.join(", ", earlier.subList(0, Math.min(3, i)))));
    }
    var starts = new ArrayList<>(names);
    Collections.shuffle(starts, random);
    List<String> ordered = order(starts, apps.toArray(CompiledApp[]::new));
    assertThat(ordered).containsExactlyInAnyOrderElementsOf(names);
    for (CompiledApp app : apps) {
      for (String other : app.spec().run().lifecycle().after()) {
        assertThat(ordered.indexOf(other))
            .as("%s before %s", other, app.spec().name())
            .isLessThan(ordered.indexOf(app.spec().name().value()));
      }
    }
  }
}
