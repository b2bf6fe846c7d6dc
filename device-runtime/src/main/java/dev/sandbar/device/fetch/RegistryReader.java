package dev.sandbar.device.fetch;

import dev.sandbar.core.model.ImageLocation;
import dev.sandbar.core.model.ImageSource;
import dev.sandbar.core.model.Node;
import dev.sandbar.core.model.Sha256;
import dev.sandbar.device.fetch.HttpsReader.Answer;
import dev.sandbar.device.store.ImageManifest;
import dev.sandbar.source.text.JsonReader;
import dev.sandbar.source.text.ReadResult;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** Reads one repository of a registry (OCI distribution specification, <em>Pull</em>). */
final class RegistryReader implements BlobReader {

  private static final int LONGEST_TOKEN_ANSWER = 64 * 1024;

  /** What Docker's own registry is called, and where it is. */
  private static final String DOCKER = "docker.io";

  private static final String DOCKER_HOST = "registry-1.docker.io";

  private final HttpsReader https;
  private final RegistryLogins logins;
  private final ImageSource.Registry repository;
  private String authorization = "";

  RegistryReader(HttpsReader https, RegistryLogins logins, ImageSource.Registry repository) {
    this.https = https;
    this.logins = logins;
    this.repository = repository;
  }

  @Override
  public byte[] manifest(Sha256 digest) throws IOException, InterruptedException {
    byte[] bytes = manifest(ImageLocation.ALGORITHM + digest.hex());
    if (!Sha256.of(bytes).equals(digest)) {
      throw new FetchException("the manifest that was sent is not what the digest promises");
    }
    return bytes;
  }

  /**
   * A manifest by a tag: what it names now.
   *
   * @param reference a tag, or a digest with its algorithm
   */
  byte[] manifest(String reference) throws IOException, InterruptedException {
    String accept = String.join(", ", ImageManifest.TYPES);
    try (Answer answer = get("manifests", reference, Map.of("Accept", accept))) {
      if (answer.status() != 200) {
        throw new FetchException(HttpRefusal.of(repository.host(), answer.status(), true));
      }
      return answer.bytes(ImageManifest.LONGEST);
    }
  }

  /**
   * What may be there or not.
   *
   * @param kind {@code manifests} or {@code referrers}
   * @return as it came; empty if there is no such thing, or the registry does not know its kind
   */
  Optional<byte[]> find(String kind, String reference) throws IOException, InterruptedException {
    String accept = String.join(", ", ImageManifest.TYPES);
    try (Answer answer = get(kind, reference, Map.of("Accept", accept))) {
      return switch (answer.status()) {
        case 200 -> Optional.of(answer.bytes(ImageManifest.LONGEST));
        case 400, 404, 405, 501 -> Optional.empty();
        default ->
            throw new FetchException(HttpRefusal.of(repository.host(), answer.status(), true));
      };
    }
  }

  @Override
  public Answer blob(Sha256 digest, Map<String, String> headers)
      throws IOException, InterruptedException {
    return HttpRefusal.file(
        get("blobs", ImageLocation.ALGORITHM + digest.hex(), headers), repository.host(), true);
  }

  private Answer get(String kind, String reference, Map<String, String> headers)
      throws IOException, InterruptedException {
    URI uri = URI.create("https://%s/v2/%s/%s/%s".formatted(host(), name(), kind, reference));
    Answer first = https.get(uri, with(headers));
    if (first.status() != 401) {
      return first;
    }
    String header = first.header("WWW-Authenticate");
    first.close();
    Optional<Challenge> challenge = Challenge.read(header);
    if (challenge.isEmpty()) {
      throw new FetchException(HttpRefusal.of(repository.host(), 401, true));
    }
    authorization = answerTo(challenge.get());
    return https.get(uri, with(headers));
  }

  private Map<String, String> with(Map<String, String> headers) {
    var all = new HashMap<>(headers);
    if (!authorization.isEmpty()) {
      all.put(HttpsReader.AUTHORIZATION, authorization);
    }
    return all;
  }

  private String answerTo(Challenge challenge) throws IOException, InterruptedException {
    return switch (challenge) {
      case Challenge.Basic() ->
          logins
              .basic(repository)
              .orElseThrow(() -> new FetchException(HttpRefusal.of(repository.host(), 401, true)));
      case Challenge.Bearer bearer -> "Bearer " + token(bearer);
    };
  }

  /** A token is asked for without a login too: public repositories want one all the same. */
  private String token(Challenge.Bearer bearer) throws IOException, InterruptedException {
    URI realm = realm(bearer);
    Map<String, String> headers =
        logins.basic(repository).map(it -> Map.of(HttpsReader.AUTHORIZATION, it)).orElse(Map.of());
    try (Answer answer = https.get(realm, headers)) {
      if (answer.status() != 200) {
        throw new FetchException(HttpRefusal.of(repository.host(), answer.status(), true));
      }
      ReadResult read = JsonReader.read("token", answer.bytes(LONGEST_TOKEN_ANSWER));
      return Stream.of("token", "access_token")
          .flatMap(key -> read.documents().stream().limit(1).map(it -> text(it, key)))
          .filter(RegistryReader::isToken)
          .findFirst()
          .orElseThrow(
              () ->
                  new FetchException(
                      "%s gives no token that could be used".formatted(realm.getHost())));
    }
  }

  private URI realm(Challenge.Bearer bearer) throws FetchException {
    String scope =
        bearer.scope().isEmpty() ? "repository:%s:pull".formatted(name()) : bearer.scope();
    String query = "scope=" + URLEncoder.encode(scope, StandardCharsets.UTF_8);
    if (!bearer.service().isEmpty()) {
      query += "&service=" + URLEncoder.encode(bearer.service(), StandardCharsets.UTF_8);
    }
    String joint = bearer.realm().contains("?") ? "&" : "?";
    String url = bearer.realm() + joint + query;
    if (ImageLocation.url(url).isEmpty()) {
      throw new FetchException(
          "%s names no https URL at which it gives out tokens".formatted(repository.host()));
    }
    return URI.create(url);
  }

  private static String text(Node node, String key) {
    return node.fields().get(key) instanceof Node.Scalar(_, Node.Kind kind, String text)
            && kind == Node.Kind.TEXT
        ? text
        : "";
  }

  /** What may stand in a header (RFC 6750, section 2.1). */
  private static boolean isToken(String text) {
    return !text.isEmpty()
        && text.chars()
            .allMatch(
                c ->
                    c >= 'a' && c <= 'z'
                        || c >= 'A' && c <= 'Z'
                        || c >= '0' && c <= '9'
                        || "-._~+/=".indexOf(c) >= 0);
  }

  private String host() {
    return repository.host().equals(DOCKER) ? DOCKER_HOST : repository.host();
  }

  private String name() {
    return repository.host().equals(DOCKER) && !repository.name().contains("/")
        ? "library/" + repository.name()
        : repository.name();
  }
}
