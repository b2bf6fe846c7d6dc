package dev.sandbar.device.kube;

import dev.sandbar.source.text.TextLimits;
import java.time.Duration;

/**
 * How much a server can take of a device's time and memory.
 *
 * @param connect to have a connection, TLS included
 * @param exchange for a whole request and its answer
 * @param answer size and shape of an answer, and of one line of a stream
 */
public record ApiLimits(Duration connect, Duration exchange, TextLimits answer) {

  /**
   * 10 s, 30 s, 4 MiB, 120 000 values, of which each takes some 100 bytes of the heap. An object
   * can have 1.5 MiB in etcd; JSON and the managed fields come on top.
   */
  public static final ApiLimits DEFAULT =
      new ApiLimits(
          Duration.ofSeconds(10), Duration.ofSeconds(30), new TextLimits(4 << 20, 64, 120_000));
}
