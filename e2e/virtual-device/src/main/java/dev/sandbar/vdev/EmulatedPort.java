package dev.sandbar.vdev;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/**
 * How commands come into an emulated device: a folder for each in a directory that the device sees,
 * and its name through a serial port, which then says how it ended.
 */
final class EmulatedPort implements AutoCloseable {
  private static final String UP = "up";

  private final SocketChannel channel;
  private final Path host;
  private final Supplier<String> console;
  private final AtomicInteger last = new AtomicInteger();
  private final Map<String, CompletableFuture<Integer>> waiting = new ConcurrentHashMap<>();
  private volatile CompletableFuture<Void> up = new CompletableFuture<>();

  private EmulatedPort(SocketChannel channel, Path host, Supplier<String> console) {
    this.channel = channel;
    this.host = host;
    this.console = console;
  }

  static EmulatedPort open(Path socket, Path host, Supplier<String> console) {
    try {
      var port =
          new EmulatedPort(SocketChannel.open(UnixDomainSocketAddress.of(socket)), host, console);
      Thread.ofPlatform().daemon().name("emulated-port").start(port::listen);
      return port;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void listen() {
    try (var lines = new BufferedReader(Channels.newReader(channel, StandardCharsets.UTF_8))) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        String[] words = line.strip().split(" ", -1);
        if (words[0].equals(UP)) {
          up.complete(null);
        } else if (words.length == 2) {
          CompletableFuture<Integer> end = waiting.remove(words[0]);
          if (end != null) {
            end.complete(Integer.parseInt(words[1]));
          }
        }
      }
    } catch (IOException e) {
      // Closed by end of the device: those who wait hear of it below.
    }
    var gone = new VirtualDeviceException("the emulated device is down");
    up.completeExceptionally(gone);
    waiting.values().forEach(end -> end.completeExceptionally(gone));
  }

  /** The next {@link #awaitUp} waits for a boot that has yet to come. */
  void expectBoot() {
    up = new CompletableFuture<>();
  }

  void awaitUp(Duration timeout) {
    get(up, timeout, "the emulated device to boot");
  }

  Commands.Output run(List<String> argv, InputStream stdin, Duration timeout) {
    String id = "c" + last.incrementAndGet();
    Path folder = host.resolve(id);
    try {
      Files.createDirectory(folder);
      Files.copy(stdin, folder.resolve("in"));
      Files.writeString(
          folder.resolve("run"),
          argv.stream()
              .map(word -> "'" + word.replace("'", "'\\''") + "'")
              .collect(Collectors.joining(" ", "exec ", "\n")));
      var end = new CompletableFuture<Integer>();
      waiting.put(id, end);
      synchronized (channel) {
        channel.write(ByteBuffer.wrap((id + "\n").getBytes(StandardCharsets.UTF_8)));
      }
      int code = get(end, timeout, String.join(" ", argv));
      var output =
          new Commands.Output(
              code,
              Files.readAllBytes(folder.resolve("out")),
              Files.readAllBytes(folder.resolve("err")));
      DeviceRoots.delete(folder);
      return output;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } finally {
      waiting.remove(id);
    }
  }

  private <T> T get(CompletableFuture<T> future, Duration timeout, String what) {
    try {
      return future.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      throw new VirtualDeviceException(
          "waited %d s in vain for %s; the console says:\n%s"
              .formatted(timeout.toSeconds(), what, tail(console.get())),
          e);
    } catch (ExecutionException e) {
      throw new VirtualDeviceException(
          "the emulated device ended while waiting for %s; the console says:\n%s"
              .formatted(what, tail(console.get())),
          e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new VirtualDeviceException("interrupted while waiting for " + what, e);
    }
  }

  private static String tail(String text) {
    return text.substring(Math.max(0, text.length() - 4000));
  }

  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
