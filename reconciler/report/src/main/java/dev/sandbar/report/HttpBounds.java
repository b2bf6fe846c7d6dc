package dev.sandbar.report;

import com.sun.net.httpserver.Filter;
import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Objects;

/**
 * Bounds of the JDK's HTTP server. It has none of its own, and takes them only as system
 * properties, read once by the first server of a process: whoever starts one calls this before.
 * Without them a client that opens connections and says nothing would hold them for ever.
 */
public final class HttpBounds {
  private HttpBounds() {}

  /** Sets them, each unless the command line already has. */
  public static void apply() {
    // An idle connection costs no thread and little memory: many, so that a few shut nobody out.
    setIfAbsent("jdk.httpserver.maxConnections", "256");
    setIfAbsent("sun.net.httpserver.maxIdleConnections", "8");
    // Until the first byte, and between two requests.
    setIfAbsent("sun.net.httpserver.idleInterval", "5");
    // For the whole of a request, its body included.
    setIfAbsent("sun.net.httpserver.maxReqTime", "10");
    setIfAbsent("sun.net.httpserver.maxRspTime", "10");
    setIfAbsent("sun.net.httpserver.maxReqHeaderSize", "16384");
    // Of a body that nobody reads: by default the answer waits for 64 KiB of it.
    setIfAbsent("sun.net.httpserver.drainAmount", "0");
    // How often it searches for those; it would wake an idle device every second.
    setIfAbsent("sun.net.httpserver.timerMillis", "5000");
    setIfAbsent("sun.net.httpserver.clockTick", "5000");
  }

  /**
   * Has requests below a path answered. The server ends a connection whose request was not read to
   * its end, without notice: a client that sends its next request at that moment gets no answer. So
   * a request without a body is read to its end here, and the answer to one with a body says that
   * the connection ends.
   */
  public static void handle(HttpServer server, String path, HttpHandler handler) {
    server
        .createContext(path, handler)
        .getFilters()
        .add(Filter.beforeHandler("ends requests", HttpBounds::endRequest));
  }

  private static void endRequest(HttpExchange exchange) {
    Headers headers = exchange.getRequestHeaders();
    String length = Objects.requireNonNullElse(headers.getFirst("Content-Length"), "0");
    if (headers.containsKey("Transfer-Encoding") || !length.equals("0")) {
      exchange.getResponseHeaders().set("Connection", "close");
      return;
    }
    try {
      exchange.getRequestBody().skip(1);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void setIfAbsent(String property, String value) {
    System.getProperties().putIfAbsent(property, value);
  }
}
