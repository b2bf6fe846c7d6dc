package dev.sandbar.e2e;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Base64;
import java.util.regex.Pattern;
import javax.crypto.Mac;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.PBEKeySpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * One query of the user postgres, in PostgreSQL's protocol (its manual, "Frontend/Backend
 * Protocol") with SCRAM-SHA-256 (RFC 7677): the first value of the answer, else what was done, or
 * the error.
 *
 * @param password ASCII
 */
record PostgresConversation(String password, String query)
    implements DaemonClient.Conversation<String> {

  private static final int VERSION = 3 << 16;
  private static final int LARGEST = 1 << 20;
  private static final String FIRST = "n=,r=sandbar";
  private static final Pattern CHALLENGE = Pattern.compile("(r=[^,]+),s=([^,]+),i=(\\d+)");

  @Override
  public String with(Socket socket) throws IOException {
    var out = new DataOutputStream(socket.getOutputStream());
    var in = new DataInputStream(socket.getInputStream());
    byte[] names = "user\0postgres\0database\0postgres\0\0".getBytes(StandardCharsets.US_ASCII);
    out.writeInt(names.length + 8);
    out.writeInt(VERSION);
    out.write(names);
    String value = "";
    boolean asked = false;
    while (true) {
      int kind = in.readUnsignedByte();
      int length = in.readInt() - 4;
      if (length < 0 || length > LARGEST) {
        throw new IOException("a message of " + length + " bytes");
      }
      ByteBuffer body = ByteBuffer.wrap(in.readNBytes(length));
      switch (kind) {
        case 'E' -> {
          return text(body);
        }
        case 'R' -> authenticate(body, out);
        case 'D' -> value = firstColumn(body);
        case 'C' -> value = value.isEmpty() ? text(body).replace("\0", "") : value;
        case 'Z' -> {
          if (asked) {
            return value;
          }
          asked = true;
          send(out, 'Q', query + "\0");
        }
        default -> {
          // Settings, keys to cancel by, and descriptions of columns.
        }
      }
    }
  }

  private static String text(ByteBuffer rest) {
    return StandardCharsets.UTF_8.decode(rest).toString();
  }

  private static String firstColumn(ByteBuffer row) {
    row.getShort();
    var value = new byte[row.getInt()];
    row.get(value);
    return new String(value, StandardCharsets.UTF_8);
  }

  private static void send(DataOutputStream out, char kind, String body) throws IOException {
    byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
    out.writeByte(kind);
    out.writeInt(bytes.length + 4);
    out.write(bytes);
  }

  private void authenticate(ByteBuffer body, DataOutputStream out) throws IOException {
    switch (body.getInt()) {
      case 10 -> {
        String first = "n,," + FIRST;
        var reply = new ByteArrayOutputStream();
        reply.writeBytes("SCRAM-SHA-256\0".getBytes(StandardCharsets.US_ASCII));
        reply.writeBytes(ByteBuffer.allocate(4).putInt(first.length()).array());
        reply.writeBytes(first.getBytes(StandardCharsets.US_ASCII));
        send(out, 'p', reply.toString(StandardCharsets.US_ASCII));
      }
      case 11 -> send(out, 'p', proof(text(body)));
      case 0, 12 -> {
        // Let in, and the server's own proof, which a test need not check.
      }
      default -> throw new IOException("another way to log in than SCRAM-SHA-256");
    }
  }

  private String proof(String challenge) throws IOException {
    var parts = CHALLENGE.matcher(challenge);
    if (!parts.matches()) {
      throw new IOException("not a challenge: " + challenge);
    }
    try {
      byte[] salted =
          SecretKeyFactory.getInstance("PBKDF2WithHmacSHA256")
              .generateSecret(
                  new PBEKeySpec(
                      password.toCharArray(),
                      Base64.getDecoder().decode(parts.group(2)),
                      Integer.parseInt(parts.group(3)),
                      256))
              .getEncoded();
      byte[] key = mac(salted, "Client Key");
      byte[] stored = MessageDigest.getInstance("SHA-256").digest(key);
      String last = "c=biws," + parts.group(1);
      byte[] signature = mac(stored, FIRST + "," + challenge + "," + last);
      byte[] proof = Arrays.copyOf(key, key.length);
      for (int i = 0; i < proof.length; i++) {
        proof[i] ^= signature[i];
      }
      return last + ",p=" + Base64.getEncoder().encodeToString(proof);
    } catch (GeneralSecurityException e) {
      throw new IOException(e);
    }
  }

  private static byte[] mac(byte[] key, String text) throws GeneralSecurityException {
    Mac mac = Mac.getInstance("HmacSHA256");
    mac.init(new SecretKeySpec(key, "HmacSHA256"));
    return mac.doFinal(text.getBytes(StandardCharsets.UTF_8));
  }
}
