package dev.sandbar.core.model;

import java.util.List;

/**
 * How a device reaches servers: Git over HTTPS, the API server, registries and web servers of
 * images, and destinations of alerts.
 *
 * @param proxy an HTTP proxy through which https is spoken; {@link ProxyAddress#NONE} for none
 * @param noProxy what is reached without it
 * @param username that the proxy asks for; empty for none
 * @param passwordFile that has the password for it; empty for none
 * @param caFile PEM file of authorities that are trusted beside those of the Java platform, such as
 *     that of a proxy which opens TLS; empty for none
 */
public record NetworkSettings(
    ProxyAddress proxy, List<String> noProxy, String username, String passwordFile, String caFile) {

  /** Nothing is said: what the environment says holds. */
  public static final NetworkSettings NONE =
      new NetworkSettings(ProxyAddress.NONE, List.of(), "", "", "");

  public NetworkSettings {
    noProxy = List.copyOf(noProxy);
  }
}
