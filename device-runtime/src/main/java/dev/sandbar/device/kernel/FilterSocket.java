package dev.sandbar.device.kernel;

import dev.sandbar.core.attest.CallFilter;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;

/** Asks {@link FilterService} through the socket on which systemd starts it. */
final class FilterSocket implements FilterSource {

  /** Where {@code sandbard-filters.socket} listens. */
  static final Path PATH = Path.of("/run/sandbard-filters.sock");

  private static final Duration LIMIT = Duration.ofSeconds(60);

  /** It is a Java program that starts, half a second of a core. */
  private static final Duration PAUSE = Duration.ofMinutes(10);

  private final Path path;

  FilterSocket(Path path) {
    this.path = path;
  }

  @Override
  public Map<ProcessId, List<CallFilter>> read(Collection<ProcessId> processes) throws IOException {
    try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(path))) {
      Executor late = CompletableFuture.delayedExecutor(LIMIT.toSeconds(), TimeUnit.SECONDS);
      var limit = CompletableFuture.runAsync(() -> close(channel), late);
      try {
        var out = new DataOutputStream(new BufferedOutputStream(Channels.newOutputStream(channel)));
        FilterMessages.writeQuestion(processes, out);
        return FilterMessages.readAnswer(
            new DataInputStream(new BufferedInputStream(Channels.newInputStream(channel))));
      } finally {
        limit.cancel(false);
      }
    }
  }

  private static void close(SocketChannel channel) {
    try {
      channel.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public Duration pause() {
    return PAUSE;
  }
}
