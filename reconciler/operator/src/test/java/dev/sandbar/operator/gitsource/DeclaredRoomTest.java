package dev.sandbar.operator.gitsource;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class DeclaredRoomTest {
  private final DeclaredRoom room = new DeclaredRoom(100, 60);

  @Test
  void neitherANamespaceNorAllTogetherTakeMore() {
    assertThat(room.take("a", "1", 50)).isTrue();
    assertThat(room.take("a", "2", 20)).as("of the namespace").isFalse();
    assertThat(room.take("b", "3", 50)).isTrue();
    assertThat(room.take("c", "4", 1)).as("of all").isFalse();
    assertThat(room.take("a", "1", 40)).as("in place of what it had").isTrue();
    assertThat(room.take("a", "1", 70)).isFalse();
    assertThat(room.take("c", "4", 10)).isTrue();
    room.forget("3");
    assertThat(room.take("c", "5", 50)).isTrue();
  }
}
