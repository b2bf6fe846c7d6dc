package dev.sandbar.core.model;

import java.util.Locale;

/** Where the image of an app is to be had. */
public sealed interface ImageSource {

  /** The place as it is shown to people and written to logs; never with a secret in it. */
  String shown();

  /**
   * The place as a policy names it, and as the store remembers it: a web server as a whole, a
   * repository of a registry, or a path of the device; never with a secret in it.
   */
  default String place() {
    return shown();
  }

  /** Whether the image comes over a network. */
  default boolean isOnNetwork() {
    return switch (this) {
      case Web _, Registry _ -> true;
      case File _, Layout _ -> false;
    };
  }

  /**
   * A place from which an image is fetched piece by piece, and not copied as the one file that it
   * is.
   */
  sealed interface Remote extends ImageSource {}

  /**
   * A file of the device.
   *
   * @param path absolute
   */
  record File(String path) implements ImageSource {
    @Override
    public String shown() {
      return path;
    }
  }

  /**
   * A file of a web server.
   *
   * @param url an https URL in the form of {@link ImageLocation#URL}
   */
  record Web(String url) implements Remote {
    private static final String SCHEME = "https://";

    /** Without the query, which may be what signs the URL. */
    @Override
    public String shown() {
      int query = url.indexOf('?');
      return query < 0 ? url : url.substring(0, query);
    }

    /**
     * The server of a URL in the form of {@link ImageLocation#URL}, which always has a path. That
     * is left out: servers differ in what they make of {@code /a/%2e%2e/b}.
     */
    @Override
    public String place() {
      return url.substring(0, url.indexOf('/', SCHEME.length())).toLowerCase(Locale.ROOT);
    }
  }

  /**
   * A repository of a registry of container images (OCI distribution specification). The digest of
   * the image is there that of a manifest, or of an index of manifests by platform.
   *
   * @param host with the port, if one is given
   * @param name of the repository at that host
   */
  record Registry(String host, String name) implements Remote {
    @Override
    public String shown() {
      return host + "/" + name;
    }
  }

  /**
   * A folder of the device that is laid out as the OCI image specification says. The digest of the
   * image is as with {@link Registry}.
   *
   * @param path absolute
   */
  record Layout(String path) implements Remote {
    @Override
    public String shown() {
      return path;
    }
  }
}
