package dev.sandbar.source.git;

import dev.sandbar.source.SourceTooLargeException;
import java.io.IOException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;
import org.eclipse.jgit.errors.TooLargeObjectInPackException;

/**
 * Follows the objects of a pack as its bytes pass by, and refuses what would take too much to
 * unpack before a parser allocates anything for it. The parser holds every object of a chain of
 * differences at once: ten kilobytes can be a chain of gigabytes, or ninety thousand differences to
 * one large object. Each difference names the size of its result in its first bytes.
 *
 * <p>Format: gitformat-pack(5). What is not well-formed is left to the parser, which ends at the
 * same byte.
 */
final class PackObjects implements AutoCloseable {
  private static final int HEADER = 12;
  private static final int COUNT_AT = 8;
  private static final int ID = 20;
  private static final int OFFSET_DELTA = 6;
  private static final int ID_DELTA = 7;

  /** A parser holds a chain of this many of the largest objects. */
  private static final int CHAIN = 4;

  /** Which of the differences that name their base by its id form a chain is not known. */
  private static final int CHAIN_BY_ID = 3 * CHAIN;

  /** So many times its own size a pack may be when it is unpacked. */
  private static final int UNPACKED = 16;

  private final GitLimits limits;
  private final Inflater inflater = new Inflater();
  private final byte[] inflated = new byte[8192];
  private State state = State.HEADER;
  private long position;
  private int filled;
  private long count;
  private int done;

  /** Of the object that is read now. */
  private long start;

  private int type;
  private int shift;
  private long size;
  private long distance;
  private boolean distanceBegun;
  private final byte[] base = new byte[ID];
  private int sizesRead;
  private long baseSize;
  private long resultSize;

  /** Of the objects before: where each begins, and what its chain takes. */
  private long[] starts = new long[256];

  private long[] chains = new long[256];
  private final Map<String, Long> basesById = new HashMap<>();
  private long chainById;
  private long unpacked;

  private enum State {
    HEADER,
    TYPE,
    SIZE,
    DISTANCE,
    BASE,
    DATA,
    END
  }

  PackObjects(GitLimits limits) {
    this.limits = limits;
  }

  /** Takes the next bytes of the pack. */
  void take(byte[] bytes, int offset, int length) throws IOException {
    int at = offset;
    int end = offset + length;
    while (at < end && state != State.END) {
      if (state == State.DATA) {
        int used = data(bytes, at, end);
        position += used;
        at += used;
      } else {
        one(bytes[at] & 0xFF);
        position++;
        at++;
      }
    }
  }

  private void one(int value) throws IOException {
    switch (state) {
      case HEADER -> header(value);
      case TYPE -> {
        start = position;
        type = (value >> 4) & 7;
        size = value & 15;
        shift = 4;
        distance = 0;
        distanceBegun = false;
        filled = 0;
        state = State.SIZE;
        if ((value & 0x80) == 0) {
          sized();
        }
      }
      case SIZE -> {
        size |= (long) (value & 0x7F) << shift;
        shift += 7;
        if (shift > 56) {
          state = State.END;
        } else if ((value & 0x80) == 0) {
          sized();
        }
      }
      case DISTANCE -> {
        distance = distanceBegun ? (distance + 1) << 7 | (value & 0x7F) : value & 0x7F;
        distanceBegun = true;
        if ((value & 0x80) == 0) {
          state = State.DATA;
        }
      }
      case BASE -> {
        base[filled++] = (byte) value;
        if (filled == ID) {
          state = State.DATA;
        }
      }
      case DATA, END -> {}
    }
  }

  private void header(int value) throws IOException {
    if (filled >= COUNT_AT) {
      count = count << 8 | value;
    }
    filled++;
    if (filled == HEADER) {
      if (count > limits.maxObjects()) {
        throw new SourceTooLargeException(
            "the repository has %d objects, at most %d are fetched"
                .formatted(count, limits.maxObjects()));
      }
      state = count == 0 ? State.END : State.TYPE;
    }
  }

