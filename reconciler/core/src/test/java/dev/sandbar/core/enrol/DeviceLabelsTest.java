package dev.sandbar.core.enrol;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Labels in one line, as a token asks for them and a terminal shows them. */
class DeviceLabelsTest {
  @Test
  void whatIsWrittenIsRead() {
    Map<String, String> labels = Map.of("site", "berlin", "example.com/line.No_1", "", "a", "B-1");
    assertThat(DeviceLabels.text(labels)).isEqualTo("a=B-1,example.com/line.No_1=,site=berlin");
    assertThat(DeviceLabels.read(DeviceLabels.text(labels)).orElseThrow()).isEqualTo(labels);
    assertThat(DeviceLabels.read("").orElseThrow()).isEmpty();
  }

  @Test
  void whatIsNoLabelIsNotRead() {
    for (String text :
        List.of(
            "a",
            "=b",
            "a=b=c",
            "a=b,",
            ",a=b",
            "a=b,a=c",
            "a b=c",
            "-a=b",
            "a=b.",
            "/a=b",
            "A.b/=c",
            "a/b/c=d",
            "a=\u001b[2J",
            "a\u202e=b",
            "a=" + "b".repeat(64),
            "B/a=c",
            "a=b\n")) {
      assertThat(DeviceLabels.read(text)).as(text).isEmpty();
    }
    assertThat(DeviceLabels.read("a=b,".repeat(600) + "c=d")).isEmpty();
  }
}
