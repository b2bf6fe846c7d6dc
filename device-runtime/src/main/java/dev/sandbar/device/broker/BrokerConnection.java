package dev.sandbar.device.broker;

import dev.sandbar.core.model.AppName;
import dev.sandbar.device.kernel.PeerSocket;
import java.io.ByteArrayOutputStream;

/** A connection of an app, of which one request is read. */
final class BrokerConnection {

  private final AppName app;
  private final PeerSocket socket;
  private final long end;
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

  /**
   * @param end until when the request must be there, on {@link System#nanoTime}
   */
  BrokerConnection(AppName app, PeerSocket socket, long end) {
    this.app = app;
    this.socket = socket;
    this.end = end;
  }

  AppName app() {
    return app;
  }

  PeerSocket socket() {
    return socket;
  }

  /** How long there is time yet, in nanoseconds. */
  long left(long now) {
    return end - now;
  }

  /** Takes what has come in; false if nothing will. */
  boolean receive() {
    byte[] more = socket.receive(BrokerRequest.MOST + 1 - bytes.size());
    bytes.writeBytes(more);
    return more.length > 0;
  }

  BrokerRequest.Reading reading() {
    return BrokerRequest.read(bytes.toByteArray());
  }
}
