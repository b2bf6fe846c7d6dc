package dev.sandbar.crds.v1alpha1;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is read is written again: nothing is lost, and nothing is made up. */
class RoundTripTest {

  private static final String HEAD = "apiVersion: sandbar.dev/v1alpha1\nmetadata: {name: a}\n";

  private static final String APP =
      HEAD
          + """
          kind: AppSandbox
          spec:
            devices:
              matchLabels: {site: berlin}
              matchExpressions: [{key: role, operator: In, values: [pump]}]
            image: {path: /srv/a.squashfs, sha256: abc}
            run: {command: [/usr/bin/app, ""], environment: {A: b}, workingDirectory: /tmp}
            mode: Open
            permissions: {internet: false, ports: [{port: 8080}], jit: null}
            systemCalls: {allow: [ptrace], deny: ["@mount"]}
            directives: {MemoryMax: 64M, Nice: 5}
            drift: {mode: Correct, ignore: [{property: CPUWeight, reason: tuned}]}
          status:
            observedGeneration: 3
            conditions:
              - {type: Ready, status: "True", reason: Succeeded, message: m,
                 lastTransitionTime: "2026-01-01T00:00:00Z", observedGeneration: 3}
            devices: {desired: 3, updated: 2, ready: 1, drifted: 1, unreachable: 1, cannotEnforce: 0}
            problems: [{reason: CannotEnforce, message: m, devices: 1, examples: [d1]}]
            lastHandledReconcileAt: now
          """;

  private static final String DEVICE =
      HEAD
          + """
          kind: Device
          spec:
            identity: {type: ServiceAccount, publicKey: TUZrd0V3WUhLb1pJemowQ0FR}
            approved: true
            suspend: false
            decommission: {removeApps: true}
          status:
            facts: {systemd: 257, kernel: "6.12", architecture: x86_64, features: [seccomp],
                    volumes: {media: /srv/media}, systemCalls: H4s, digest: abc, agent: "0.1.0"}
            observedGeneration: 1
            conditions: []
            apps: {desired: 2, ready: 1, drifted: 1, cannotEnforce: 0}
            cannotEnforce: [{app: a, reason: CannotEnforce, message: m, help: n}]
            lastSeen: "2026-01-01T00:00:00Z"
            credential: {key: k, token: t, expires: "2026-01-01T00:00:00Z"}
          """;

  private static final String BUNDLE =
      HEAD
          + """
          kind: DeviceBundle
          spec:
            digest: d
            apps:
              pump: {spec: {run: {command: [/usr/bin/app]}, typo: 1}, generation: 7, revision: main@sha1:0a, rendered: r}
            decommission: {removeApps: false}
          status:
            observedGeneration: 9
            digest: d
            reportedAt: "2026-01-01T00:00:00Z"
            apps:
              pump: {generation: 7, revision: x, rendered: r, enforcement: Enforced, granted: [internet], notEnforced: [TasksMax],
                     conditions: [], drifts: [{layer: file, subject: s, declared: a, observed: b,
                     since: "2026-01-01T00:00:00Z"}]}
            conditions: []
            decommissioned: true
            systemCalls: H4sIAAAA
          """;

  private static final String SOURCE =
      HEAD
          + """
          kind: GitSource
          spec:
            url: https://example.com/fleet.git
            ref: {tag: v1}
            path: apps
            interval: 1m
            timeout: 1m
            prune: true
            maxRemovals: 5
            suspend: false
            drift: {mode: Detect}
            secretRef: {name: a}
            webhookSecretRef: {name: b}
          status:
            observedGeneration: 1
            conditions: []
            lastAppliedRevision: a
            lastAttemptedRevision: b
            lastHandledReconcileAt: c
            inventory: [pump]
            problems: [{at: "a.yaml:1:2", message: m, help: n}]
          """;

  @ParameterizedTest
  @ValueSource(strings = {APP, DEVICE, BUNDLE, SOURCE})
  void everyFieldComesBack(String text) {
    Object object = Serialization.unmarshal(text);
    assertThat(written(object)).isEqualTo(read(text));
    assertThat(Serialization.<Object>unmarshal(Serialization.asJson(object))).isEqualTo(object);
  }

  @Test
  void theKindsAreFoundByTheirNames() {
    assertThat(Serialization.<Object>unmarshal(APP)).isInstanceOf(AppSandbox.class);
    assertThat(Serialization.<Object>unmarshal(DEVICE)).isInstanceOf(Device.class);
    assertThat(Serialization.<Object>unmarshal(BUNDLE)).isInstanceOf(DeviceBundle.class);
    assertThat(Serialization.<Object>unmarshal(SOURCE)).isInstanceOf(GitSource.class);
  }

  @Test
  void whatIsAbsentStaysAbsent() {
    var app = flow("{run: {command: [/a]}}", AppSandboxSpec.class);
    assertThat(written(app)).isEqualTo(read("{run: {command: [/a]}}"));
    assertThat(written(flow("{}", DeviceSpec.class))).isEqualTo(read("{}"));
    assertThat(written(flow("{url: a}", GitSourceSpec.class))).isEqualTo(read("{url: a}"));
  }

  /** A client that lists objects fails on all of them if it cannot read one. */
  @Test
  void textOfReleasesBeforeIsRead() {
    var source = flow("{url: a, ref: main, drift: Detect}", GitSourceSpec.class);
    assertThat(java.util.Objects.requireNonNull(source.drift()).mode())
        .isEqualTo(AppSandboxSpec.DriftMode.Detect);
    assertThat(java.util.Objects.requireNonNull(source.ref()).name()).isEqualTo("main");
    var app = flow("{run: {command: [/a]}, drift: Correct}", AppSandboxSpec.class);
    assertThat(java.util.Objects.requireNonNull(app.drift()).mode())
        .isEqualTo(AppSandboxSpec.DriftMode.Correct);
  }

  @Test
  void aTypoInASpecIsKeptForTheCompilerToRefuse() {
    String text =
        "{run: {command: [/a], usr: root}, permissons: {a: 1}, devices: {matchLabel: {a: b}},"
            + " systemCalls: {dny: [a]}, image: {sha256: a, pth: /a}}";
    var spec = flow(text, AppSandboxSpec.class);
    assertThat(spec.others()).containsOnlyKeys("permissons");
    assertThat(written(spec)).isEqualTo(read(text));
  }

  @Test
  void whatALaterVersionAddsToAStatusDoesNoHarm() {
    var status =
        flow("{later: 1, conditions: [{type: a, status: b, later: 1}]}", DeviceBundleStatus.class);
    assertThat(status.conditions()).hasSize(1);
    var bundle = flow("{digest: d, later: 1, apps: {}}", DeviceBundleSpec.class);
    assertThat(bundle.digest()).isEqualTo("d");
  }

  @Test
  void collectionsCannotBeChangedAfterwards() {
    var run = new AppSandboxSpec.Run(List.of("/a"), Map.of("A", "b"), null);
    assertThatThrownBy(() -> run.environment().put("C", "d"))
        .isInstanceOf(UnsupportedOperationException.class);
    assertThatThrownBy(() -> run.command().add("x"))
        .isInstanceOf(UnsupportedOperationException.class);
  }

  private static JsonNode written(Object object) {
    return read(Serialization.asJson(object));
  }

  private static JsonNode read(String text) {
    return flow(text, JsonNode.class);
  }

  /** YAML, also where it begins as JSON does. */
  private static <T> T flow(String text, Class<T> type) {
    return Serialization.unmarshal("---\n" + text, type);
  }
}
