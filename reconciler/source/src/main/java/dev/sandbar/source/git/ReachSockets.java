package dev.sandbar.source.git;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.UnknownHostException;
import javax.net.ssl.SSLSocketFactory;

/**
 * TLS sockets that connect only where they may: the address that is checked is the one that is
 * connected to, whatever a server of names says the next time.
 */
final class ReachSockets extends SSLSocketFactory {
  private final SSLSocketFactory real;
  private final GitReach reach;

  ReachSockets(SSLSocketFactory real, GitReach reach) {
    this.real = real;
    this.reach = reach;
  }

  /** One that is not connected yet, and without TLS: both is up to the caller. */
  @Override
  public Socket createSocket() {
    return new Checked(reach);
  }

  @Override
  public Socket createSocket(Socket connected, String host, int port, boolean close)
      throws IOException {
    return real.createSocket(connected, host, port, close);
  }

  @Override
  public Socket createSocket(String host, int port) throws IOException {
    return createSocket(InetAddress.getByName(host), port);
  }

  @Override
  public Socket createSocket(String host, int port, InetAddress local, int localPort)
      throws IOException {
    return createSocket(host, port);
  }

  @Override
  public Socket createSocket(InetAddress address, int port) throws IOException {
    reach.check(address);
    return real.createSocket(address, port);
  }

  @Override
  public Socket createSocket(InetAddress address, int port, InetAddress local, int localPort)
      throws IOException {
    return createSocket(address, port);
  }

  @Override
  public String[] getDefaultCipherSuites() {
    return real.getDefaultCipherSuites();
  }

  @Override
  public String[] getSupportedCipherSuites() {
    return real.getSupportedCipherSuites();
  }

  private static final class Checked extends Socket {
    private final GitReach reach;

    Checked(GitReach reach) {
      this.reach = reach;
    }

    @Override
    public void connect(SocketAddress address) throws IOException {
      connect(address, 0);
    }

    @Override
    public void connect(SocketAddress address, int timeout) throws IOException {
      if (!(address instanceof InetSocketAddress named)) {
        throw new IOException("only addresses of hosts are connected to");
      }
      InetAddress host = named.getAddress();
      if (host == null) {
        throw new UnknownHostException(named.getHostString());
      }
      reach.check(host);
      super.connect(address, timeout);
    }
  }
}
