package dev.sandbar.core.denial;

import dev.sandbar.core.model.Cidr;
import dev.sandbar.core.model.Permissions.Port.Protocol;
import java.util.Comparator;

/**
 * Packets of an app that the kernel dropped, or that nothing has answered yet.
 *
 * @param host at the other end, with the full length of the prefix
 * @param port of the app where the other end began, and of the other end where the app did
 * @param packets how many; of a connection that waits 1
 */
public record Refusal(Way way, Protocol protocol, Cidr host, int port, long packets)
    implements Comparable<Refusal> {

  private static final Comparator<Refusal> ORDER =
      Comparator.comparing(Refusal::way)
          .thenComparing(Refusal::protocol)
          .thenComparing(Refusal::port)
          .thenComparing(Refusal::host)
          .thenComparing(Refusal::packets);

  /** Who began, and what shows it. */
  public enum Way {
    /** The host sent to a port of the app; the rules in the network namespace of the app say so. */
    FROM,
    /** The app sent to the host; the rules in its network namespace say so. */
    TO,
    /**
     * The app has a socket that is connecting to the host, or is set to send to it. The IP filter
     * of a unit drops packets without a trace, so this is all that shows of it.
     */
    WAITING
  }

  /** The host without the length of its prefix. */
  String address() {
    String text = host.toString();
    return text.substring(0, text.indexOf('/'));
  }

  /** For people. */
  String peer() {
    return "%s:%d (%s)".formatted(host.isV4() ? address() : "[" + address() + "]", port, protocol);
  }

  @Override
  public int compareTo(Refusal other) {
    return ORDER.compare(this, other);
  }
}
