package dev.sandbar.core.model;

/** Labels of domain names in ASCII (RFC 3492). */
final class Punycode {

  private static final int BASE = 36;
  private static final int LEAST = 1;
  private static final int MOST = 26;
  private static final int SKEW = 38;
  private static final int DAMP = 700;
  private static final int FIRST_BIAS = 72;
  private static final int FIRST = 128;

  private Punycode() {}

  /** The label, without {@code xn--}. */
  static String encoded(String label) {
    int[] points = label.codePoints().toArray();
    var out = new StringBuilder();
    for (int point : points) {
      if (point < FIRST) {
        out.appendCodePoint(point);
      }
    }
    int basic = out.length();
    if (basic > 0) {
      out.append('-');
    }
    int next = FIRST;
    int delta = 0;
    int bias = FIRST_BIAS;
    int done = basic;
    while (done < points.length) {
      int least = Integer.MAX_VALUE;
      for (int point : points) {
        if (point >= next) {
          least = Math.min(least, point);
        }
      }
      delta += (least - next) * (done + 1);
      next = least;
      for (int point : points) {
        if (point < next) {
          delta++;
        } else if (point == next) {
          number(out, delta, bias);
          bias = adapted(delta, done + 1, done == basic);
          delta = 0;
          done++;
        }
      }
      delta++;
      next++;
    }
    return out.toString();
  }

  private static void number(StringBuilder out, int delta, int bias) {
    int rest = delta;
    for (int k = BASE; ; k += BASE) {
      int limit = Math.clamp(k - bias, LEAST, MOST);
      if (rest < limit) {
        out.append(digit(rest));
        return;
      }
      out.append(digit(limit + (rest - limit) % (BASE - limit)));
      rest = (rest - limit) / (BASE - limit);
    }
  }

  private static char digit(int value) {
    return (char) (value < 26 ? 'a' + value : '0' + value - 26);
  }

  private static int adapted(int delta, int points, boolean first) {
    int rest = first ? delta / DAMP : delta / 2;
    rest += rest / points;
    int k = 0;
    while (rest > (BASE - LEAST) * MOST / 2) {
      rest /= BASE - LEAST;
      k += BASE;
    }
    return k + (BASE - LEAST + 1) * rest / (rest + SKEW);
  }
}
