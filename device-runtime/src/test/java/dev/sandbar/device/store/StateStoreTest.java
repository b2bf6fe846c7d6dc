package dev.sandbar.device.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sandbar.core.model.Node;
import dev.sandbar.device.store.StateStore.Loaded;
import dev.sandbar.source.text.JsonWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class StateStoreTest {

  private static final Node DOCUMENT =
      Node.mapping(
          List.of(
              Node.entry("unit", Node.text("[Service]\nExecStart=\"a\\\"b\" %% \u00e4\u2028\n")),
              Node.entry("on", Node.flag(true)),
              Node.entry("empty", Node.text("")),
              Node.entry("many", Node.list(List.of(Node.number(-5), Node.text("5"))))));

  @TempDir private Path root;
  private StateStore store;

  @BeforeEach
  void open() {
    store = new StateStore(root);
  }

  @Test
  void givesBackWhatWasSaved() throws IOException {
    assertThat(store.load("last-good/pump")).isEqualTo(new Loaded.Absent());
    store.save("last-good/pump", DOCUMENT);
    Node read = found("last-good/pump");
    assertThat(JsonWriter.compact(read)).isEqualTo(JsonWriter.compact(DOCUMENT));
    assertThat(read.fields().get("many"))
        .isInstanceOfSatisfying(
            Node.Sequence.class,
            many ->
                assertThat(many.items())
                    .extracting(item -> ((Node.Scalar) item).text())
                    .containsExactly("-5", "5"));
    // Places in the file differ, the content does not.
    store.save("last-good/again", read);
    assertThat(file("last-good/again")).hasSameTextualContentAs(file("last-good/pump"));
    assertThat(store.names("last-good")).containsExactly("again", "pump");
    assertThat(store.names("last-applied")).isEmpty();
    assertThat(store.remove("last-good/again")).isTrue();
    assertThat(store.names("last-good")).containsExactly("pump");
  }

  @Test
  void aDamagedDocumentIsSetAsideAndNeverFatal() throws IOException {
    damaged("", "");
    damaged("{\"version\": 1, \"sha256\"", "");
    damaged("[]", "version");
    damaged("\u0000\u0000\u0000", "");
    store.save("drift", Node.text("fine"));
    damaged(Files.readString(file("drift")).replace("fine", "Fine"), "checksum");
    store.save("drift", Node.text("fine"));
    damaged(
        Files.readString(file("drift")).replace("\"version\": 1", "\"version\": 99"), "version 99");
  }

  private void damaged(String content, String reason) throws IOException {
    Files.createDirectories(file("drift").resolveSibling(""));
    Files.writeString(file("drift"), content);
    assertThat(store.load("drift"))
        .isInstanceOfSatisfying(
            Loaded.SetAside.class,
            aside -> {
              assertThat(aside.keptAs()).hasContent(content);
              assertThat(aside.reason()).isNotBlank().contains(reason);
            });
    assertThat(store.load("drift")).isEqualTo(new Loaded.Absent());
  }

  @Test
  void aLinkIsNotFollowed() throws IOException {
    Path secret = Files.writeString(root.resolve("secret"), "{}");
    store.save("drift", Node.text("x"));
    Files.delete(file("drift"));
    Files.createSymbolicLink(file("drift"), secret);
    assertThat(store.load("drift")).isInstanceOf(Loaded.SetAside.class);
    store.save("drift", Node.text("x"));
    assertThat(secret).hasContent("{}");
  }

  @Test
  void whatCannotBeReadNowIsKeptForLater() throws IOException {
    store.save("last-good/pump", DOCUMENT);
    Path group = file("last-good/pump").resolveSibling("");
    Path aside = Files.move(group, group.resolveSibling("elsewhere"));
    // Neither there nor absent: the kernel refuses to say (ELOOP).
    Files.createSymbolicLink(group, group);
    assertThat(store.load("last-good/pump")).isInstanceOf(Loaded.Unreadable.class);
    assertThatThrownBy(() -> store.names("last-good")).isInstanceOf(IOException.class);
    Files.delete(group);
    Files.move(aside, group);
    assertThat(JsonWriter.compact(found("last-good/pump"))).isEqualTo(JsonWriter.compact(DOCUMENT));
  }

  @Test
  void aFullDiskKeepsTheFormerDocument() throws IOException {
    Path state = Files.createDirectories(root.resolve("var/lib/sandbar/state"));
    try (var disk = new SmallDisk(state, "64k")) {
      store.save("drift", Node.text("before"));
      assertThatThrownBy(() -> store.save("drift", Node.text("x".repeat(100_000))))
          .isInstanceOf(IOException.class);
      assertThat(found("drift"))
          .isInstanceOfSatisfying(
              Node.Scalar.class, it -> assertThat(it.text()).isEqualTo("before"));
    }
  }

  @Test
  void aNameCannotLeadElsewhere() {
    for (String name : List.of("", "../x", "/etc/x", "a/b/c", "A", "a/../b", ".x", "a\u0000")) {
      assertThatThrownBy(() -> store.load(name)).isInstanceOf(IllegalArgumentException.class);
    }
  }

  private Node found(String name) {
    return switch (store.load(name)) {
      case Loaded.Found found -> found.data();
      case Loaded.Absent _ -> throw new AssertionError("absent: " + name);
      case Loaded.SetAside aside -> throw new AssertionError(aside.reason());
      case Loaded.Unreadable now -> throw new AssertionError(now.reason());
    };
  }

  private Path file(String name) {
    return root.resolve("var/lib/sandbar/state/" + name + ".json");
  }
}
