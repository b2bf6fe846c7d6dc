package dev.sandbar.device.kube;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.Optional;

/**
 * Where the API server is.
 *
 * @param uri scheme https, a host, perhaps a port and a path; without a slash at the end
 */
public record ApiServerAddress(URI uri) {

  /** Reads what a user wrote; empty if it is not an https URL of a server. */
  public static Optional<ApiServerAddress> of(String url) {
    try {
      URI uri = new URI(url.strip().replaceFirst("/+$", ""));
      // Either of these begins a query or a fragment, wherever it stands.
      boolean isPlain = url.indexOf('?') < 0 && url.indexOf('#') < 0;
      if (!isPlain
          || !"https".equalsIgnoreCase(uri.getScheme())
          || uri.getHost() == null
          || uri.getRawUserInfo() != null) {
        return Optional.empty();
      }
      return Optional.of(new ApiServerAddress(uri));
    } catch (URISyntaxException e) {
      return Optional.empty();
    }
  }

  /** The URL of a path that begins with a slash, its query included. */
  URI resolve(String path) {
    if (!path.startsWith("/")) {
      throw new IllegalArgumentException("not an absolute path: " + path);
    }
    return URI.create(uri + path);
  }

  @Override
  public String toString() {
    return uri.toString();
  }
}
