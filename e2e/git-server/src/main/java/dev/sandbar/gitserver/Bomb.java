package dev.sandbar.gitserver;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;

/** Packs that are small and take much to unpack, and a server that answers with them. */
public final class Bomb implements HttpsGitServer.Interception {
  private static final int LEVEL = 4 << 20;
  private static final int FRAME = 60_000;

  private final ByteArrayOutputStream objects = new ByteArrayOutputStream();
  private int count;
  private String commit = "";
  private byte[] flood = {};

  private Bomb() {}

  /** A commit of one file, {@code a.yaml}, and nothing else. */
  private static Bomb begin() {
    var bomb = new Bomb();
    byte[] file = "a: 1\n".getBytes(UTF_8);
    var tree = new ByteArrayOutputStream();
    tree.writeBytes("100644 a.yaml\0".getBytes(UTF_8));
    tree.writeBytes(HexFormat.of().parseHex(id("blob", file)));
    String commit =
        """
        tree %s
        author a <a@example.org> 1700000000 +0000
        committer a <a@example.org> 1700000000 +0000

        x
        """
            .formatted(id("tree", tree.toByteArray()));
    bomb.commit = id("commit", commit.getBytes(UTF_8));
    bomb.whole(1, commit.getBytes(UTF_8));
    bomb.whole(2, tree.toByteArray());
    bomb.whole(3, file);
    return bomb;
  }

  /** Each object is the difference to the one before it, and 4 MiB large. */
  public static Bomb chain(int levels) {
    Bomb bomb = begin();
    int before = bomb.objects.size();
    bomb.whole(3, new byte[LEVEL]);
    for (int i = 0; i < levels; i++) {
      int start = bomb.objects.size();
      bomb.offsetDelta(start - before, difference(LEVEL, i));
      before = start;
    }
    return bomb;
  }

  /** The same, with names in place of distances. */
  public static Bomb chainByName(int levels) {
    Bomb bomb = begin();
    byte[] content = new byte[LEVEL];
    bomb.whole(3, content);
    for (int i = 0; i < levels; i++) {
      String base = id("blob", content);
      bomb.header(7, difference(LEVEL, i).length);
      bomb.objects.writeBytes(HexFormat.of().parseHex(base));
      bomb.deflate(difference(LEVEL, i));
      System.arraycopy(ByteBuffer.allocate(4).putInt(i).array(), 0, content, 0, 4);
    }
    return bomb;
  }

  /** So many differences to one object of this size. */
  public static Bomb siblings(int count, int size) {
    Bomb bomb = begin();
    int base = bomb.objects.size();
    bomb.whole(3, new byte[size]);
    for (int i = 0; i < count; i++) {
      bomb.offsetDelta(bomb.objects.size() - base, difference(size, i));
    }
    return bomb;
  }

  /** A harmless pack, after so many bytes of messages without an end of line. */
  public static Bomb messages(int bytes) {
    Bomb bomb = begin();
    bomb.flood = new byte[bytes];
    Arrays.fill(bomb.flood, (byte) 'x');
    return bomb;
  }

  /** The pack. */
  public byte[] pack() {
    var pack = new ByteArrayOutputStream();
    pack.writeBytes("PACK".getBytes(ISO_8859_1));
    pack.writeBytes(ByteBuffer.allocate(8).putInt(2).putInt(count).array());
    pack.writeBytes(objects.toByteArray());
    pack.writeBytes(sha1(pack.toByteArray()));
    return pack.toByteArray();
  }

  @Override
  public boolean answer(HttpExchange exchange) throws IOException {
    byte[] _ = exchange.getRequestBody().readAllBytes();
    boolean asksForRefs = exchange.getRequestMethod().equals("GET");
    exchange
        .getResponseHeaders()
        .add(
            "Content-Type",
            "application/x-git-upload-pack-" + (asksForRefs ? "advertisement" : "result"));
    exchange.sendResponseHeaders(200, 0);
    OutputStream body = exchange.getResponseBody();
    if (asksForRefs) {
      line(body, "# service=git-upload-pack\n");
      body.write("0000".getBytes(ISO_8859_1));
      line(
          body,
          commit
              + " HEAD\0multi_ack_detailed no-done side-band-64k shallow ofs-delta"
              + " symref=HEAD:refs/heads/main\n");
      line(body, commit + " refs/heads/main\n");
      body.write("0000".getBytes(ISO_8859_1));
      return true;
    }
    line(body, "shallow " + commit);
    body.write("0000".getBytes(ISO_8859_1));
    line(body, "NAK\n");
    frames(body, 2, flood);
    frames(body, 1, pack());
    body.write("0000".getBytes(ISO_8859_1));
    return true;
  }

  private static void frames(OutputStream body, int channel, byte[] bytes) throws IOException {
    for (int i = 0; i < bytes.length; i += FRAME) {
      int length = Math.min(FRAME, bytes.length - i);
      body.write("%04x".formatted(length + 5).getBytes(ISO_8859_1));
      body.write(channel);
      body.write(bytes, i, length);
    }
  }

  private static void line(OutputStream body, String text) throws IOException {
    body.write("%04x%s".formatted(text.length() + 4, text).getBytes(ISO_8859_1));
  }

  /** Puts four bytes in place of the first four. */
  private static byte[] difference(int size, int number) {
    var delta = new ByteArrayOutputStream();
    length(delta, size);
    length(delta, size);
    delta.write(4);
    delta.writeBytes(ByteBuffer.allocate(4).putInt(number).array());
    int rest = size - 4;
    delta.write(0x80 | 0x01 | 0x10 | 0x20 | 0x40); // from byte 4 on, with three bytes of length
    delta.write(4);
    delta.write(rest);
    delta.write(rest >> 8);
    delta.write(rest >> 16);
    return delta.toByteArray();
  }

  private static void length(ByteArrayOutputStream out, int value) {
    int left = value;
    while (left > 0x7F) {
      out.write(0x80 | (left & 0x7F));
      left >>= 7;
    }
    out.write(left);
  }

  private void whole(int type, byte[] content) {
    header(type, content.length);
    deflate(content);
  }

  private void offsetDelta(int distance, byte[] delta) {
    header(6, delta.length);
    var bytes = new byte[10];
    int at = bytes.length;
    long left = distance;
    bytes[--at] = (byte) (left & 0x7F);
    for (left >>= 7; left > 0; left >>= 7) {
      left--;
      bytes[--at] = (byte) (0x80 | (left & 0x7F));
    }
    objects.write(bytes, at, bytes.length - at);
    deflate(delta);
  }

  private void header(int type, int size) {
    int left = size >> 4;
    objects.write((left > 0 ? 0x80 : 0) | type << 4 | (size & 15));
    while (left > 0) {
      objects.write((left > 0x7F ? 0x80 : 0) | (left & 0x7F));
      left >>= 7;
    }
    count++;
  }

  private void deflate(byte[] content) {
    try (var out = new DeflaterOutputStream(objects, new Deflater(9))) {
      out.write(content);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private static String id(String type, byte[] content) {
    var text = new ByteArrayOutputStream();
    text.writeBytes((type + " " + content.length + "\0").getBytes(ISO_8859_1));
    text.writeBytes(content);
    return HexFormat.of().formatHex(sha1(text.toByteArray()));
  }

  private static byte[] sha1(byte[] bytes) {
    try {
      return MessageDigest.getInstance("SHA-1").digest(bytes);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }
}
