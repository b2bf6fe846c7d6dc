package dev.sandbar.device.kernel;

import dev.sandbar.core.compile.SharedRules;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Notices when somebody changes the rules of nftables that apps with networks of their own use.
 * Tables that are loaded anew are left out: every start of an app does that.
 *
 * <p>This is a hint, never evidence: a listener must look at the rules itself.
 */
public final class RuleWatch implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(RuleWatch.class);

  /** One after the other, of what is no loss of messages. */
  private static final int MOST_FAILURES = 10;

  private final RuleSocket socket;
  private final Consumer<Set<String>> listener;

  /** Tables that the change that is being received touched, and of these those it made. */
  private final Set<String> changed = new HashSet<>();

  private final Set<String> anew = new HashSet<>();
  private final ReentrantLock lock = new ReentrantLock();
  private volatile boolean closed;
  private boolean ended;

  private RuleWatch(RuleSocket socket, Consumer<Set<String>> listener) {
    this.socket = socket;
    this.listener = listener;
  }

  /**
   * Watches until closed.
   *
   * @param root of the device's file system
   * @param listener called on one thread with the names of tables that changed; an empty set means
   *     that messages were lost
   * @throws IOException if the kernel does not send them
   */
  public static RuleWatch start(Path root, Consumer<Set<String>> listener) throws IOException {
    var watch = new RuleWatch(RuleSocket.forChanges(root), listener);
    Thread.ofPlatform().daemon().name("rule-watch").start(watch::run);
    return watch;
  }

  /** Whether the device has, or once had, an app with a network of its own. */
  public static boolean isOfUse(Path root) {
    return RuleReader.isThere(root);
  }

  private void run() {
    int failures = 0;
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment buffer = arena.allocate(RuleSocket.BUFFER, Long.BYTES);
      while (!closed && failures < MOST_FAILURES) {
        try {
          take(socket.receive(buffer));
          failures = 0;
        } catch (IOException e) {
          // Most likely more came than the socket holds.
          failures++;
          changed.clear();
          anew.clear();
          LOG.debug("action=watch nftables {}", e.getMessage());
          listener.accept(Set.of());
        }
      }
    }
    end();
    if (!closed) {
      LOG.warn("action=watch nftables outcome=failed reason=\"changes are found by sweeps only\"");
    }
  }

  private void take(ByteBuffer messages) {
    Optional<RuleMessages.Message> next = RuleMessages.next(messages);
    while (next.isPresent()) {
      RuleMessages.Message message = next.get();
      if (message.type() == RuleMessages.NEW_GENERATION) {
        // The end of a change, however many messages it had.
        if (!changed.isEmpty()) {
          listener.accept(Set.copyOf(changed));
          changed.clear();
        }
        anew.clear();
      } else if (SharedRules.isTable(message.table())) {
        note(message);
      }
      next = RuleMessages.next(messages);
    }
  }

  private void note(RuleMessages.Message message) {
    if (message.type() == RuleMessages.NEW_TABLE) {
      anew.add(message.table());
      changed.remove(message.table());
    } else if (!anew.contains(message.table()) || message.type() == RuleMessages.DELETE_TABLE) {
      anew.remove(message.table());
      changed.add(message.table());
    }
  }

  private void end() {
    lock.lock();
    try {
      ended = true;
      socket.close();
    } finally {
      lock.unlock();
    }
  }

  /** The kernel answers this, which ends the wait of the thread. */
  @Override
  public void close() throws IOException {
    lock.lock();
    try {
      closed = true;
      if (!ended) {
        socket.send(
            RuleMessages.question(RuleMessages.GET_GENERATION, 1, false, RuleMessages.EVERY));
      }
    } finally {
      lock.unlock();
    }
  }
}
