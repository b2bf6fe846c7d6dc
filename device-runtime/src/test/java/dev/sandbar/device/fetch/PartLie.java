package dev.sandbar.device.fetch;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import java.io.IOException;
import java.util.Arrays;

/** How a server can answer a request for a part. */
enum PartLie {
  WHOLE,
  NO_SUCH_PART,
  NOT_ALLOWED,
  OTHER_PART,
  OTHER_SIZE,
  MULTIPART,
  WRONG_BYTES,
  TOO_FEW,
  ENDLESS;

  private static void send(HttpExchange exchange, byte[] part) throws IOException {
    exchange.sendResponseHeaders(206, part.length);
    exchange.getResponseBody().write(part);
  }

  HttpHandler over(byte[] content) {
    return exchange -> {
      String range = FileServer.header(exchange, "Range");
      if (range.isEmpty() || range.endsWith("-")) {
        FileServer.file(content).handle(exchange);
        return;
      }
      String[] ends = range.substring("bytes=".length()).split("-");
      int from = Integer.parseInt(ends[0]);
      int to = Integer.parseInt(ends[1]) + 1;
      byte[] part = Arrays.copyOfRange(content, from, to);
      var headers = exchange.getResponseHeaders();
      headers.set("Content-Range", "bytes %d-%d/%d".formatted(from, to - 1, content.length));
      switch (this) {
        case WHOLE -> {
          headers.remove("Content-Range");
          exchange.sendResponseHeaders(200, content.length);
          exchange.getResponseBody().write(content);
        }
        case NO_SUCH_PART -> exchange.sendResponseHeaders(416, -1);
        case NOT_ALLOWED -> exchange.sendResponseHeaders(405, -1);
        case OTHER_PART -> {
          headers.set(
              "Content-Range", "bytes %d-%d/%d".formatted(0, to - from - 1, content.length));
          send(exchange, part);
        }
        case OTHER_SIZE -> {
          headers.set("Content-Range", "bytes %d-%d/%d".formatted(from, to - 1, to));
          send(exchange, part);
        }
        case MULTIPART -> {
          headers.remove("Content-Range");
          headers.set("Content-Type", "multipart/byteranges; boundary=x");
          send(exchange, part);
        }
        case WRONG_BYTES -> {
          part[part.length - 1] ^= 1;
          send(exchange, part);
        }
        case TOO_FEW -> {
          exchange.sendResponseHeaders(206, part.length - 1);
          exchange.getResponseBody().write(part, 0, part.length - 1);
        }
        case ENDLESS -> {
          exchange.sendResponseHeaders(206, 0);
          exchange.getResponseBody().write(part);
          try {
            while (true) {
              exchange.getResponseBody().write(content);
            }
          } catch (IOException e) {
            // It hung up.
          }
        }
      }
    };
  }
}
