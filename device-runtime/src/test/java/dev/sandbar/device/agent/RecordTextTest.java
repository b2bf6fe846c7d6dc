package dev.sandbar.device.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.Node;
import dev.sandbar.device.agent.AppRecord.Past;
import dev.sandbar.device.agent.AppRecord.Trial;
import dev.sandbar.source.text.JsonReader;
import dev.sandbar.source.text.JsonWriter;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/** What stands on the disks of devices: its fields must not change by a new name in the code. */
class RecordTextTest {
  private static final AppName PUMP = new AppName("pump");
  private static final String VERSION =
      "{\"manifest\":{\"kind\":\"AppSandbox\"},\"generation\":\"%s\",\"revision\":\"main@one\"}"
          .formatted("a".repeat(64));

  private static Node node(String json) {
    return JsonReader.read("record", json.getBytes(StandardCharsets.UTF_8)).documents().getFirst();
  }

  private static AppRecord same(String json) {
    AppRecord record = RecordText.read(PUMP, node(json));
    assertThat(JsonWriter.compact(RecordText.write(record))).isEqualTo(json);
    return record;
  }

  @Test
  void aRecordOnTheDiskReadsAndIsWrittenAsBefore() {
    assertThat(same("{}")).isEqualTo(AppRecord.fresh(PUMP));
    assertThat(same("{\"stopped\":" + VERSION + "}").lastGood()).isInstanceOf(Past.Stopped.class);
    String settling =
        "{\"lastGood\":%1$s,\"settling\":{\"version\":%1$s,\"until\":\"2026-01-31T12:00:00.500Z\","
            + "\"restarts\":3,\"failures\":1}}";
    assertThat(same(settling.formatted(VERSION)).trial()).isInstanceOf(Trial.Settling.class);
    String failed =
        "{\"failed\":{\"generation\":\"%s\",\"reason\":\"start\",\"message\":\"m\",\"attempts\":2,"
            + "\"retryAt\":\"2026-01-31T12:00:00Z\"}}";
    assertThat(same(failed.formatted("b".repeat(64))).trial()).isInstanceOf(Trial.Failed.class);
    String rejected =
        "{\"lastGood\":%1$s,\"rejected\":{\"generation\":\"%2$s\",\"health\":\"%2$s\","
            + "\"reason\":\"health\",\"message\":\"m\"},\"earlier\":[%1$s]}";
    AppRecord known = same(rejected.formatted(VERSION, "b".repeat(64)));
    assertThat(known.trial()).isInstanceOf(Trial.Rejected.class);
    assertThat(known.earlier()).hasSize(1);
  }

  @Test
  void aDamagedRecordNamesTheField() {
    String damaged = "{\"lastGood\":" + VERSION.replace("a".repeat(64), "abc") + "}";
    assertThatIllegalArgumentException()
        .isThrownBy(() -> RecordText.read(PUMP, node(damaged)))
        .withMessageContaining("lastGood.generation: not a SHA-256 digest: abc");
  }
}
