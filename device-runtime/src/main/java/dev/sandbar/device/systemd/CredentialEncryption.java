package dev.sandbar.device.systemd;

import dev.sandbar.core.model.Node;
import dev.sandbar.core.model.SafeText;
import dev.sandbar.source.text.JsonReader;
import dev.sandbar.source.text.ReadResult;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Base64;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;

/**
 * Has systemd encrypt a credential for this device alone: with its TPM2 where there is one, and
 * with the key of the host (systemd-creds(1), {@code --with-key=auto}). A service of systemd does
 * it (io.systemd.Credentials, a Varlink interface since systemd 256), outside of the sandbox of the
 * agent, which has no device nodes and so no TPM2.
 */
public final class CredentialEncryption {

  private static final String SOCKET = "run/systemd/io.systemd.Credentials";
  private static final Duration LIMIT = Duration.ofSeconds(30);

  /** A credential has at most 1 MiB; those of apps are much smaller. */
  private static final int MOST_ANSWERED = 1 << 20;

  private final Path socket;

  /**
   * That of a device.
   *
   * @param root of its file system
   */
  public CredentialEncryption(Path root) {
    this.socket = root.resolve(SOCKET);
  }

  /**
   * Encrypts a secret.
   *
   * @param name letters, digits, {@code -}, {@code _} and {@code .}; systemd decrypts it under this
   *     name only
   * @param secret stays the caller's, to be cleared
   * @return what a file for {@code LoadCredentialEncrypted=} holds
   * @throws IOException if systemd does not do it; the message has nothing of the secret
   */
  public byte[] encrypt(String name, byte[] secret) throws IOException {
    byte[] call = call(name, secret);
    try (SocketChannel channel = open()) {
      Executor late = CompletableFuture.delayedExecutor(LIMIT.toSeconds(), TimeUnit.SECONDS);
      var limit = CompletableFuture.runAsync(() -> close(channel), late);
      try {
        ByteBuffer out = ByteBuffer.wrap(call);
        while (out.hasRemaining()) {
          channel.write(out);
        }
        return blob(answer(channel));
      } finally {
        limit.cancel(false);
      }
    } finally {
      Arrays.fill(call, (byte) 0);
    }
  }

  private SocketChannel open() throws IOException {
    try {
      return SocketChannel.open(UnixDomainSocketAddress.of(socket));
    } catch (IOException e) {
      throw new IOException(
          "systemd does not encrypt credentials: nothing answers at /%s; start it with 'systemctl start systemd-creds.socket'"
              .formatted(SOCKET),
          e);
    }
  }

  private static void close(SocketChannel channel) {
    try {
      channel.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Put together from bytes: no text holds the secret that nobody could clear. */
  private static byte[] call(String name, byte[] secret) {
    byte[] encoded = Base64.getEncoder().encode(secret);
    byte[] before =
        "{\"method\":\"io.systemd.Credentials.Encrypt\",\"parameters\":{\"name\":\"%s\",\"data\":\""
            .formatted(name)
            .getBytes(StandardCharsets.US_ASCII);
    byte[] after = "\"}}\0".getBytes(StandardCharsets.US_ASCII);
    byte[] call =
        ByteBuffer.allocate(before.length + encoded.length + after.length)
            .put(before)
            .put(encoded)
            .put(after)
            .array();
    Arrays.fill(encoded, (byte) 0);
    return call;
  }

  /** One message: JSON that ends with a NUL. */
  private static byte[] answer(SocketChannel channel) throws IOException {
    ByteBuffer in = ByteBuffer.allocate(MOST_ANSWERED);
    while (in.hasRemaining()) {
      int before = in.position();
      if (channel.read(in) < 0) {
        throw new IOException(
            "systemd ended the connection without an answer; see 'journalctl -t systemd-creds'");
      }
      for (int i = before; i < in.position(); i++) {
        if (in.get(i) == 0) {
          return Arrays.copyOf(in.array(), i);
        }
      }
    }
    throw new IOException("systemd answered with more than %d bytes".formatted(MOST_ANSWERED));
  }

  static byte[] blob(byte[] answer) throws IOException {
    ReadResult read = JsonReader.read("answer", answer);
    Node message =
        read.hasErrors() || read.documents().size() != 1
            ? Node.mapping(java.util.List.of())
            : read.documents().getFirst();
    if (message.fields().get("error") instanceof Node.Scalar(_, _, String error)) {
      throw new IOException("systemd refuses to encrypt it: " + SafeText.shown(error));
    }
    Node parameters = message.fields().getOrDefault("parameters", message);
    if (parameters.fields().get("blob") instanceof Node.Scalar(_, _, String blob)
        && blob.matches("[A-Za-z0-9+/]+={0,2}")) {
      return (blob + "\n").getBytes(StandardCharsets.US_ASCII);
    }
    throw new IOException("systemd did not answer with an encrypted credential");
  }
}
