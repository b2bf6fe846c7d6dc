package dev.sandbar.device.fetch;

import dev.sandbar.core.model.ImageSource;
import dev.sandbar.core.model.Node;
import dev.sandbar.source.secret.SecretFile;
import dev.sandbar.source.text.JsonReader;
import dev.sandbar.source.text.ReadResult;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;

/**
 * The users and passwords of registries, in the file that podman, skopeo and docker have too
 * (containers-auth.json(5)). Read at each use, so that a changed password takes effect at once.
 */
final class RegistryLogins {

  private static final int LONGEST = 64 * 1024;

  private final String file;

  /**
   * Logins.
   *
   * @param file absolute path; empty for none
   */
  RegistryLogins(String file) {
    this.file = file;
  }

  /**
   * The value of an {@code Authorization} header for the repository, of the entry that names most
   * of it; empty if there is none.
   *
   * @throws FetchException if the file cannot be used
   */
  Optional<String> basic(ImageSource.Registry repository) throws FetchException {
    if (file.isEmpty()) {
      return Optional.empty();
    }
    return switch (new SecretFile(Path.of(file), LONGEST).read()) {
      case SecretFile.Reading.Unusable(var reason) ->
          throw new FetchException("images.authFile: " + reason);
      case SecretFile.Reading.Secret(var bytes) -> entry(bytes, repository);
    };
  }

  private static Optional<String> entry(byte[] bytes, ImageSource.Registry repository)
      throws FetchException {
    ReadResult read = JsonReader.read("authFile", bytes);
    if (read.hasErrors() || read.documents().isEmpty()) {
      throw new FetchException(
          "images.authFile is not JSON; write it with 'podman login --authfile FILE HOST'");
    }
    Map<String, Node> entries =
        Optional.ofNullable(read.documents().getFirst().fields().get("auths"))
            .<Map<String, Node>>map(Node::fields)
            .orElse(Map.of());
    String key = repository.shown();
    while (true) {
      Node entry = entries.get(key);
      if (entry != null) {
        return auth(entry);
      }
      int slash = key.lastIndexOf('/');
      if (slash < 0) {
        return Optional.empty();
      }
      key = key.substring(0, slash);
    }
  }

  private static Optional<String> auth(Node entry) throws FetchException {
    if (!(entry.fields().get("auth") instanceof Node.Scalar(_, Node.Kind kind, String text))
        || kind != Node.Kind.TEXT) {
      return Optional.empty();
    }
    try {
      byte[] decoded = Base64.getDecoder().decode(text);
      if (new String(decoded, StandardCharsets.UTF_8).indexOf(':') > 0) {
        return Optional.of("Basic " + Base64.getEncoder().encodeToString(decoded));
      }
    } catch (IllegalArgumentException e) {
      // As if it were no login.
    }
    throw new FetchException(
        "images.authFile: an auth is not the base64 of user:password; write it with 'podman login"
            + " --authfile FILE HOST'");
  }
}
