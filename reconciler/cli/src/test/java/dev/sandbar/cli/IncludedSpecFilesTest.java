package dev.sandbar.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.model.Sha256;
import dev.sandbar.device.store.ContentStore;
import dev.sandbar.device.store.DurableFiles;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files on disk that a spec names as the content of its files. */
class IncludedSpecFilesTest {
  @TempDir private Path temp;

  @Test
  void filesBesideASpecAreItsFiles() throws IOException {
    String app =
        """
        apiVersion: sandbar.dev/v1alpha1
        kind: AppSandbox
        metadata: {name: metrics}
        spec:
          run: {command: [/usr/bin/metrics]}
          files: [{path: /run/metrics.yml, from: {file: %s}}]
        """;
    Path spec = Files.writeString(temp.resolve("metrics.yaml"), app.formatted("conf/m.yml"));
    Path conf = Files.createDirectory(temp.resolve("conf"));
    Files.writeString(conf.resolve("m.yml"), "global: {}\n");
    Files.createSymbolicLink(temp.resolve("linked"), Path.of("/etc"));
    for (String named : List.of(spec.toString(), temp.toString())) {
      assertThat(Ran.sandbar("validate", named).out()).contains("1 app: no error, no warning");
    }
    assertThat(Ran.sandbar("compile", spec.toString()).out())
        .contains("/sha256-" + Sha256.of("global: {}\n").hex() + ":/run/metrics.yml");
    assertThat(Ran.with(Map.of(), Files.readString(spec), "validate", "-").out())
        .contains("<stdin>:6:49: error: spec.files[0].from.file: 'conf/m.yml' cannot be found");
    for (String file : List.of("none.yml", "../conf/m.yml", "/etc/passwd", "linked/passwd")) {
      Files.writeString(spec, app.formatted(file));
      var ran = Ran.sandbar("validate", temp.toString());
      assertThat(ran.code()).isEqualTo(1);
      assertThat(ran.out()).contains("metrics.yaml:6:49: error: spec.files[0].from.file: '" + file);
    }
  }

  @Test
  void aConfigMapAmongTheSpecsIsTheContent() throws IOException {
    String app =
        """
        apiVersion: sandbar.dev/v1alpha1
        kind: AppSandbox
        metadata: {name: metrics}
        spec:
          run: {command: [/usr/bin/metrics]}
          files: [{path: /run/metrics.yml, from: {configMap: {name: conf, key: m.yml}}}]
        """;
    Path spec = Files.writeString(temp.resolve("metrics.yaml"), app);
    var alone = Ran.sandbar("validate", temp.toString());
    assertThat(alone.code()).isEqualTo(1);
    assertThat(alone.out())
        .contains("metrics.yaml:6:42: error: spec.files[0].from.configMap: key 'm.yml' of")
        .contains("help: add it to the manifests: {apiVersion: v1, kind: ConfigMap");
    String map =
        """
        apiVersion: v1
        kind: ConfigMap
        metadata: {name: conf}
        data:
          m.yml: |
            global: {}
        """;
    Path beside = Files.writeString(temp.resolve("conf.yaml"), map);
    assertThat(Ran.sandbar("validate", temp.toString()).out())
        .contains("1 app: no error, no warning");
    assertThat(Ran.sandbar("compile", spec.toString(), beside.toString()).out())
        .contains("/sha256-" + Sha256.of("global: {}\n").hex() + ":/run/metrics.yml");
    assertThat(Ran.with(Map.of(), app + "---\n" + map, "validate", "-").out())
        .contains("1 app: no error, no warning");
  }

