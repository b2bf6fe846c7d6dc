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
      Wire.Answer read = Wire.readAnswer(in(bytes(new Wire.Answer(7, look))));
      assertThat(read).isEqualTo(new Wire.Answer(7, look));
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
    byte[] whole = bytes(new Wire.Answer(7, new Look.Found(declared("{}"))));
    var random = new Random(1);
    for (int i = 0; i < 20_000; i++) {
      byte[] changed = whole.clone();
      for (int n = random.nextInt(4); n >= 0; n--) {
        changed[4 + random.nextInt(changed.length - 4)] = (byte) random.nextInt();
      }
      Throwable failure = catchThrowable(() -> Wire.readAnswer(in(changed)));
      assertThat(failure == null || failure instanceof IOException).as("%s", failure).isTrue();
    }
    for (int length = 0; length < whole.length; length++) {
      byte[] cut = Arrays.copyOf(whole, length);
      assertThatThrownBy(() -> Wire.readAnswer(in(cut))).isInstanceOf(IOException.class);
    }
    for (int length : new int[] {-1, 0, 7, Integer.MAX_VALUE, Wire.MAX_BYTES + 1}) {
      byte[] header = ByteBuffer.allocate(100).putInt(length).array();
      assertThatThrownBy(() -> Wire.readAnswer(in(header))).hasMessageContaining("a frame of");
    }
  }

  @Test
  void moreThanAFrameHoldsIsReportedInItsPlace() throws IOException {
    var large = new Look.Found(declared("x".repeat(Wire.MAX_BYTES)));
    Look read = Wire.readAnswer(in(bytes(new Wire.Answer(7, large)))).look();
    assertThat(((Look.Failed) read).message())
        .startsWith("the apps of the repository have more than");
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
