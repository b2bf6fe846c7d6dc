package dev.sandbar.device.agent;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.compile.CompiledApp;
import dev.sandbar.core.model.AppName;
import dev.sandbar.core.plan.Observation;
import dev.sandbar.core.plan.ObservedUnit;
import dev.sandbar.core.plan.Plan;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class LateSocketsTest {
  private static final int PID = 7;

  @TempDir private Path root;

  private Path link;
  private Path inside;

  @BeforeEach
  void aServerThatLetsTheAppIn() throws IOException {
    Files.createDirectories(root.resolve("run/sandbar-apps/broker"));
    link = root.resolve("run/sandbar-apps/.accept/broker/pump");
    Files.createDirectories(link.getParent());
    Files.createSymbolicLink(link, Path.of("/run/sandbar-apps/broker"));
    inside = root.resolve("proc/" + PID + "/root/run/sandbar-apps");
    Files.createDirectories(inside);
  }

  @Test
  void aClientIsRestartedOnceForADirectory() throws IOException {
    var late = new LateSockets(root);
    assertThat(restarts(late)).containsExactly("broker lists it in acceptFrom");
    assertThat(restarts(late)).isEmpty();

    late.keepOnly(Set.of(new AppName("pump"), new AppName("broker")));
    assertThat(restarts(late)).isEmpty();
    late.keepOnly(Set.of(new AppName("broker")));
    assertThat(restarts(late)).hasSize(1);
  }

  /** A name of the same directory stands for its mount. */
  @Test
  void aClientThatIsNotLetInAnyMoreLosesWhatItHas() throws IOException {
    var late = new LateSockets(root);
    Files.delete(inside);
    Files.createSymbolicLink(inside, root.resolve("run/sandbar-apps"));
    assertThat(restarts(late)).isEmpty();

    Files.delete(link);
    assertThat(restarts(late)).containsExactly("broker does not list it in acceptFrom any more");
  }

  @Test
  void whomAnAppThatIsGoneLetInIsForgotten() {
    var late = new LateSockets(root);
    late.keepOnly(Set.of(new AppName("pump"), new AppName("broker")));
    assertThat(link).isSymbolicLink();

    late.keepOnly(Set.of(new AppName("pump")));
    assertThat(link.getParent()).doesNotExist();
    assertThat(root.resolve("run/sandbar-apps/broker")).isDirectory();
  }

  private static List<String> restarts(LateSockets late) {
    CompiledApp app = LateNodesTest.permitted("talkTo: [broker]");
    var loaded =
        new ObservedUnit.Loaded(
            "loaded", "active", "running", "", "", List.of(), false, "", "", "", 0, 0);
    var process =
        new ObservedUnit.ProcessEvidence(
            PID, "pump", 1, true, 2, 0, 0, 0, new TreeMap<>(), "", new TreeSet<>());
    var unit =
        new ObservedUnit(
            app.unit(), List.of(), loaded, new TreeMap<>(), List.of(process), List.of());
    var seen = new Observation(new TreeMap<>(Map.of(app.unit(), unit)), new TreeMap<>());
    return late.with(Plan.EMPTY, List.of(app), seen).steps().stream().map(Plan.Step::why).toList();
  }
}