  @Test
  void aSecretOfKubernetesIsValidAndForAFleetAlone() throws IOException {
    String app =
        """
        apiVersion: sandbar.dev/v1alpha1
        kind: AppSandbox
        metadata: {name: metrics}
        spec:
          run: {command: [/usr/bin/metrics]}
          secrets: [{name: mqtt, from: {secret: {name: broker, key: password}}}]
        """;
    String spec = Files.writeString(temp.resolve("metrics.yaml"), app).toString();
    assertThat(Ran.sandbar("validate", spec).out()).contains("1 app: no error, no warning");
    // All commands but 'validate' read specs as this one does, 'plan' and 'apply' among them.
    var ran = Ran.sandbar("compile", spec);
    assertThat(ran.code()).isEqualTo(1);
    assertThat(ran.out() + ran.err())
        .contains("metrics.yaml:6:32: error: spec.secrets[0].from.secret: key 'password' of Secret")
        .contains("where only the operator of a fleet reads it")
        .contains("help: seal it with 'sandbar secret seal --recipient age1...'");
  }

  /** As on a device that follows the repository; commands have them there while they run. */
  @Test
  void largeFilesAreNamedByTheirDigests() throws IOException {
    String map = "x".repeat(100_000);
    Path spec =
        Files.writeString(
            temp.resolve("maps.yaml"),
            """
            apiVersion: sandbar.dev/v1alpha1
            kind: AppSandbox
            metadata: {name: maps}
            spec:
              run: {command: [/usr/bin/maps]}
              files: [{path: /run/map.txt, from: {file: map.txt}}]
            """);
    Files.writeString(temp.resolve("map.txt"), map);
    assertThat(Ran.sandbar("validate", temp.toString()).out()).contains("1 app: no error");
    assertThat(Ran.sandbar("compile", spec.toString()).out())
        .contains("/sha256-" + Sha256.of(map).hex() + ":/run/map.txt");
    Path root = temp.resolve("device");
    var store = ContentStore.of(root, new DurableFiles());
    Path kept = root.resolve("var/lib/sandbar/contents/sha256-" + Sha256.of(map).hex());
    try (var contents = new UsedContents(store, false)) {
      Specs written =
          SpecFiles.read(List.of(spec.toString()), InputStream.nullInputStream(), contents);
      assertThat(written.diagnostics()).isEmpty();
      assertThat(kept).hasContent(map);
    }
    assertThat(kept).doesNotExist();
    store.keep(Sha256.of(map), map.getBytes(StandardCharsets.UTF_8));
    try (var contents = new UsedContents(store, false)) {
      SpecFiles.read(List.of(spec.toString()), InputStream.nullInputStream(), contents);
    }
    assertThat(kept).as("that of an agent").hasContent(map);
    store.remove(Set.of(Sha256.of(map)));
    try (var contents = new UsedContents(store, true)) {
      SpecFiles.read(List.of(spec.toString()), InputStream.nullInputStream(), contents);
    }
    assertThat(kept).as("one that an agent may need by now").hasContent(map);
  }

  /** Those that are wrong too, and nothing that is no app. */
  @Test
  void appsThatAreWrongAreCountedAsApps() throws IOException {
    String app =
        """
        apiVersion: sandbar.dev/v1alpha1
        kind: AppSandbox
        metadata: {name: %s}
        spec: {run: {command: [/usr/bin/metrics]}%s}
        """;
    Files.writeString(temp.resolve("a.yaml"), app.formatted("a", ""));
    Files.writeString(
        temp.resolve("b.yaml"), app.formatted("b", ", permissions: {intarnet: true}"));
    Files.writeString(
        temp.resolve("c.yaml"), app.formatted("a", "") + "---\n" + app.formatted("c", ", no: 1"));
    Files.writeString(
        temp.resolve("agent.yaml"), "apiVersion: sandbar.dev/v1alpha1\nkind: AgentConfig\n");
    Files.writeString(
        temp.resolve("conf.yaml"), "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: conf}\n");
    assertThat(Ran.sandbar("validate", temp.toString()).out())
        .contains("5 files, 4 apps: 3 errors, no warning");
    Files.writeString(
        temp.resolve("route.yaml"), "apiVersion: sandbar.dev/v1alpha1\nkind: AlertRoute\n");
    assertThat(Ran.sandbar("validate", temp.toString()).out()).contains("6 files, 4 apps: ");
  }
}
