package dev.sandbar.source.git;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What a Git server said it can do, so that a poll does not ask for it again: with protocol version
 * 2 that is half of the requests of a poll that finds nothing new.
 *
 * <p>Only an answer of version 2 is kept. It names no ref and no object, and version 2 has no state
 * between requests (gitprotocol-v2, "Capability Advertisement"). Older versions answer with the
 * refs themselves, which must be asked for each time. A server that has changed meanwhile refuses
 * what is asked of it, and the poll begins anew without this memory.
 */
final class Advertisement {
  /** Servers say some 200 bytes. */
  private static final int LARGEST = 16 * 1024;

  private static final String END = "0000";
  private static final String VERSION_2 = "000eversion 2\n";
  private static final String SERVICE = "001e# service=git-upload-pack\n" + END;

  private @Nullable Answer kept;

  /** The answer to one address. */
  record Answer(String address, String contentType, byte[] body) {
    InputStream stream() {
      return new ByteArrayInputStream(body);
    }
  }

  /** What this address answered; empty if it must be asked. */
  synchronized Optional<Answer> of(String address) {
    return Optional.ofNullable(kept).filter(it -> it.address().equals(address));
  }

  synchronized boolean isKept() {
    return kept != null;
  }

  synchronized void forget() {
    kept = null;
  }

  /** The same stream; what has come through it is kept once it is closed, if it is whole. */
  InputStream keeping(String address, String contentType, InputStream stream) {
    var seen = new ByteArrayOutputStream();
    return new FilterInputStream(stream) {
      @Override
      public int read() throws IOException {
        int value = super.read();
        if (value >= 0 && seen.size() <= LARGEST) {
          seen.write(value);
        }
        return value;
      }

      @Override
      public int read(byte[] buffer, int offset, int length) throws IOException {
        int read = super.read(buffer, offset, length);
        if (read > 0 && seen.size() <= LARGEST) {
          seen.write(buffer, offset, read);
        }
        return read;
      }

      @Override
      public long skip(long bytes) throws IOException {
        byte[] skipped = new byte[(int) Math.clamp(bytes, 0, 8192)];
        return Math.max(read(skipped, 0, skipped.length), 0);
      }

      @Override
      public boolean markSupported() {
        return false;
      }

      @Override
      public void close() throws IOException {
        super.close();
        keep(new Answer(address, contentType, seen.toByteArray()));
      }
    };
  }

  private synchronized void keep(Answer answer) {
    String text = new String(answer.body(), ISO_8859_1);
    boolean version2 = text.startsWith(VERSION_2) || text.startsWith(SERVICE + VERSION_2);
    if (version2 && text.endsWith(END) && text.length() <= LARGEST) {
      kept = answer;
    }
  }
}
