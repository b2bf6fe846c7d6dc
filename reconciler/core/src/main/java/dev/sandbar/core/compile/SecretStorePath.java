package dev.sandbar.core.compile;

import dev.sandbar.core.model.AppSecret;
import dev.sandbar.core.model.Sha256;

/**
 * Where a device keeps the secrets of apps, encrypted by its own systemd: by what is sealed, so
 * another secret is another path, and by name, since systemd opens each under its own name alone.
 */
public final class SecretStorePath {

  /** The folder of the store. */
  public static final String FOLDER = "/var/lib/sandbar/secrets";

  /** The key of the device, encrypted by systemd as the secrets are. */
  public static final String KEY = "/var/lib/sandbar/age.cred";

  private static final String PREFIX = "sha256-";
  private static final int DIGITS = 64;

  private SecretStorePath() {}

  /** The name of the file in the store; no other store has a file of such a name. */
  public static String name(AppSecret secret) {
    return PREFIX + secret.digest().hex() + "." + secret.name();
  }

  /** Whether a file of the store can have this name. */
  public static boolean isName(String text) {
    int end = PREFIX.length() + DIGITS;
    return text.length() > end
        && text.startsWith(PREFIX)
        && Sha256.isValid(text.substring(PREFIX.length(), end))
        && text.charAt(end) == '.'
        && AppSecret.isName(text.substring(end + 1));
  }

  /** The path of the file. */
  public static String of(AppSecret secret) {
    return FOLDER + "/" + name(secret);
  }
}
