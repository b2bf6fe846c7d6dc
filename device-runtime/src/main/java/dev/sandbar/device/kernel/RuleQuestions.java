package dev.sandbar.device.kernel;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Asks nftables questions, each of which is answered before the next.
 *
 * <p>For one thread at a time.
 */
final class RuleQuestions {

  /** Of all rules of a device; those of apps have some hundred bytes each. */
  private static final int MOST_BYTES = 16 << 20;

  private MemorySegment buffer = MemorySegment.NULL;
  private int sequence;

  /**
   * Asks for everything of one kind, or for one value.
   *
   * @param type of the question
   * @param family of the protocol whose tables are asked for
   * @param each takes what is answered, which is lost when it returns
   * @return whether all of it is of one moment
   */
  boolean ask(
      RuleSocket open, int type, boolean list, int family, Consumer<RuleMessages.Message> each)
      throws IOException {
    sequence++;
    return ask(open, RuleMessages.question(type, sequence, list, family), list, each);
  }

  /** Asks for the elements of a set. */
  void elements(RuleSocket open, String table, String set, Consumer<RuleMessages.Message> each)
      throws IOException {
    sequence++;
    ask(open, SetMessages.question(sequence, table, set), true, each);
  }

  private boolean ask(
      RuleSocket open, byte[] question, boolean list, Consumer<RuleMessages.Message> each)
      throws IOException {
    if (buffer.equals(MemorySegment.NULL)) {
      buffer = Arena.ofAuto().allocate(RuleSocket.BUFFER, Long.BYTES);
    }
    open.send(question);
    boolean whole = true;
    int bytes = 0;
    while (true) {
      ByteBuffer some = open.receive(buffer);
      bytes += some.remaining();
      if (bytes > MOST_BYTES) {
        throw new IOException("the device has more rules than " + MOST_BYTES + " bytes");
      }
      Optional<RuleMessages.Message> next = RuleMessages.next(some);
      while (next.isPresent()) {
        RuleMessages.Message message = next.get();
        if (message.sequence() == sequence) {
          whole &= (message.flags() & RuleMessages.INTERRUPTED) == 0;
          if (message.type() == RuleMessages.ERROR) {
            throw new IOException("the kernel refuses the question");
          }
          if (message.type() == RuleMessages.DONE) {
            return whole;
          }
          each.accept(message);
          if (!list) {
            return whole;
          }
        }
        next = RuleMessages.next(some);
      }
    }
  }
}