  /** The size of the object is known, or that of the difference. */
  private void sized() throws IOException {
    inflater.reset();
    sizesRead = 0;
    shift = 0;
    baseSize = 0;
    resultSize = 0;
    state =
        switch (type) {
          case 1, 2, 3, 4 -> State.DATA;
          case OFFSET_DELTA -> State.DISTANCE;
          case ID_DELTA -> State.BASE;
          default -> State.END;
        };
    if (isDelta()) {
      bound(size);
    }
    unpacked(size);
  }

  private boolean isDelta() {
    return type == OFFSET_DELTA || type == ID_DELTA;
  }

  /** Inflates; gives how many bytes belonged to the object. */
  private int data(byte[] bytes, int at, int end) throws IOException {
    inflater.setInput(bytes, at, end - at);
    try {
      while (!inflater.finished() && !inflater.needsInput()) {
        int length = inflater.inflate(inflated);
        for (int i = 0; isDelta() && sizesRead < 2 && i < length; i++) {
          sizes(inflated[i] & 0xFF);
        }
        if (length == 0 && inflater.needsDictionary()) {
          state = State.END;
          return 0;
        }
        if (inflater.getBytesWritten() > size) {
          state = State.END;
          return 0;
        }
      }
    } catch (DataFormatException e) {
      state = State.END;
      return 0;
    }
    int used = end - at - inflater.getRemaining();
    if (inflater.finished()) {
      finished();
    }
    return used;
  }

  /** A difference begins with the sizes of its base and of its result. */
  private void sizes(int value) throws IOException {
    long part = (long) (value & 0x7F) << shift;
    shift += 7;
    if (sizesRead == 0) {
      baseSize |= part;
    } else {
      resultSize |= part;
    }
    if (shift > 56) {
      throw new TooLargeObjectInPackException(limits.maxObjectBytes());
    }
    if ((value & 0x80) == 0) {
      sizesRead++;
      shift = 0;
      if (sizesRead == 2) {
        bound(baseSize);
        bound(resultSize);
        unpacked(resultSize);
      }
    }
  }

  private void bound(long bytes) throws IOException {
    if (bytes > limits.maxObjectBytes()) {
      throw new TooLargeObjectInPackException(bytes, limits.maxObjectBytes());
    }
  }

  private void unpacked(long bytes) throws IOException {
    unpacked += bytes;
    if (unpacked > UNPACKED * limits.maxPackBytes()) {
      throw new SourceTooLargeException(
          "the repository has more than %d bytes when it is unpacked"
              .formatted(UNPACKED * limits.maxPackBytes()));
    }
  }

  private void finished() throws IOException {
    long chain = size;
    if (type == OFFSET_DELTA) {
      int found = Arrays.binarySearch(starts, 0, done, start - distance);
      chain = (found < 0 ? baseSize : chains[found]) + size + resultSize;
      boundChain(chain, CHAIN);
    } else if (type == ID_DELTA) {
      String id = HexFormat.of().formatHex(base);
      if (basesById.put(id, baseSize) == null) {
        chainById += baseSize + size;
      }
      chain = chainById + resultSize;
      boundChain(chain, CHAIN_BY_ID);
    }
    if (done == starts.length) {
      starts = Arrays.copyOf(starts, 2 * done);
      chains = Arrays.copyOf(chains, 2 * done);
    }
    starts[done] = start;
    chains[done] = chain;
    done++;
    state = done == count ? State.END : State.TYPE;
  }

  private void boundChain(long bytes, int objects) throws IOException {
    long most = objects * limits.maxObjectBytes();
    if (bytes > most) {
      throw new SourceTooLargeException(
          "the repository has files that are stored as differences to each other and take more than"
              + " %d bytes to unpack".formatted(most));
    }
  }

  @Override
  public void close() {
    inflater.end();
  }
}
