package dev.sandbar.device.kernel;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Waits until something has come in on one of many sockets (poll(2)), or another thread wakes it.
 */
public final class SocketPoll implements AutoCloseable {

  private static final short POLLIN = 1;

  /** {@code struct pollfd}: the descriptor, what is waited for, what is there. */
  private static final int ENTRY = 8;

  private static final int EVENTS = 4;
  private static final int FOUND = 6;

  /** EFD_NONBLOCK and EFD_CLOEXEC of eventfd(2). */
  private static final int FLAGS = 0x800 | 0x80000;

  private static final int COUNTER = 8;

  private static final WordCall POLL = WordCall.of("poll");
  private static final WordCall EVENT = WordCall.of("eventfd");
  private static final WordCall READ = WordCall.of("read");
  private static final WordCall WRITE = WordCall.of("write");

  private final int event;

  private SocketPoll(int event) {
    this.event = event;
  }

  /**
   * One that waits for nothing yet.
   *
   * @throws IOException if the process may open no more files
   */
  public static SocketPoll open() throws IOException {
    int event = (int) EVENT.call(0, FLAGS);
    if (event < 0) {
      throw new IOException("eventfd(2) is refused");
    }
    return new SocketPoll(event);
  }

  /**
   * Waits.
   *
   * @return those on which something has come in, or whose other end is gone
   */
  public List<PeerSocket> await(List<PeerSocket> sockets, Duration longest) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment entries = arena.allocate((sockets.size() + 1L) * ENTRY, Integer.BYTES);
      put(entries, 0, event);
      for (int i = 0; i < sockets.size(); i++) {
        put(entries, i + 1, sockets.get(i).descriptor());
      }
      int millis = (int) Math.clamp(longest.toMillis() + 1, 0, Integer.MAX_VALUE);
      int found = (int) POLL.call(entries.address(), sockets.size() + 1L, millis);
      var ready = new ArrayList<PeerSocket>();
      if (found <= 0) {
        return ready;
      }
      if (isReady(entries, 0)) {
        MemorySegment count = arena.allocate(COUNTER, Long.BYTES);
        long _ = READ.call(event, count.address(), COUNTER);
      }
      for (int i = 0; i < sockets.size(); i++) {
        if (isReady(entries, i + 1)) {
          ready.add(sockets.get(i));
        }
      }
      return ready;
    }
  }

  private static void put(MemorySegment entries, int index, int descriptor) {
    entries.set(ValueLayout.JAVA_INT, (long) index * ENTRY, descriptor);
    entries.set(ValueLayout.JAVA_SHORT, (long) index * ENTRY + EVENTS, POLLIN);
  }

  private static boolean isReady(MemorySegment entries, int index) {
    return entries.get(ValueLayout.JAVA_SHORT, (long) index * ENTRY + FOUND) != 0;
  }

  /** Ends the wait that goes on, or the next one. For any thread. */
  public void wake() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment one = arena.allocateFrom(ValueLayout.JAVA_LONG, 1L);
      long _ = WRITE.call(event, one.address(), COUNTER);
    }
  }

  /** Not while another thread waits or wakes. */
  @Override
  public void close() {
    LibC.close(event);
  }
}
