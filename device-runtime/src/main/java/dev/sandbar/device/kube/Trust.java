package dev.sandbar.device.kube;

import java.nio.file.Path;

/** The certificate authorities trusted for the API server. Its name is checked in every case. */
public sealed interface Trust {

  /** The authorities of this PEM file alone. */
  record Authorities(Path file) implements Trust {}

  /** The authorities of the Java platform: for servers with a public certificate. */
  record Platform() implements Trust {}
}
