package dev.sandbar.cli;

import dev.sandbar.core.model.ImageLocation;
import dev.sandbar.core.model.ImageSource;
import dev.sandbar.core.model.SafeText;
import java.util.Locale;

/**
 * An image of a registry as tools write it.
 *
 * @param tag empty where there is none
 * @param digest with its algorithm; empty where there is none
 */
record ImageName(ImageSource.Registry repository, String tag, String digest) {

  static final String EXAMPLE = "registry.example.com/team/pump:2.4.1";

  static final String HELP = "Write for example " + EXAMPLE;

  /** Reads {@code HOST/REPOSITORY:TAG} or {@code HOST/REPOSITORY@sha256:DIGEST}. */
  static ImageName read(String text) {
    int at = text.indexOf('@');
    String named = at < 0 ? text : text.substring(0, at);
    String digest = at < 0 ? "" : text.substring(at + 1);
    if (at >= 0 && ImageLocation.digest(digest).isEmpty()) {
      throw new CommandException(SafeText.shown(text) + " has no sha256 digest behind the @", HELP);
    }
    int colon = named.lastIndexOf(':');
    boolean tagged = colon > named.indexOf('/');
    String tag = tagged ? named.substring(colon + 1) : "";
    String name = tagged ? named.substring(0, colon) : named;
    if (at < 0 && !ImageLocation.isTag(tag)) {
      throw new CommandException(SafeText.shown(text) + " has no tag", HELP);
    }
    if (!(ImageLocation.repository(name).orElse(null) instanceof ImageSource.Registry repository)) {
      throw new CommandException(SafeText.shown(name) + " is not a repository with its host", HELP);
    }
    return new ImageName(repository, tag, digest);
  }

  /** By what the registry is asked. */
  String reference() {
    return digest.isEmpty() ? tag : digest;
  }

  static String amount(long bytes) {
    return String.format(Locale.ROOT, "%.1f MiB", bytes / 1048576.0);
  }
}
