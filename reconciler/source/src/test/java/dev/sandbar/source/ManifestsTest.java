package dev.sandbar.source;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.Problem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class ManifestsTest {
  private final Manifests.Memory memory = new Manifests.Memory();

  @Test
  void onlyFilesThatHaveChangedAreReadAgain() {
    String broken = "kind: [";
    ObjectSet first = parse("a.yaml", app("one"), "b.yaml", app("two"), "c.yaml", broken);
    ObjectSet second = parse("a.yaml", app("one"), "b.yaml", app("three"), "c.yaml", broken);
    assertThat(names(second)).containsExactly("one", "three");
    assertThat(second.apps().getFirst().manifest()).isSameAs(first.apps().getFirst().manifest());
    assertThat(second.diagnostics()).isEqualTo(first.diagnostics()).isNotEmpty();
    assertThat(second.complete()).isFalse();
    ObjectSet moved = parse("d.yaml", app("one"));
    assertThat(moved.apps().getFirst().app().at()).hasToString("d.yaml:1:1");
    assertThat(names(moved)).containsExactly("one");
  }

  @Test
  void appsOfAllFilesAndDocumentsAreReadInTheOrderOfTheirNames() {
    ObjectSet set =
        parse("b.yaml", app("delta") + "---\n" + app("alpha"), "a.json", jsonApp("charlie"));
    assertThat(set.diagnostics()).isEmpty();
    assertThat(names(set)).containsExactly("alpha", "charlie", "delta");
    assertThat(set.complete()).isTrue();
    assertThat(set.apps().getFirst().manifest().at()).hasToString("b.yaml:7:1");
  }

  @Test
  void aBrokenFileHidesNoOtherAndMakesTheSetIncomplete() {
    ObjectSet set = parse("a.yaml", "kind: [", "b.yaml", app("good") + "---\nx: &a 1\n");
    assertThat(names(set)).containsExactly("good");
    assertThat(set.complete()).isFalse();
    assertThat(set.diagnostics())
        .extracting(it -> it.at().file())
        .containsExactly("a.yaml", "b.yaml");
  }

  @Test
  void anAppThatIsRefusedIsKnownByItsName() {
    ObjectSet set = parse("a.yaml", app("bad").replace("command", "comand"), "b.yaml", app("good"));
    assertThat(names(set)).containsExactly("good");
    assertThat(set.refused()).containsOnlyKeys(new AppName("bad"));
    assertThat(set.complete()).isTrue();
    assertThat(set.hasErrors()).isTrue();
  }

  @Test
  void twoAppsOfOneNameAreBothRefusedWithBothPlaces() {
    ObjectSet set = parse("a.yaml", app("twin"), "b.yaml", app("other") + "---\n" + app("twin"));
    assertThat(names(set)).containsExactly("other");
    assertThat(set.refused()).containsOnlyKeys(new AppName("twin"));
    assertThat(set.diagnostics()).allMatch(it -> it.problem() == Problem.DUPLICATE_NAME);
    assertThat(set.diagnostics())
        .extracting(Object::toString)
        .anyMatch(
            it -> it.startsWith("a.yaml:1:1: error: the app 'twin'") && it.contains("b.yaml:7:1"))
        .anyMatch(
            it -> it.startsWith("b.yaml:7:1: error: the app 'twin'") && it.contains("a.yaml:1:1"));
  }

  @Test
  void aBrokenTwinDoesNotLetTheOtherOnePass() {
    ObjectSet set =
        parse("a.yaml", app("twin").replace("command", "comand"), "b.yaml", app("twin"));
    assertThat(set.apps()).isEmpty();
    assertThat(set.refused()).containsOnlyKeys(new AppName("twin"));
  }

  @Test
  void whatTheSourceLeftOutMakesTheSetIncompleteUnlessItIsAWarning() {
    var builder = new SnapshotBuilder(SnapshotLimits.DEFAULT);
    builder.refuseLink("folder");
    assertThat(Manifests.parse(builder.build("")).complete()).isTrue();
    builder.refuseLink("link.yaml");
    assertThat(Manifests.parse(builder.build("")).complete()).isFalse();
  }

  @Test
  void everyExampleIsAnApp() throws IOException {
    var files = new TreeMap<String, byte[]>();
    try (Stream<Path> examples = Files.walk(Path.of("../../examples"))) {
      for (Path example : (Iterable<Path>) examples::iterator) {
        if (SnapshotBuilder.isManifest(example.toString())) {
          files.put(example.toString(), Files.readAllBytes(example));
        }
      }
    }
    ObjectSet set = Manifests.parse(new Snapshot("", files, List.of()));
    assertThat(set.diagnostics()).isEmpty();
    assertThat(set.apps()).isNotEmpty();
  }

  private static List<String> names(ObjectSet set) {
    return set.apps().stream().map(it -> it.app().name().value()).toList();
  }

  private ObjectSet parse(String... pathsAndTexts) {
    var files = new TreeMap<String, byte[]>();
    for (int i = 0; i < pathsAndTexts.length; i += 2) {
      files.put(pathsAndTexts[i], pathsAndTexts[i + 1].getBytes(UTF_8));
    }
    return Manifests.parse(new Snapshot("main@sha1:0", files, List.of()), memory);
  }

  private static String app(String name) {
    return """
        apiVersion: sandbar.dev/v1alpha1
        kind: AppSandbox
        metadata: {name: %s}
        spec:
          run: {command: [/usr/bin/true]}
        """
        .formatted(name);
  }

  private static String jsonApp(String name) {
    return """
        {"apiVersion": "sandbar.dev/v1alpha1", "kind": "AppSandbox",
         "metadata": {"name": "%s"}, "spec": {"run": {"command": ["/usr/bin/true"]}}}
        """
        .formatted(name);
  }
}
