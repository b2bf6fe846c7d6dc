package dev.sandbar.device.fetch;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Which part of a file an answer has (RFC 9110, <em>Content-Range</em>).
 *
 * @param first byte of the file that is sent
 * @param last byte of it that is sent
 * @param whole size of the file in bytes
 */
record ContentRange(long first, long last, long whole) {

  private static final Pattern FORM =
      Pattern.compile("bytes ([0-9]{1,15})-([0-9]{1,15})/([0-9]{1,15})");

  /**
   * Reads the value of the header.
   *
   * @throws FetchException if it is not that of a part of a file whose size is known
   */
  static ContentRange read(String header) throws FetchException {
    Matcher matcher = FORM.matcher(header);
    if (matcher.matches()) {
      var range =
          new ContentRange(
              Long.parseLong(matcher.group(1)),
              Long.parseLong(matcher.group(2)),
              Long.parseLong(matcher.group(3)));
      if (range.first <= range.last && range.last < range.whole) {
        return range;
      }
    }
    throw new FetchException("the server does not say which part of the file it sends");
  }
}
