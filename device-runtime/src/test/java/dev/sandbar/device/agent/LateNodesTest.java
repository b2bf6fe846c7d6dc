package dev.sandbar.device.agent;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.compile.Compilation;
import dev.sandbar.core.compile.CompiledApp;
import dev.sandbar.core.compile.Compiler;
import dev.sandbar.core.compile.ReferenceDevice;
import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.Node;
import dev.sandbar.core.model.SpecReader;
import dev.sandbar.core.plan.Observation;
import dev.sandbar.core.plan.ObservedUnit;
import dev.sandbar.core.plan.Plan;
import dev.sandbar.source.text.YamlReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
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

final class LateNodesTest {
  private static final int PID = 7;

  @TempDir private Path root;

  @BeforeEach
  void aNodeThatTheProcessLacks() throws IOException {
    Files.createDirectories(root.resolve("dev"));
    Files.createFile(root.resolve("dev/ttyUSB0"));
    Files.createDirectories(root.resolve("proc/" + PID + "/root/dev"));
  }

  @Test
  void anAppIsRestartedOnceForANodeAndForgottenWhenNothingNamesIt() {
    var late = new LateNodes(root);
    CompiledApp app = app("/dev/ttyUSB0");
    assertThat(restarts(late, app)).hasSize(1);
    assertThat(restarts(late, app)).isEmpty();

    // An app of which something goes on is not looked at, and is not forgotten either.
    late.with(Plan.EMPTY, List.of(), Observation.NOTHING);
    late.keepOnly(Set.of(app.spec().name()));
    assertThat(restarts(late, app)).isEmpty();
    assertThat(late.size()).isEqualTo(1);

    late.keepOnly(Set.of(new AppName("other")));
    assertThat(late.size()).isZero();
  }

  @Test
  void aNodeThatTheAppNoLongerNamesIsForgotten() {
    var late = new LateNodes(root);
    assertThat(restarts(late, app("/dev/ttyUSB0"))).hasSize(1);
    assertThat(restarts(late, app("/dev/ttyUSB1"))).isEmpty();
    assertThat(late.size()).isZero();
  }

  @Test
  void anAppLosesHardwareThatWasPulledOut() throws IOException {
    var late = new LateNodes(root);
    CompiledApp app = spec("{vendor: \"0403\", product: \"6001\", optional: true}");
    assertThat(restarts(late, app)).isEmpty();

    Path inside = root.resolve("proc/" + PID + "/root/dev/sandbar/serial/0403_6001");
    Files.createDirectories(root.resolve("proc/" + PID + "/root/dev/sandbar/serial"));
    Files.createFile(inside);
    assertThat(restarts(late, app))
        .singleElement()
        .isEqualTo(
            new Plan.Restart(app.unit(), "/dev/sandbar/serial/0403_6001 has been pulled out"));
    Files.delete(inside);
    assertThat(restarts(late, app)).isEmpty();
  }

  private static List<Plan.Step> restarts(LateNodes late, CompiledApp app) {
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
    return late.with(Plan.EMPTY, List.of(app), seen).steps();
  }

  private static CompiledApp app(String node) {
    return spec("{device: " + node + "}");
  }

  private static CompiledApp spec(String entry) {
    return permitted("serial: [" + entry + "]");
  }

  static CompiledApp permitted(String permission) {
    String yaml =
        """
        apiVersion: sandbar.dev/v1alpha1
        kind: AppSandbox
        metadata: {name: pump}
        spec:
          run: {command: [/usr/bin/sleep, '1']}
          permissions: {%s}
        """
            .formatted(permission);
    Node manifest =
        YamlReader.read("test", yaml.getBytes(StandardCharsets.UTF_8)).documents().getFirst();
    if (SpecReader.read(manifest) instanceof SpecReader.Read(var app, _)
        && Compiler.compile(app, ReferenceDevice.facts())
            instanceof Compilation.Compiled(var compiled, _)) {
      return compiled;
    }
    throw new AssertionError(yaml);
  }
}
