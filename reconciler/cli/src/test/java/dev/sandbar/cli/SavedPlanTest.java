package dev.sandbar.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sandbar.cli.document.FactsDocument;
import dev.sandbar.cli.document.Fields;
import dev.sandbar.core.compile.ReferenceDevice;
import dev.sandbar.core.model.Node;
import dev.sandbar.source.text.JsonWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A plan from the time it is saved to the time it is applied. */
class SavedPlanTest {
  @TempDir private Path temp;
  private Path spec = Path.of("");
  private String plan = "";
  private String facts = "";

  @BeforeEach
  void saved() throws IOException {
    spec = Files.copy(Path.of("src/test/resources/specs/pump.yaml"), temp.resolve("pump.yaml"));
    facts = temp.resolve("facts.json").toString();
    Files.writeString(
        Path.of(facts), JsonWriter.indented(FactsDocument.write(ReferenceDevice.facts())));
    plan = temp.resolve("plan.json").toString();
    save("--set", "ACCESS_STATE=no", "--app", "pump-controller", "--prune");
  }

  private void save(String... more) {
    var args =
        new ArrayList<>(List.of("plan", temp.resolve("pump.yaml").toString(), "--facts", facts));
    args.addAll(List.of(more));
    args.addAll(List.of("--out", plan));
    assertThat(Ran.sandbar(args.toArray(String[]::new)).code()).isEqualTo(2);
  }

  private Node now() {
    return Parsed.jsonNode(
        Ran.sandbar(
                "plan",
                spec.toString(),
                "--facts",
                facts,
                "--prune",
                "-o",
                "json",
                "--set",
                "ACCESS_STATE=no")
            .out());
  }

  @Test
  void itSaysWhatItWasMadeFrom() throws IOException {
    SavedPlan read = SavedPlan.among(List.of(plan)).orElseThrow();
    assertThat(read.files()).containsExactly(spec.toAbsolutePath().toString());
    assertThat(read.prune()).isTrue();
    assertThat(read.selection().names()).containsExactly("pump-controller");
    assertThat(read.selection().settings()).containsExactly("ACCESS_STATE=no");
    assertThatCode(() -> read.refuseIfStale(now())).doesNotThrowAnyException();
    assertThat(SavedPlan.among(List.of(spec.toString(), "-", temp.toString()))).isEmpty();
  }

  @Test
  void itIsStaleWhenAnotherPlanWouldResult() throws IOException {
    SavedPlan read = SavedPlan.among(List.of(plan)).orElseThrow();
    Files.writeString(spec, Files.readString(spec) + "\n# a comment changes nothing\n");
    assertThatCode(() -> read.refuseIfStale(now())).doesNotThrowAnyException();
    Files.writeString(spec, Files.readString(spec).replace("info", "debug"));
    assertThatThrownBy(() -> read.refuseIfStale(now()))
        .isInstanceOf(CommandException.class)
        .hasMessageContaining("is stale")
        .hasMessageContaining("pump-controller");
  }

  @Test
  void applyTakesItAloneAndAsItIs() throws IOException {
    var twice = Ran.sandbar("apply", plan, spec.toString());
    assertThat(twice.code()).isEqualTo(1);
    assertThat(twice.err().replaceAll("\\s+", " "))
        .contains("is a saved plan, which is applied alone");
    assertThat(Ran.sandbar("apply", plan, "--prune").err().replaceAll("\\s+", " "))
        .contains("a saved plan is applied as it is, without --prune, --app or --set");
    Files.writeString(
        Path.of(plan), Files.readString(Path.of(plan)).replace("\"inputs\"", "\"was\""));
    assertThat(Ran.sandbar("apply", plan).err().replaceAll("\\s+", " "))
        .contains("does not say what the plan was made from");
  }

  @Test
  void onePlannedFromStandardInputCannotBeMadeAgain() throws IOException {
    var ran =
        Ran.with(Map.of(), Files.readString(spec), "plan", "-", "--facts", facts, "--out", plan);
    assertThat(ran.code()).isEqualTo(2);
    assertThat(Ran.sandbar("apply", plan).err().replaceAll("\\s+", " "))
        .contains("made from standard input, which cannot be read again");
    assertThat(Fields.of(Parsed.jsonNode(Files.readString(Path.of(plan)))).keys())
        .contains("inputs");
  }
}
