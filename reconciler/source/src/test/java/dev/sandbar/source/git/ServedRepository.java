package dev.sandbar.source.git;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import com.sun.net.httpserver.HttpExchange;
import dev.sandbar.gitserver.HttpsGitServer;
import dev.sandbar.gitserver.TestRepository;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;

/** A repository with one file behind a real HTTPS server, and sources that follow it. */
final class ServedRepository implements AutoCloseable {
  final TestRepository repository;
  final HttpsGitServer server;
  private final Path temp;

  ServedRepository(Path temp) throws Exception {
    this.temp = temp;
    repository = TestRepository.create(root().resolve("repo"));
    repository.write("a.yaml", "a: 1\n").commit();
    server = HttpsGitServer.start(root());
  }

  Path root() {
    return temp.resolve("served");
  }

  GitSettings settings() {
    return GitSettings.of(server.url("repo")).withCa(HttpsGitServer.caFile(root()));
  }

  GitRepositorySource source(GitSettings settings) {
    return source(settings, GitLimits.DEFAULT);
  }

  GitRepositorySource source(GitSettings settings, GitLimits limits) {
    return new GitRepositorySource(settings, limits, temp.resolve("state"));
  }

  static boolean status(HttpExchange exchange, int status) throws IOException {
    // A connection whose request was not read to its end may hang for the next one.
    byte[] _ = exchange.getRequestBody().readAllBytes();
    exchange.sendResponseHeaders(status, -1);
    return true;
  }

  /** Sends the headers and the first bytes of the body of what Git answers, then hangs up. */
  static boolean send(HttpExchange exchange, byte[] answer, int keep) throws IOException {
    String text = new String(answer, ISO_8859_1);
    int split = text.indexOf("\r\n\r\n");
    for (String line : text.substring(0, split).split("\r\n")) {
      String[] header = line.split(": ", 2);
      exchange.getResponseHeaders().add(header[0], header[1]);
    }
    byte[] body = Arrays.copyOfRange(answer, split + 4, answer.length);
    exchange.sendResponseHeaders(200, 0);
    exchange.getResponseBody().write(body, 0, Math.min(keep, body.length));
    return true;
  }

  @Override
  public void close() {
    server.close();
  }
}
