package dev.sandbar.source.git;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.source.git.Fault.Reason;
import java.io.IOException;
import java.net.BindException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.nio.channels.UnresolvedAddressException;
import java.util.stream.Stream;
import org.eclipse.jgit.api.errors.TransportException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class FaultReaderTest {

  static Stream<Exception> unreached() {
    return Stream.of(
        new SocketException("Network is unreachable"),
        new SocketException("Network is down"),
        new SocketException("IPv6 protocol family unavailable"),
        new SocketException("Operation not permitted"),
        new BindException("Cannot assign requested address"),
        new ConnectException("Connection refused"),
        new ConnectException("Connection timed out"),
        new NoRouteToHostException("No route to host"));
  }

  @ParameterizedTest
  @MethodSource("unreached")
  void aNetworkThatIsDownIsNoServerThatEndsConnections(Exception failure) {
    Fault fault = fault(failure);
    assertThat(fault.reason()).isEqualTo(Reason.UNREACHABLE);
    assertThat(fault.message()).isEqualTo("the server cannot be reached: " + failure.getMessage());
  }

  static Stream<Exception> ended() {
    return Stream.of(
        new SocketException("Connection reset"),
        new SocketException("Connection reset by peer"),
        new SocketException("Broken pipe"),
        new SocketException("Socket closed"),
        new SocketException("Unexpected end of file from server"));
  }

  @ParameterizedTest
  @MethodSource("ended")
  void aConnectionThatWasThereWasEnded(Exception failure) {
    assertThat(fault(failure).message()).startsWith("the server ended the connection");
  }

  static Stream<Exception> unknown() {
    return Stream.of(new UnknownHostException("git.example.com"), new UnresolvedAddressException());
  }

  @ParameterizedTest
  @MethodSource("unknown")
  void aNameWithoutAnAddressIsUnknown(Exception failure) {
    assertThat(fault(failure).message()).isEqualTo("the name of the server is unknown");
  }

  private static Fault fault(Exception failure) {
    var wrapped = new TransportException("git", new IOException("wrapped", failure));
    return FaultReader.ofServer(wrapped, new ServerAnswer(), new PollBounds(GitLimits.DEFAULT))
        .orElseThrow();
  }
}
