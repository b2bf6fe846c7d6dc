package dev.sandbar.device.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class StubFilterTest {

  @Test
  void programsThatCannotBeOpenedNeverPileUp() {
    assertThat(StubFilter.isHeld(List.of(), "ours")).isFalse();
    assertThat(StubFilter.isHeld(List.of(Optional.of("theirs"), Optional.of("")), "ours"))
        .isFalse();
    assertThat(StubFilter.isHeld(List.of(Optional.of("theirs"), Optional.of("ours")), "ours"))
        .isTrue();

    // It may be somebody else's: one more is attached, but not one with each sweep.
    List<Optional<String>> unreadable = Collections.nCopies(4, Optional.empty());
    assertThat(StubFilter.isHeld(unreadable.subList(0, 3), "ours")).isFalse();
    assertThat(StubFilter.isHeld(unreadable, "ours")).isTrue();
  }
}
