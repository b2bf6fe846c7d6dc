package dev.sandbar.device.systemd;

import dev.sandbar.core.model.Node;
import dev.sandbar.core.model.SafeText;
import dev.sandbar.device.store.CredentialCipher;
import dev.sandbar.source.text.JsonReader;
import dev.sandbar.source.text.ReadResult;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Base64;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has systemd encrypt a credential for this device alone: with its TPM2 where there is one, and
 * with the key of the host (systemd-creds(1), {@code --with-key=auto}). A service of systemd does
 * it (io.systemd.Credentials, a Varlink interface since systemd 256), outside of the sandbox of the
 * agent, which has no device nodes and so no TPM2.
 */
public final class CredentialEncryption implements CredentialCipher {

  private static final String SOCKET = "run/systemd/io.systemd.Credentials";
  private static final String TPM = "sys/class/tpmrm/tpmrm0";
  private static final Logger LOG = LoggerFactory.getLogger(CredentialEncryption.class);

  /**
   * How a credential begins that is encrypted with the key of the host and no other: its first 16
   * bytes are 5a1c6a86-df9d-4096-b1d5-a65e0862f19a (systemd, src/shared/creds-util.h).
   */
  private static final String HOST_ALONE = "Whxqht+dQJax1aZeCGLxm";

  private static final Duration LIMIT = Duration.ofSeconds(30);

  /** A credential has at most 1 MiB; those of apps are much smaller. */
  private static final int MOST_ANSWERED = 1 << 20;

  private static final String BLOB = "[A-Za-z0-9+/]+={0,2}";
  private static final byte[] DATA = "\"data\":\"".getBytes(StandardCharsets.US_ASCII);

  private final Path socket;
  private final Path tpm;

  /**
   * That of a device.
   *
   * @param root of its file system
   */
  public CredentialEncryption(Path root) {
    this.socket = root.resolve(SOCKET);
    this.tpm = root.resolve(TPM);
  }

  @Override
  public byte[] encrypt(String name, byte[] secret) throws IOException {
    byte[] encoded = Base64.getEncoder().encode(secret);
    try {
      byte[] blob = blob(answered("Encrypt", name, "data", encoded));
      if (isOfTheHostAlone(blob) && hasTpm()) {
        LOG.warn(
            "credential={} key=host systemd did not use the TPM2 of this device: whoever has its disk can decrypt this; see 'systemd-creds has-tpm2'",
            name);
      }
      return blob;
    } finally {
      Arrays.fill(encoded, (byte) 0);
    }
  }

  @Override
  public byte[] decrypt(String name, byte[] encrypted) throws IOException {
    // systemd-creds(1) breaks what it writes into lines of 79 characters; its service takes none.
    String blob = new String(encrypted, StandardCharsets.US_ASCII).replaceAll("\\s+", "");
    if (!blob.matches(BLOB)) {
      throw new IOException("it is not an encrypted credential");
    }
    byte[] answer = answered("Decrypt", name, "blob", blob.getBytes(StandardCharsets.US_ASCII));
    try {
      return data(answer);
    } finally {
      Arrays.fill(answer, (byte) 0);
    }
  }

  /** Whether its key is on the same disk, and nothing else is needed. */
  static boolean isOfTheHostAlone(byte[] encrypted) {
    return new String(encrypted, StandardCharsets.US_ASCII).startsWith(HOST_ALONE);
  }

  private byte[] answered(String method, String name, String field, byte[] value)
      throws IOException {
    byte[] call = call(method, name, field, value);
    try (SocketChannel channel = open()) {
      Executor late = CompletableFuture.delayedExecutor(LIMIT.toSeconds(), TimeUnit.SECONDS);
      var limit = CompletableFuture.runAsync(() -> close(channel), late);
      try {
        ByteBuffer out = ByteBuffer.wrap(call);
        while (out.hasRemaining()) {
          channel.write(out);
        }
        return answer(channel);
      } finally {
        limit.cancel(false);
      }
    } finally {
      Arrays.fill(call, (byte) 0);
    }
  }

  /** Whether the device has a TPM2. */
  boolean hasTpm() {
    return Files.exists(tpm);
  }

  /**
   * Fails where systemd has no service for credentials.
   *
   * @throws IOException that says how to get one
   */
  void requireService() throws IOException {
    open().close();
  }

  private SocketChannel open() throws IOException {
    try {
      return SocketChannel.open(UnixDomainSocketAddress.of(socket));
    } catch (IOException e) {
      throw new IOException(
          "systemd does not encrypt credentials, which 256 is the first to do: nothing answers at /%s; start it with 'systemctl start systemd-creds.socket'"
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
  private static byte[] call(String method, String name, String field, byte[] value) {
    byte[] before =
        "{\"method\":\"io.systemd.Credentials.%s\",\"parameters\":{\"name\":\"%s\",\"%s\":\""
            .formatted(method, name, field)
            .getBytes(StandardCharsets.US_ASCII);
    byte[] after = "\"}}\0".getBytes(StandardCharsets.US_ASCII);
    return ByteBuffer.allocate(before.length + value.length + after.length)
        .put(before)
        .put(value)
        .put(after)
        .array();
  }

  /** One message: JSON that ends with a NUL. */
  private static byte[] answer(SocketChannel channel) throws IOException {
    ByteBuffer in = ByteBuffer.allocate(MOST_ANSWERED);
    try {
      return message(channel, in);
    } finally {
      Arrays.fill(in.array(), (byte) 0);
    }
  }

  private static byte[] message(SocketChannel channel, ByteBuffer in) throws IOException {
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

  /** Taken out of the bytes: a parser would make text of it that nobody could clear. */
  private static byte[] data(byte[] answer) throws IOException {
    for (int start = DATA.length; start < answer.length; start++) {
      if (Arrays.equals(answer, start - DATA.length, start, DATA, 0, DATA.length)) {
        int end = start;
        while (end < answer.length && answer[end] != '"') {
          end++;
        }
        byte[] encoded = Arrays.copyOfRange(answer, start, end);
        try {
          return Base64.getDecoder().decode(encoded);
        } catch (IllegalArgumentException e) {
          throw new IOException("systemd did not answer with a credential");
        } finally {
          Arrays.fill(encoded, (byte) 0);
        }
      }
    }
    // One that says why not; it has no data.
    byte[] _ = blob(answer);
    throw new IOException("systemd did not answer with a credential");
  }

  private static byte[] blob(byte[] answer) throws IOException {
    ReadResult read = JsonReader.read("answer", answer);
    Node message =
        read.hasErrors() || read.documents().size() != 1
            ? Node.mapping(java.util.List.of())
            : read.documents().getFirst();
    if (message.fields().get("error") instanceof Node.Scalar(_, _, String error)) {
      throw new IOException("systemd refuses it: " + SafeText.shown(error));
    }
    Node parameters = message.fields().getOrDefault("parameters", message);
    if (parameters.fields().get("blob") instanceof Node.Scalar(_, _, String blob)
        && blob.matches(BLOB)) {
      return (blob + "\n").getBytes(StandardCharsets.US_ASCII);
    }
    throw new IOException("systemd did not answer with an encrypted credential");
  }
}
