package dev.sandbar.device.fetch;

import dev.sandbar.device.fetch.HttpsReader.Answer;
import java.io.IOException;

/** What an answer other than the file means, and what to do. */
final class HttpRefusal {

  private HttpRefusal() {}

  /**
   * The answer, if it has a file, a part of one, or the word that the part does not exist.
   *
   * @throws FetchException for any other
   */
  static Answer file(Answer answer, String host, boolean registry) throws IOException {
    return switch (answer.status()) {
      case 200, 206, 416 -> answer;
      default -> {
        answer.close();
        throw new HttpStatusException(answer.status(), of(host, answer.status(), registry));
      }
    };
  }

  /**
   * The text for people.
   *
   * @param host that was asked
   * @param status of HTTP
   * @param registry whether it is a registry, for which logins can be given
   */
  static String of(String host, int status, boolean registry) {
    String said = "%s answers HTTP %d: ".formatted(host, status);
    return switch (status) {
      case 401, 403 ->
          said
              + (registry
                  ? "access is refused; give a login for it in images.authFile of agent.yaml, or"
                      + " with --auth-file"
                  : "access is refused; serve the file to the device without a login, or from a"
                      + " registry");
      case 404, 410 -> said + "there is no such image; check its place and its digest";
      case 407 -> said + "the proxy wants a login; use one that lets this device through";
      case 429 -> said + "too many requests; it is tried again by itself";
      default ->
          status >= 500
              ? said + "the server has a fault; it is tried again by itself"
              : said + "not what was asked for; check the place of the image";
    };
  }
}
