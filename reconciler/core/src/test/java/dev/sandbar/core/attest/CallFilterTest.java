package dev.sandbar.core.attest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sandbar.core.attest.CallFilter.Call;
import dev.sandbar.core.attest.CallFilter.Instruction;
import dev.sandbar.core.attest.CallFilter.UnknownFilterException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class CallFilterTest {

  private static final int X86_64 = 0xC000003E;
  private static final int ALLOW = 0x7fff0000;
  private static final int EPERM = 0x00050001;
  private static final int KILL = 0x80000000;

  private static final Instruction NUMBER = new Instruction(0x20, 0, 0, 0);

  private static Instruction answer(int action) {
    return new Instruction(0x06, 0, 0, action);
  }

  private static Instruction equal(int value, int whenTrue, int whenFalse) {
    return new Instruction(0x15, whenTrue, whenFalse, value);
  }

  /** Refuses call 7 whatever its arguments, and call 9 where the first one is 2. */
  private static final CallFilter FILTER =
      CallFilter.of(
          List.of(
              NUMBER,
              equal(7, 4, 0),
              equal(9, 0, 2),
              new Instruction(0x20, 0, 0, 16),
              equal(2, 1, 0),
              answer(ALLOW),
              answer(EPERM)));

  private static boolean isRefused(CallFilter filter, Call call) {
    return new FilterStack(List.of(filter)).answer(call).refused();
  }

  @Test
  void aCallIsRefusedOnlyIfNoArgumentsGetItThrough() {
    assertThat(isRefused(FILTER, Call.of(X86_64, 7))).isTrue();
    assertThat(isRefused(FILTER, Call.of(X86_64, 8))).isFalse();
    assertThat(isRefused(FILTER, Call.of(X86_64, 9))).isFalse();
    assertThat(isRefused(FILTER, Call.of(X86_64, 9).argument(0, 2))).isTrue();
    assertThat(isRefused(FILTER, Call.of(X86_64, 9).argument(0, 3))).isFalse();
    assertThat(new FilterStack(List.of(FILTER)).answer(Call.of(X86_64, 7)).errors())
        .containsExactly(1);
  }

  /** A filter that asks the upper half of an argument lets through what has one. */
  @Test
  void aGivenArgumentIsGivenWhole() {
    var upper =
        CallFilter.of(
            List.of(new Instruction(0x20, 0, 0, 20), equal(0, 0, 1), answer(EPERM), answer(ALLOW)));

    assertThat(isRefused(upper, Call.of(X86_64, 1).argument(0, 5))).isTrue();
    assertThat(isRefused(upper, Call.of(X86_64, 1).argument(0, 5L << 32))).isFalse();
    assertThat(isRefused(upper, Call.of(X86_64, 1))).isFalse();
  }

  @Test
  void theStrictestFilterCounts() {
    var lax = CallFilter.of(List.of(answer(ALLOW)));
    var deadly = CallFilter.of(List.of(answer(KILL)));

    assertThat(new FilterStack(List.of(lax, FILTER)).answer(Call.of(X86_64, 7)).refused()).isTrue();
    assertThat(new FilterStack(List.of(lax, FILTER)).answer(Call.of(X86_64, 8)).refused())
        .isFalse();
    assertThat(new FilterStack(List.of(lax, deadly)).answer(Call.of(X86_64, 8)).killed()).isTrue();
    assertThat(new FilterStack(List.of()).answer(Call.of(X86_64, 7)).refused()).isFalse();
  }

  /** Two answers that both let through: a log line and a tracer are no refusal. */
  @Test
  void whatOnlyLogsOrAsksLetsThrough() {
    for (int action : new int[] {0x7ffc0000, 0x7ff00000, 0x7fc00000}) {
      assertThat(isRefused(CallFilter.of(List.of(answer(action))), Call.of(X86_64, 1))).isFalse();
    }
  }

  /** Whatever a kernel hands out, there is an answer or an error that says what is wrong. */
  @Test
  void noBytesCrashIt() {
    var random = new Random(5);
    int judged = 0;
    for (int i = 0; i < 3000; i++) {
      var program = new ArrayList<Instruction>();
      for (int left = 1 + random.nextInt(12); left > 0; left--) {
        int[] codes = {0x20, 0x15, 0x25, 0x35, 0x45, 0x06, 0x05, 0x54, random.nextInt(65536)};
        int code = codes[random.nextInt(codes.length)];
        program.add(
            new Instruction(code, random.nextInt(4), random.nextInt(4), random.nextInt(20)));
      }
      try {
        new FilterStack(List.of(CallFilter.of(program))).answer(Call.of(X86_64, 1));
        judged++;
      } catch (UnknownFilterException e) {
        assertThat(e).hasMessageMatching(".*(instruction|end).*");
      }
    }
    assertThat(judged).isGreaterThan(100);
  }

  /** A program that jumps back, or further than it is long, is no answer. */
  @Test
  void aProgramWithoutAnEndIsNoAnswer() {
    var back = CallFilter.of(List.of(new Instruction(0x05, 0, 0, -1)));
    var beyond = CallFilter.of(List.of(new Instruction(0x05, 0, 0, 5)));

    for (CallFilter filter : List.of(back, beyond)) {
      assertThatThrownBy(() -> isRefused(filter, Call.of(X86_64, 1)))
          .isInstanceOf(UnknownFilterException.class);
    }
  }

  /** The newest stand first, as the kernel gives them. */
  @Test
  void whatAnAppAddsHidesNothingOfWhatItWasStartedWith() {
    var odd = CallFilter.of(List.of(new Instruction(0x87, 0, 0, 0), answer(ALLOW)));
    List<CallFilter> many = new ArrayList<>(Collections.nCopies(200, odd));
    many.add(FILTER);
    for (List<CallFilter> added : List.of(List.of(odd, FILTER), List.of(endless(), FILTER), many)) {
      var stack = new FilterStack(added);
      for (int i = 0; i < 5_000; i++) {
        assertThat(stack.answer(Call.of(X86_64, 7)).refused()).isTrue();
      }
      assertThatThrownBy(() -> stack.answer(Call.of(X86_64, 8)))
          .as("nobody knows whether what the app added refuses it")
          .isInstanceOf(UnknownFilterException.class);
    }
  }

  /** Its ways double with each of its jumps. */
  private static CallFilter endless() {
    var program = new ArrayList<Instruction>();
    for (int word = 16; word < 64; word += 4) {
      for (int value = 0; value < 8; value++) {
        program.add(new Instruction(0x20, 0, 0, word));
        program.add(equal(value, 0, 1));
        program.add(new Instruction(0x20, 0, 0, word));
      }
    }
    program.add(answer(ALLOW));
    return CallFilter.of(program);
  }

  @Test
  void judgingWhatAnAppAddedEndsHoweverManyCallsAreAsked() {
    var stack = new FilterStack(Collections.nCopies(64, endless()));
    int unknown = 0;
    for (int number = 0; number < 1_024; number++) {
      try {
        assertThat(stack.answer(Call.of(X86_64, number)).refused()).isFalse();
      } catch (UnknownFilterException e) {
        unknown++;
      }
    }
    assertThat(unknown).isGreaterThan(900);
  }
}
