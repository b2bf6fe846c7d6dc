package dev.sandbar.operator.gitsource;

import static dev.sandbar.operator.gitsource.World.app;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.apiserver.ApiServer;
import dev.sandbar.apiserver.KubernetesApi;
import dev.sandbar.core.model.FileContent;
import dev.sandbar.core.model.Sha256;
import dev.sandbar.operator.publish.AppContents;
import dev.sandbar.operator.publish.Writes;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files of a repository that no spec has room for. */
class SourceContentsTest {
  private static final String FILES = "files: [{path: /run/map.json, from: {file: conf/map.json}}]";

  @TempDir Path temp;
  private World world;

  @BeforeEach
  void begin(@KubernetesApi ApiServer api) throws Exception {
    world = new World(api, temp);
  }

  @AfterEach
  void end() {
    world.close();
  }

  private static String text(char letter, int length) {
    return (letter + "\n").repeat(length / 2);
  }

  private void commit(String content) throws Exception {
    world.repository.write("one.yaml", app("one", FILES)).write("conf/map.json", content).commit();
  }

  /** Name of the AppContent of the only file of an app, which has just these bytes. */
  private String named(String app, String content) {
    if (world.spec(app).get("files") instanceof List<?> files
        && files.getFirst() instanceof Map<?, ?> file
        && file.get("from") instanceof Map<?, ?> from
        && from.get("appContent") instanceof Map<?, ?> named) {
      String name = String.valueOf(named.get("name"));
      String digest = Sha256.of(content.getBytes(UTF_8)).hex();
      assertThat(named.get("sha256")).isEqualTo(digest);
      assertThat(named.get("bytes")).isEqualTo(content.length());
      return name;
    }
    throw new AssertionError("names no AppContent: " + world.spec(app).get("files"));
  }

  /** The bytes as a bundle has them stored; empty while they are not at hand. */
  private Optional<String> stored(AppContents contents, String name, String content) {
    byte[] bytes = content.getBytes(UTF_8);
    var kept = new FileContent.Kept(Sha256.of(bytes), bytes.length, name);
    if (contents.ensure(world.namespace, kept, Optional::empty).isPresent()) {
      return Optional.empty();
    }
    Object spec =
        world
            .client
            .genericKubernetesResources(Writes.Kind.APP_CONTENT.context())
            .inNamespace(world.namespace)
            .withName(name)
            .require()
            .get("spec", "data");
    return Optional.of(new String(Base64.getDecoder().decode(String.valueOf(spec)), UTF_8));
  }

  private List<String> contents() {
    return world
        .client
        .genericKubernetesResources(Writes.Kind.APP_CONTENT.context())
        .inNamespace(world.namespace)
        .list()
        .getItems()
        .stream()
        .map(GenericKubernetesResource::getMetadata)
        .map(it -> it.getName())
        .filter(it -> !it.startsWith("key-"))
        .toList();
  }

  private void emptyCache() throws IOException {
    try (var files = Files.walk(temp.resolve("cache"))) {
      for (Path file : files.filter(it -> it.toString().contains("/contents/")).toList()) {
        Files.delete(file);
      }
    }
  }

  @Test
  void becomeObjectsOnceABundleIsToNameThem() throws Exception {
    String first = text('a', 300_000);
    commit(first);
    GitSources sources = world.operator();
    world.source("fleet", "prune: true");
    world.awaitReady("fleet");
    String name = named("one", first);
    // Who has only the file learns nothing of the content from it.
    assertThat(name).matches("content-[0-9a-f]{32}");
    assertThat(Sha256.of(first.getBytes(UTF_8)).hex()).doesNotContain(name.substring(8));
    assertThat(contents()).as("no device needs it").isEmpty();

    AppContents contents = sources.contents();
    assertThat(stored(contents, name, first)).contains(first);
    assertThat(contents()).containsExactly(name);
    // Who writes the name of another one gets nothing made.
    var forged = new FileContent.Kept(Sha256.of("x"), 1, "content-of-mine");
    assertThat(contents.ensure(world.namespace, forged, () -> Optional.of(new byte[] {'x'})))
        .isEmpty();
    assertThat(contents()).containsExactly(name);

    // Another operator gives it the same name. What it has not on the disk it reads again.
    world.stopOperator();
    world.api.kubectl("delete", "appcontents", name, "-n", world.namespace).orThrow();
    emptyCache();
    AppContents anew = world.operator().contents();
    World.until(() -> stored(anew, name, first).isPresent());
    assertThat(named("one", first)).isEqualTo(name);

    String second = text('b', 300_000);
    commit(second);
    world.reconcile("fleet");
    assertThat(named("one", second)).isNotEqualTo(name);
    assertThat(contents()).as("a device may still need the one before").containsExactly(name);
  }

  @Test
  void haveAMegabyteAndNoMore() throws Exception {
    String whole = text('a', 1 << 20);
    commit(whole);
    world.operator();
    world.source("fleet");
    world.awaitReady("fleet");
    String name = named("one", whole);
    world.repository.write("conf/map.json", whole + "b").commit();
    world.reconcile("fleet");
    assertThat(world.condition("fleet", "Ready"))
        .contains("'conf/map.json' has more than 1048576 bytes");
    assertThat(named("one", whole)).isEqualTo(name);
  }

  /** What a manifest names must be in the repository. */
  @Test
  void areNamedByNoManifest() throws Exception {
    String digest = Sha256.of("a").hex();
    world.repository.write(
        "one.yaml",
        app(
            "one",
            "files: [{path: /run/x, from: {appContent: {name: git-1, sha256: %s, bytes: 1}}}]"
                .formatted(digest)));
    world.repository.write(
        "two.yaml",
        app("two", "files: [{path: /run/x, kept: {sha256: %s, bytes: 1}}]".formatted(digest)));
    world.repository.commit();
    world.operator();
    world.source("fleet");
    world.awaitCondition("fleet", "Ready", "False InvalidSpec");
    assertThat(world.status("fleet").problems().toString())
        .contains("is an object that only a GitSource names")
        .contains("unknown field 'kept'");
    assertThat(world.apps()).isEmpty();
  }
}
