package dev.sandbar.core.plan;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DropInTextTest {

  /** As systemd 257 writes it. */
  @Test
  void whatSetPropertyWritesIsUnderstood() {
    assertThat(
            DropInText.settings(
                """
                # This is a drop-in unit file extension, created via "systemctl set-property"
                # or an equivalent operation. Do not edit.
                [Service]
                CPUWeight=50
                """))
        .containsExactly("CPUWeight");
    assertThat(
            DropInText.settings(
                "; by hand\r\n\n[Unit]\nStartLimitBurst = 5\n[Service]\n MemoryMax=1G\nMemoryMax="))
        .containsExactly("MemoryMax", "StartLimitBurst");
    assertThat(DropInText.settings("[Service]\nCPUWeight=50\nProtectSystem=no\n"))
        .containsExactly("CPUWeight", "ProtectSystem");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "# nothing",
        "CPUWeight=50",
        "[Unit]\nCPUWeight=50",
        "[Service]\nCPUWeight=50\nUnheardOf=1",
        "[Service]\nCPUWeight=50\n.include /x",
        "[Service]\nCPUWeight=50\\\nProtectSystem=no",
        "[Service]\nCPUWeight=50\u0000Secret=no",
        "\uFEFF[Service]\nCPUWeight=50",
        "[Service\nCPUWeight=50"
      })
  void whatIsNotUnderstoodEntirelyCountsAsAnything(String text) {
    assertThat(DropInText.settings(text)).isEmpty();
  }

  @Test
  void aLineEndsWhereSystemdEndsIt() {
    assertThat(DropInText.settings("[Service]\nCPUWeight=50\u0000ProtectSystem=no"))
        .containsExactly("CPUWeight", "ProtectSystem");
    assertThat(DropInText.settings("[Service]\nCPUWeight=50\rProtectSystem=no"))
        .containsExactly("CPUWeight", "ProtectSystem");
    assertThat(DropInText.settings("[Service]\nCPUWeight=50\n" + "#".repeat(4096))).isEmpty();
  }
}
