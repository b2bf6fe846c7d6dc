package dev.sandbar.device.broker;

import java.nio.charset.StandardCharsets;
import java.time.Duration;

/**
 * What an app is answered, after which the connection ends.
 *
 * @param status of HTTP
 * @param text one line for people, which the agent's journal has too
 * @param retryAfter when to ask again; zero if that is not said
 * @param body what the app gets
 */
record BrokerReply(int status, String text, Duration retryAfter, String body) {

  BrokerReply(int status, String text, Duration retryAfter) {
    this(status, text, retryAfter, text + "\n");
  }

  BrokerReply(int status, String text) {
    this(status, text, Duration.ZERO);
  }

  /** What was asked for, of which nobody else sees more than one line says. */
  static BrokerReply of(String body, String text) {
    return new BrokerReply(200, text, Duration.ZERO, body);
  }

  /** Whether what was asked for was done. */
  boolean isDone() {
    return status < 300;
  }

  /** Whether the app may not have it, or not now. */
  boolean isDenied() {
    return status == 403 || status == 429;
  }

  byte[] bytes() {
    byte[] content = body.getBytes(StandardCharsets.UTF_8);
    String retry = retryAfter.isZero() ? "" : "Retry-After: " + seconds() + "\r\n";
    String head =
        "HTTP/1.1 %d %s\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: %d\r\n%sConnection: close\r\n\r\n"
            .formatted(status, reason(), content.length, retry);
    byte[] begin = head.getBytes(StandardCharsets.US_ASCII);
    byte[] all = new byte[begin.length + content.length];
    System.arraycopy(begin, 0, all, 0, begin.length);
    System.arraycopy(content, 0, all, begin.length, content.length);
    return all;
  }

  private long seconds() {
    return Math.max(1, retryAfter.plusMillis(999).toSeconds());
  }

  /** The phrases of RFC 9110. */
  private String reason() {
    return switch (status) {
      case 200 -> "OK";
      case 202 -> "Accepted";
      case 400 -> "Bad Request";
      case 403 -> "Forbidden";
      case 404 -> "Not Found";
      case 405 -> "Method Not Allowed";
      case 408 -> "Request Timeout";
      case 409 -> "Conflict";
      case 411 -> "Length Required";
      case 413 -> "Content Too Large";
      case 417 -> "Expectation Failed";
      case 422 -> "Unprocessable Content";
      case 429 -> "Too Many Requests";
      case 431 -> "Request Header Fields Too Large";
      case 502 -> "Bad Gateway";
      default -> "Service Unavailable";
    };
  }
}
