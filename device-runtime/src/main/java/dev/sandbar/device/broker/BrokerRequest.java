package dev.sandbar.device.broker;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One request of an app: HTTP/1.1 (RFC 9112), as little of it as clients send of themselves, with a
 * body whose length stands before it. Whatever else is valid HTTP is refused.
 *
 * @param method such as {@code POST}
 * @param path as it was written, such as {@code /v1/reboot}
 * @param body without blanks at its ends; ASCII that can be printed
 */
record BrokerRequest(String method, String path, String body) {

  /** Bytes of the request line and the headers together. */
  private static final int MOST_HEAD = 4096;

  private static final int MOST_HEADERS = 32;

  /** Bytes of the body. */
  private static final int MOST_BODY = 256;

  /** Bytes of which nobody needs more to see what a request is worth. */
  static final int MOST = MOST_HEAD + MOST_BODY;

  private static final Pattern LINE =
      Pattern.compile("([A-Z]{1,16}) (/[A-Za-z0-9/_.-]{0,128}) HTTP/1[.][01]");
  private static final Pattern HEADER =
      Pattern.compile("([A-Za-z0-9!#$%&'*+.^_`|~-]{1,64}):[ \\t]*([\\x20-\\x7e\\t]*?)[ \\t]*");
  private static final Pattern LENGTH = Pattern.compile("[0-9]{1,9}");
  private static final Pattern BODY = Pattern.compile("[\\x20-\\x7e]*");
  private static final String END = "\r\n\r\n";

  /** What the bytes are that have come in until now. */
  sealed interface Reading {

    /** The beginning of a request. */
    record Unfinished() implements Reading {}

    /** A request. */
    record Whole(BrokerRequest request) implements Reading {}

    /** Not one, and nothing that may follow makes it one. */
    record Bad(BrokerReply reply) implements Reading {}
  }

  /** Reads what has come in, which is at most {@link #MOST} bytes and one more. */
  static Reading read(byte[] bytes) {
    String text = new String(bytes, StandardCharsets.ISO_8859_1);
    int end = text.indexOf(END);
    if (end < 0) {
      return bytes.length < MOST_HEAD
          ? new Reading.Unfinished()
          : bad(431, "the headers have more than %d bytes".formatted(MOST_HEAD));
    }
    if (end + END.length() > MOST_HEAD) {
      return bad(431, "the headers have more than %d bytes".formatted(MOST_HEAD));
    }
    List<String> lines = Arrays.asList(text.substring(0, end).split("\r\n", -1));
    Matcher line = LINE.matcher(lines.getFirst());
    if (!line.matches()) {
      return bad(400, "the first line is not such as POST /v1/reboot HTTP/1.1");
    }
    var lengths = new ArrayList<String>();
    Optional<Reading> refused = headers(lines.subList(1, lines.size()), lengths);
    if (refused.isPresent()) {
      return refused.get();
    }
    int length = lengths.isEmpty() ? 0 : Integer.parseInt(lengths.getFirst());
    if (length > MOST_BODY) {
      return bad(413, "the body has more than %d bytes".formatted(MOST_BODY));
    }
    String rest = text.substring(end + END.length());
    if (rest.length() < length) {
      return new Reading.Unfinished();
    }
    String body = rest.strip();
    if (rest.length() > length || !BODY.matcher(body).matches()) {
      return bad(400, "the body is not one line of ASCII of the length in Content-Length");
    }
    return new Reading.Whole(new BrokerRequest(line.group(1), line.group(2), body));
  }

  private static Optional<Reading> headers(List<String> lines, List<String> lengths) {
    if (lines.size() > MOST_HEADERS) {
      return Optional.of(bad(431, "there are more than %d headers".formatted(MOST_HEADERS)));
    }
    for (String text : lines) {
      Matcher header = HEADER.matcher(text);
      if (!header.matches()) {
        return Optional.of(bad(400, "a header is not such as Content-Length: 0"));
      }
      switch (header.group(1).toLowerCase(Locale.ROOT)) {
        case "content-length" -> {
          if (!LENGTH.matcher(header.group(2)).matches() || !lengths.isEmpty()) {
            return Optional.of(bad(400, "Content-Length is not one number"));
          }
          lengths.add(header.group(2));
        }
        case "transfer-encoding" -> {
          return Optional.of(bad(411, "send the body with Content-Length"));
        }
        case "expect" -> {
          return Optional.of(bad(417, "send the body at once, without Expect"));
        }
        default -> {
          // Of no account.
        }
      }
    }
    return Optional.empty();
  }

  private static Reading bad(int status, String why) {
    return new Reading.Bad(new BrokerReply(status, why));
  }
}
