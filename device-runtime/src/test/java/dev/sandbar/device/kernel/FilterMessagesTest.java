package dev.sandbar.device.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sandbar.core.attest.CallFilter;
import dev.sandbar.core.attest.CallFilter.Instruction;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class FilterMessagesTest {

  private static final ProcessId ONE = new ProcessId(1, 2);
  private static final ProcessId OTHER = new ProcessId(4_000_000, Long.MAX_VALUE);

  private static DataInputStream in(byte[] bytes) {
    return new DataInputStream(new ByteArrayInputStream(bytes));
  }

  private static byte[] answer(Map<ProcessId, List<CallFilter>> filters) throws IOException {
    var bytes = new ByteArrayOutputStream();
    FilterMessages.writeAnswer(filters, new DataOutputStream(bytes));
    return bytes.toByteArray();
  }

  private static CallFilter program(int seed, int size) {
    var random = new Random(seed);
    var program = new ArrayList<Instruction>();
    for (int i = 0; i < size; i++) {
      program.add(
          new Instruction(
              random.nextInt(0x10000),
              random.nextInt(0x100),
              random.nextInt(0x100),
              random.nextInt()));
    }
    return CallFilter.of(program);
  }

  @Test
  void whatIsWrittenIsRead() throws Exception {
    var bytes = new ByteArrayOutputStream();
    FilterMessages.writeQuestion(List.of(ONE, OTHER), new DataOutputStream(bytes));
    assertThat(FilterMessages.readQuestion(in(bytes.toByteArray()))).containsExactly(ONE, OTHER);

    var filters =
        Map.of(ONE, List.of(program(1, 4096), program(2, 1)), OTHER, List.of(program(2, 1)));
    assertThat(FilterMessages.readAnswer(in(answer(filters)))).isEqualTo(filters);
    assertThat(FilterMessages.readAnswer(in(answer(Map.of())))).isEmpty();
  }

  @Test
  void aProgramThatManyHaveIsSentOnce() throws Exception {
    int one = answer(Map.of(ONE, List.of(program(1, 4096)))).length;
    int both =
        answer(Map.of(ONE, List.of(program(1, 4096)), OTHER, List.of(program(1, 4096)))).length;
    assertThat(both - one).isLessThan(100);
  }

  /** An app may add filters until the kernel takes no more; the others are answered for. */
  @Test
  void whatIsTooLongOfOneIsLeftOutAndTheOthersStay() throws Exception {
    var filters = new HashMap<ProcessId, List<CallFilter>>();
    filters.put(ONE, List.of(program(1, 100)));
    filters.put(OTHER, IntStream.range(0, 9).mapToObj(i -> program(i, 4_000)).toList());
    assertThat(FilterMessages.readAnswer(in(answer(filters)))).containsOnlyKeys(ONE);
    for (int i = 0; i < 60; i++) {
      int seed = 10 * i;
      filters.put(
          new ProcessId(100 + i, 1),
          IntStream.range(seed, seed + 8).mapToObj(k -> program(k, 4_000)).toList());
    }
    assertThat(FilterMessages.readAnswer(in(answer(filters))).size()).isBetween(32, 34);
  }

  @Test
  void aMessageCutShortAnywhereIsAnErrorAndNoPartOfAnAnswer() throws Exception {
    byte[] whole = answer(Map.of(ONE, List.of(program(1, 3)), OTHER, List.of(program(2, 2))));
    for (int length = 0; length < whole.length; length++) {
      byte[] part = java.util.Arrays.copyOf(whole, length);
      assertThatThrownBy(() -> FilterMessages.readAnswer(in(part)))
          .isInstanceOf(IOException.class)
          .hasMessage("the message about filters ends early");
    }
  }

  /** Whatever it says, what it takes is bounded, and the reader ends with an answer or an error. */
  @Test
  void noBytesHaveMoreReadThanTheKernelCanGive() throws Exception {
    byte[] whole = answer(Map.of(ONE, List.of(program(1, 3))));
    var random = new Random(7);
    for (int i = 0; i < 20_000; i++) {
      byte[] changed = whole.clone();
      for (int k = 0; k < 3; k++) {
        changed[4 + random.nextInt(changed.length - 4)] = (byte) random.nextInt();
      }
      try {
        assertThat(FilterMessages.readAnswer(in(changed))).hasSizeLessThanOrEqualTo(1_000);
      } catch (IOException e) {
        assertThat(e).hasMessageNotContaining("Exception");
      }
    }
    var many = new ByteArrayOutputStream();
    var out = new DataOutputStream(many);
    out.writeInt(0x53624131);
    out.writeInt(Integer.MAX_VALUE);
    assertThatThrownBy(() -> FilterMessages.readAnswer(in(many.toByteArray())))
        .hasMessage("a count of 2147483647 where 10000 is the most");
  }
}
