package dev.sandbar.core.enrol;

import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * Finds Sandbar's names in bytes that some reader may take for a request, however they are wrapped:
 * in any PEM block, after any junk, in any string type of a certificate.
 */
final class LenientReading {
  private static final byte[] NAME = DeviceUser.PREFIX.getBytes(StandardCharsets.US_ASCII);

  private LenientReading() {}

  /** Whether somebody may read a name of Sandbar in it. */
  static boolean mentions(byte[] request) {
    Optional<byte[]> subject = CertificateRequest.subject(request);
    return subject.isPresent() ? holds(subject.get()) : holds(request) || holdsInBase64(request);
  }

  private static boolean holds(byte[] bytes) {
    var search = new Search();
    for (byte each : bytes) {
      if (search.finds(each)) {
        return true;
      }
    }
    return false;
  }

  /**
   * All characters of the alphabet, as one text, from each of the four places where a group may
   * begin: labels and headers before a block are of the same letters.
   */
  private static boolean holdsInBase64(byte[] text) {
    for (int phase = 0; phase < 4; phase++) {
      var search = new Search();
      int bits = 0;
      int count = -phase;
      for (byte each : text) {
        int value = value(each);
        if (value < 0) {
          continue;
        }
        if (count < 0) {
          count++;
          continue;
        }
        bits = (bits << 6) | value;
        count++;
        if (count == 4) {
          count = 0;
          if (search.finds((byte) (bits >> 16))
              || search.finds((byte) (bits >> 8))
              || search.finds((byte) bits)) {
            return true;
          }
        }
      }
    }
    return false;
  }

  private static int value(byte letter) {
    if (letter >= 'A' && letter <= 'Z') {
      return letter - 'A';
    }
    if (letter >= 'a' && letter <= 'z') {
      return letter - 'a' + 26;
    }
    if (letter >= '0' && letter <= '9') {
      return letter - '0' + 52;
    }
    return letter == '+' ? 62 : letter == '/' ? 63 : -1;
  }

  /** Looks for the name in a stream; zeros between letters are those of wider characters. */
  private static final class Search {
    private int matched;

    boolean finds(byte next) {
      if (next == 0) {
        return false;
      }
      // The first letter occurs once in the name: after a mismatch nothing but it can begin anew.
      matched = next == NAME[matched] ? matched + 1 : next == NAME[0] ? 1 : 0;
      if (matched == NAME.length) {
        matched = 0;
        return true;
      }
      return false;
    }
  }
}
