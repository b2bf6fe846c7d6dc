package dev.sandbar.device.fleet;

import dev.sandbar.core.model.Node;
import java.time.Duration;

/**
 * The API server as the device sees it. Every exchange is bounded in time and size. Safe for use by
 * many threads.
 */
public interface Cluster {

  /** Sends one call and waits for the answer. */
  Answer send(Call call) throws InterruptedException;

  /**
   * Reads a stream of documents, one a line, until it ends.
   *
   * @param quiet the stream is given up when nothing comes for so long
   * @param lines hears each document
   * @return how it ended; a {@link Answer.Success} if the server ended it in good order
   */
  Answer stream(Call call, Duration quiet, Lines lines) throws InterruptedException;

  /** Hears a stream. */
  interface Lines {
    /** A document; false to end the stream. */
    boolean line(Node document) throws InterruptedException;
  }
}
