package dev.sandbar.device.fetch;

import dev.sandbar.core.model.Sha256;
import dev.sandbar.device.fetch.HttpsReader.Answer;
import dev.sandbar.device.store.ImageStore;
import dev.sandbar.device.store.PartialImage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/** Gets one file, going on where an earlier attempt stopped. */
final class FileFetch {
  private final ImageStore store;
  private final ChunkedFetch chunks;

  /**
   * @param chunks what is put together from what the device has, if that is of use
   */
  FileFetch(ImageStore store, ChunkedFetch chunks) {
    this.store = store;
    this.chunks = chunks;
  }

  /**
   * A file that is to be fetched.
   *
   * @param shown what it is called
   * @param size in bytes, where that is known before
   * @param place from which every byte has to be; empty if that does not matter
   */
  record Wanted(
      String shown, Sha256 content, OptionalLong size, String place, FetchProgress progress) {}

  /** Asks for the file, or a part of it. */
  @FunctionalInterface
  interface Opener {
    Answer open(Map<String, String> headers) throws IOException, InterruptedException;
  }

  /** The file, once all of it has arrived and is what its digest promises. */
  PartialImage arrive(Wanted wanted, Opener opener) throws IOException, InterruptedException {
    PartialImage image = store.partial(wanted.content(), wanted.place());
    boolean arrived = false;
    try {
      long before = image.size();
      boolean assembled = chunks.fill(image, wanted, opener);
      if (wanted.place().isEmpty() && (before > 0 || assembled)) {
        wanted.progress().mixed();
      }
      Optional<String> wrong = receive(image, wanted, opener);
      if (wrong.isPresent() && before > 0) {
        // A power cut may have left what was never written: once more, all of it.
        image.restart();
        assembled = chunks.fill(image, wanted, opener);
        if (assembled) {
          wanted.progress().mixed();
        }
        wrong = receive(image, wanted, opener);
      }
      if (wrong.isPresent() && assembled) {
        chunks.misled(wanted, "what was put together by it is not what the digest promises");
        image.restart();
        wrong = receive(image, wanted, opener);
      }
      if (wrong.isPresent()) {
        image.discard();
        throw new FetchException(wrong.get());
      }
      arrived = true;
      return image;
    } finally {
      if (!arrived) {
        image.close();
      }
    }
  }

  /**
   * Receives what is missing.
   *
   * @return what is wrong with what has arrived; empty if it is the image
   */
  private static Optional<String> receive(PartialImage image, Wanted wanted, Opener opener)
      throws IOException, InterruptedException {
    if (image.isWhole() || wanted.size().isPresent() && image.size() == wanted.size().getAsLong()) {
      return image.problem();
    }
    Map<String, String> headers =
        image.size() > 0 ? Map.of("Range", "bytes=" + image.size() + "-") : Map.of();
    try (Answer answer = opener.open(headers)) {
      long size = size(image, answer);
      expect(image, wanted, size);
      copy(wanted, image, answer, size);
    }
    return image.problem();
  }

  /**
   * Makes sure that the image has the size that its manifest says, and fits.
   *
   * @param size in bytes, as the server says it
   */
  static void expect(PartialImage image, Wanted wanted, long size) throws FetchException {
    if (wanted.size().isPresent() && wanted.size().getAsLong() != size) {
      throw new FetchException(
          "%d bytes are offered, and its manifest says %d"
              .formatted(size, wanted.size().getAsLong()));
    }
    Optional<String> problem = image.expect(size);
    if (problem.isPresent()) {
      throw new FetchException(problem.get());
    }
    wanted.progress().at(image.size(), size);
  }

  /** The size of the whole image; begins anew where the server does not go on. */
  private static long size(PartialImage image, Answer answer) throws IOException {
    switch (answer.status()) {
      case 200 -> {
        image.restart();
        return length(answer.header("Content-Length"));
      }
      case 206 -> {
        ContentRange range = ContentRange.read(answer.header("Content-Range"));
        if (range.first() != image.size() || range.last() != range.whole() - 1) {
          throw new FetchException("the server sends another part than it was asked for");
        }
        return range.whole();
      }
      default -> {
        image.restart();
        throw new FetchException("the file is not the one whose first part was fetched before");
      }
    }
  }

  private static long length(String header) throws FetchException {
    if (header.isEmpty() || header.length() > 15 || !header.chars().allMatch(Character::isDigit)) {
      throw new FetchException(
          "the server does not say how large the file is (Content-Length); serve it as a file");
    }
    return Long.parseLong(header);
  }

  private static void copy(Wanted wanted, PartialImage image, Answer answer, long size)
      throws IOException {
    ByteBuffer piece = next(image, answer);
    while (piece.hasRemaining()) {
      image.append(piece);
      wanted.progress().at(image.size(), size);
      piece = next(image, answer);
    }
    if (!image.isWhole()) {
      throw ended(image, "the connection ended");
    }
  }

  /** The next bytes of the body; none at its end. */
  static ByteBuffer next(PartialImage image, Answer answer) throws FetchException {
    try {
      return answer.body().next();
    } catch (FetchException e) {
      throw ended(image, e.getMessage());
    }
  }

  static FetchException ended(PartialImage image, @Nullable String why) {
    return new FetchException(
        "%s after %s bytes; the next attempt goes on there".formatted(why, image.progress()));
  }
}
