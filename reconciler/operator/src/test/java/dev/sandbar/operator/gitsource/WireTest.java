package dev.sandbar.operator.gitsource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.sandbar.core.model.Diagnostic;
import dev.sandbar.core.model.FileContent;
import dev.sandbar.core.model.Location;
import dev.sandbar.core.model.Problem;
import dev.sandbar.core.model.Sha256;
import dev.sandbar.core.plan.PruneGuard;
import dev.sandbar.core.report.Reason;
import dev.sandbar.source.git.GitSecrets;
import dev.sandbar.source.git.GitSettings;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** What a worker answers is believed no more than what it has read. */
class WireTest {
  private static final Location AT = new Location("a.yaml", 3, 7);

  @Test
  void whatIsWrittenIsRead() throws IOException {
    for (Look look :
        List.of(
            new Look.Unchanged(),
            new Look.Failed(Reason.GIT_OPERATION_FAILED, true, "no", Duration.ofSeconds(5)),
            new Look.Found(declared("{}")))) {
      assertThat(read(bytes(answer(look)), Map.of())).contains(answer(look));
    }
    var settings = GitSettings.of("https://x/y").withRef("main").withPath("a").withToken("", "bot");
    var job =
        new GitJob(
            "uid",
            "plant",
            "key",
            settings,
            new GitSecrets("t", "k", "h", "c"),
            true,
            Duration.ofMinutes(1),
            "main@sha1:1",
            "main@sha1:0");
    var out = new ByteArrayOutputStream();
    Wire.write(new DataOutputStream(out), new Wire.Request.Poll(3, job));
    Wire.write(new DataOutputStream(out), new Wire.Request.Cancel(3));
    DataInputStream in = in(out.toByteArray());
    assertThat(Wire.readRequest(in)).isEqualTo(new Wire.Request.Poll(3, job));
    assertThat(Wire.readRequest(in)).isEqualTo(new Wire.Request.Cancel(3));
  }

  @Test
  void anythingElseIsAnErrorAndTakesNoMemory() throws IOException {
    byte[] whole = bytes(answer(new Look.Found(declared("{}"))));
    var random = new Random(1);
    for (int i = 0; i < 20_000; i++) {
      byte[] changed = whole.clone();
      for (int n = random.nextInt(4); n >= 0; n--) {
        changed[4 + random.nextInt(changed.length - 4)] = (byte) random.nextInt();
      }
      Throwable failure = catchThrowable(() -> read(changed, Map.of()));
      assertThat(failure == null || failure instanceof IOException).as("%s", failure).isTrue();
    }
    for (int length = 0; length < whole.length; length++) {
      byte[] cut = Arrays.copyOf(whole, length);
      assertThatThrownBy(() -> read(cut, Map.of())).isInstanceOf(IOException.class);
    }
    for (int length : new int[] {-1, 0, 7, Integer.MAX_VALUE, Wire.MAX_BYTES + 1}) {
      byte[] header = ByteBuffer.allocate(100).putInt(length).array();
      assertThatThrownBy(() -> read(header, Map.of())).hasMessageContaining("a frame of");
    }
  }

  @Test
  void moreThanAFrameHoldsIsReportedInItsPlace() throws IOException {
    var large = new Look.Found(declared("x".repeat(Wire.MAX_BYTES)));
    Look read = read(bytes(answer(large)), Map.of()).orElseThrow().look();
    assertThat(((Look.Failed) read).message())
        .startsWith("the apps of the repository have more than");
  }

  @Test
  void whatTheOperatorHasIsNotSentAgain() throws IOException {
    DeclaredApps declared = declared("x".repeat(5_000));
    var look = new Look.Found(declared);
    byte[] again = bytes(new Wire.Answer(7, look, declared.apps()));
    assertThat(again).hasSizeLessThan(500);
    DeclaredApps had = declared("had");
    assertThat(((Look.Found) read(again, had.apps()).orElseThrow().look()).declared().apps())
        .isEqualTo(had.apps());
    assertThatThrownBy(() -> read(again, Map.of())).hasMessage("an app that was not sent before");
    byte[] other = bytes(new Wire.Answer(7, look, had.apps()));
    assertThat(((Look.Found) read(other, had.apps()).orElseThrow().look()).declared())
        .as("another app of that name")
        .isEqualTo(declared);
  }

  @Test
  void whatNobodyWaitsForIsPassedOver() throws IOException {
    byte[] first = bytes(answer(new Look.Found(declared("{}"))));
    DataInputStream in = in(Arrays.copyOf(first, first.length + 1));
    assertThat(Wire.readAnswer(in, _ -> Optional.empty())).isEmpty();
    assertThat(in.available()).isEqualTo(1);
  }

  private static Wire.Answer answer(Look look) {
    return new Wire.Answer(7, look, Map.of());
  }

  private static Optional<Wire.Answer> read(byte[] bytes, Map<String, GitApp> before)
      throws IOException {
    return Wire.readAnswer(in(bytes), _ -> Optional.of(before));
  }

  private static DeclaredApps declared(String spec) {
    var digest = Sha256.of("x");
    GitApp app =
        GitApp.of(
            "pump",
            AT,
            spec,
            "true",
            "{}",
            new TreeMap<>(Map.of("a", "b")),
            new TreeMap<>(),
            Set.of(new FileContent.Kept(digest, 5, "git-1")));
    return new DeclaredApps(
        "main@sha1:0",
        new TreeMap<>(Map.of("pump", app)),
        new TreeSet<>(Set.of("other")),
        PruneGuard.Source.COMPLETE,
        List.of(Diagnostic.error(Problem.SYNTAX, AT, "wrong", "right")));
  }

  private static byte[] bytes(Wire.Answer answer) throws IOException {
    var out = new ByteArrayOutputStream();
    Wire.write(new DataOutputStream(out), answer);
    return out.toByteArray();
  }

  private static DataInputStream in(byte[] bytes) {
    return new DataInputStream(new ByteArrayInputStream(bytes));
  }
}
