package dev.sandbar.gitserver;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import com.sun.net.httpserver.HttpExchange;
import java.io.IOException;
import java.io.OutputStream;

/** What a server answers that is none of Git, or that never ends. */
public final class HostileAnswers {
  private static final int PIECE = 60_000;

  private HostileAnswers() {}

  /**
   * Sends the same again and again, until nobody listens any more.
   *
   * @param length that it promises; 0 for none
   */
  public static boolean endless(HttpExchange exchange, long length, String text)
      throws IOException {
    exchange.sendResponseHeaders(200, length);
    byte[] bytes = text.repeat(Math.max(1, PIECE / text.length())).getBytes(ISO_8859_1);
    try (OutputStream out = exchange.getResponseBody()) {
      while (true) {
        out.write(bytes);
      }
    } catch (IOException e) {
      return true;
    }
  }

  /** Names of refs without end. */
  public static boolean refs(HttpExchange exchange) throws IOException {
    exchange
        .getResponseHeaders()
        .add("Content-Type", "application/x-git-upload-pack-advertisement");
    exchange.sendResponseHeaders(200, 0);
    OutputStream body = exchange.getResponseBody();
    String head = line("%040x HEAD\0symref=HEAD:refs/heads/main\n".formatted(1));
    body.write((line("# service=git-upload-pack\n") + "0000" + head).getBytes(ISO_8859_1));
    try (body) {
      for (int i = 0; true; i++) {
        String name = "b".repeat(200) + i;
        body.write(line("%040x refs/heads/%s\n".formatted(1, name)).getBytes(ISO_8859_1));
      }
    } catch (IOException e) {
      return true;
    }
  }

  private static String line(String text) {
    return "%04x%s".formatted(text.length() + 4, text);
  }

  /**
   * A repository as a folder behind a web server: its objects are 2 GB long and those of another
   * server.
   *
   * @param elsewhere port of that server on this machine
   */
  public static HttpsGitServer.Interception plainFiles(int elsewhere) {
    return exchange -> {
      exchange.getResponseHeaders().add("Content-Type", "text/plain");
      String path = exchange.getRequestURI().getPath();
      if (path.contains("/objects/") && !path.contains("/info/")) {
        return endless(exchange, 2_000_000_000L, "x");
      }
      String text =
          path.endsWith("/info/refs")
              ? "%040x\trefs/heads/main\n".formatted(1)
              : path.endsWith("alternates")
                  ? "http://127.0.0.1:" + elsewhere + "/objects\n"
                  : "ref: refs/heads/main\n";
      byte[] body = text.getBytes(ISO_8859_1);
      exchange.sendResponseHeaders(200, body.length);
      exchange.getResponseBody().write(body);
      return true;
    };
  }
}
