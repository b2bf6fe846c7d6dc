package dev.sandbar.source.text;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.model.Node;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.Test;

class PackedTextTest {
  private static final TextLimits LIMITS = new TextLimits(1_000, 8, 100);

  private static Node text(int length) {
    return Node.mapping(List.of(Node.entry("a", Node.text("x".repeat(length)))));
  }

  @Test
  void whatWasPackedIsUnpacked() {
    String packed = PackedText.pack(text(500));
    assertThat(packed).hasSizeLessThan(100).isEqualTo(PackedText.pack(text(500)));
    assertThat(PackedText.unpack(packed, LIMITS).map(JsonWriter::compact))
        .contains(JsonWriter.compact(text(500)));
  }

  @Test
  void aBombIsNotInflated() {
    assertThat(PackedText.unpack(PackedText.pack(text(50_000_000)), LIMITS)).isEmpty();
  }

  @Test
  void garbageIsNoDocument() {
    String cut = PackedText.pack(text(500));
    assertThat(PackedText.unpack("", LIMITS)).isEmpty();
    assertThat(PackedText.unpack("%%%", LIMITS)).isEmpty();
    assertThat(PackedText.unpack(Base64.getEncoder().encodeToString(new byte[20]), LIMITS))
        .isEmpty();
    assertThat(PackedText.unpack(cut.substring(0, cut.length() / 8 * 4), LIMITS)).isEmpty();
    assertThat(PackedText.unpack("A".repeat(10_000), LIMITS)).isEmpty();
  }
}
