package dev.sandbar.device.fetch;

import dev.sandbar.device.chunk.ChunkIndex;
import dev.sandbar.device.chunk.LocalChunks;
import dev.sandbar.device.fetch.FileFetch.Opener;
import dev.sandbar.device.fetch.FileFetch.Wanted;
import dev.sandbar.device.fetch.HttpsReader.Answer;
import dev.sandbar.device.store.PartialImage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** One image that is put together by an index of its chunks, from its first byte to its last. */
final class ChunkAssembly implements AutoCloseable {

  /** Requests for one image; where more would be needed, what lies between is fetched too. */
  static final int MOST_RANGES = 64;

  /** Bytes between two ranges that are fetched with them, to begin with, if there are too many. */
  private static final int GAP = 16 * 1024;

  /** Local chunks that may turn out changed: more of them, and somebody writes to the file. */
  private static final int MOST_DAMAGED = 16;

  private final PartialImage image;
  private final Wanted wanted;
  private final Opener opener;
  private final ChunkIndex index;
  private final LocalChunks local;
  private long reused;
  private long fetched;
  private int requests;
  private int damaged;

  /** Chunks that one request fetches, without the last. */
  private record Range(int from, int to) {}

  /** It cannot go on this way. */
  private static final class StoppedException extends Exception {
    private static final long serialVersionUID = 1L;

    StoppedException(String reason) {
      super(reason);
    }
  }

  ChunkAssembly(
      PartialImage image, Wanted wanted, Opener opener, ChunkIndex index, List<Path> images) {
    this.image = image;
    this.wanted = wanted;
    this.opener = opener;
    this.index = index;
    this.local = LocalChunks.find(index, images);
  }

  /** Why it is not even begun; empty if it can be. */
  Optional<String> obstacle() {
    return local.found() == 0
        ? Optional.of("no other image of the device has any of them")
        : image.expect(index.size());
  }

  /**
   * Adds chunk after chunk.
   *
   * @return why it could not be finished; empty if it was
   * @throws FetchException if the connection was lost
   */
  Optional<String> run() throws IOException, InterruptedException {
    try {
      int next = index.chunkAt(image.size());
      for (Range range : ranges(next)) {
        copy(next, range.from());
        fetch(range);
        next = range.to();
      }
      copy(next, index.count());
      return Optional.empty();
    } catch (StoppedException e) {
      return Optional.of(String.valueOf(e.getMessage()));
    }
  }

  /** What no other image has, in at most so many requests. */
  private List<Range> ranges(int first) {
    List<Range> ranges = ranges(first, 0);
    for (long gap = GAP; ranges.size() > MOST_RANGES; gap *= 2) {
      ranges = ranges(first, gap);
    }
    return ranges;
  }

  private List<Range> ranges(int first, long gap) {
    var ranges = new ArrayList<Range>();
    for (int i = first; i < index.count(); i++) {
      if (local.has(i)) {
        continue;
      }
      if (!ranges.isEmpty() && index.start(i) - index.start(ranges.getLast().to()) <= gap) {
        ranges.add(new Range(ranges.removeLast().from(), i + 1));
      } else {
        ranges.add(new Range(i, i + 1));
      }
    }
    return ranges;
  }

  private void copy(int from, int to) throws IOException, InterruptedException, StoppedException {
    for (int i = from; i < to; i++) {
      if (Thread.interrupted()) {
        throw new InterruptedException();
      }
      Optional<ByteBuffer> bytes = local.read(i);
      if (bytes.isPresent()) {
        reused += append(i, bytes.get());
        continue;
      }
      damaged++;
      if (damaged > MOST_DAMAGED) {
        throw new StoppedException("another image that has them is being changed");
      }
      fetch(new Range(i, i + 1));
    }
  }

  /**
   * Adds a chunk, or what is missing of the first one.
   *
   * @return how many bytes that are
   */
  private int append(int chunk, ByteBuffer bytes) throws IOException {
    bytes.position((int) Math.max(0, image.size() - index.start(chunk)));
    int count = bytes.remaining();
    image.append(bytes);
    wanted.progress().at(image.size(), index.size());
    return count;
  }

  private void fetch(Range range) throws IOException, InterruptedException, StoppedException {
    long first = index.start(range.from());
    long last = index.start(range.to()) - 1;
    requests++;
    try (Answer answer = opener.open(Map.of("Range", "bytes=%d-%d".formatted(first, last)))) {
      if (answer.status() != 206) {
        throw new StoppedException("the server does not send parts of the file");
      }
      if (!new ContentRange(first, last, index.size()).equals(part(answer))) {
        throw new StoppedException("the server sends another part than it was asked for");
      }
      receive(range, answer);
    } catch (HttpStatusException e) {
      if (e.isOfRequest()) {
        throw new StoppedException(String.valueOf(e.getMessage()));
      }
      throw e;
    }
  }

  private static ContentRange part(Answer answer) throws StoppedException {
    try {
      return ContentRange.read(answer.header("Content-Range"));
    } catch (FetchException e) {
      throw new StoppedException(String.valueOf(e.getMessage()));
    }
  }

  /** No more is read than the range has, whatever follows. */
  private void receive(Range range, Answer answer) throws IOException, StoppedException {
    var piece = ByteBuffer.allocate(0);
    for (int i = range.from(); i < range.to(); i++) {
      var chunk = ByteBuffer.allocate(index.length(i));
      while (chunk.hasRemaining()) {
        if (!piece.hasRemaining()) {
          piece = FileFetch.next(image, answer);
          if (!piece.hasRemaining()) {
            throw new StoppedException("the server sends less than it promises");
          }
          fetched += piece.remaining();
        }
        int count = Math.min(chunk.remaining(), piece.remaining());
        chunk.put(piece.slice(piece.position(), count));
        piece.position(piece.position() + count);
      }
      if (!index.matches(i, chunk.flip())) {
        throw new StoppedException("the server sends other bytes than the index has");
      }
      append(i, chunk);
    }
    // The connection serves the next request only once the end of this answer has been seen.
    if (piece.hasRemaining() || FileFetch.next(image, answer).hasRemaining()) {
      throw new StoppedException("the server sends more than it promises");
    }
  }

  long reused() {
    return reused;
  }

  long fetched() {
    return fetched;
  }

  int requests() {
    return requests;
  }

  @Override
  public void close() throws IOException {
    local.close();
  }
}
