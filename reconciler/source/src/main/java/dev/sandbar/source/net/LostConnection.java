package dev.sandbar.source.net;

import java.net.SocketException;
import java.net.UnknownHostException;
import java.nio.channels.UnresolvedAddressException;
import java.util.List;

/** Tells a connection that never came about from one that the other side ended. */
public final class LostConnection {

  /**
   * What Java and the kernel say of one that was there. The kernel has a text for each state of a
   * network that is down, which all mean that nothing was reached.
   */
  private static final List<String> ENDED =
      List.of(
          "Connection reset",
          "Connection closed",
          "Broken pipe",
          "Socket closed",
          "Socket is closed",
          "Software caused connection abort",
          "Unexpected end of file");

  private LostConnection() {}

  /** Whether nothing was reached: refused, no route, no network, no address of this side. */
  public static boolean isUnreached(Throwable failure) {
    String message = String.valueOf(failure.getMessage());
    return failure instanceof SocketException && ENDED.stream().noneMatch(message::startsWith);
  }

  /** Whether the name of the other side has no address. */
  public static boolean isUnknownName(Throwable failure) {
    return failure instanceof UnknownHostException || failure instanceof UnresolvedAddressException;
  }
}
