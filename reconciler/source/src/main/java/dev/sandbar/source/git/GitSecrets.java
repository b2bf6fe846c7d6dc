package dev.sandbar.source.git;

/**
 * Secrets that are handed over in memory, in place of the files that {@link GitSettings} name. An
 * empty string means: not given.
 *
 * @param token token or password for HTTPS
 * @param sshKey private key in OpenSSH or PEM form, without a passphrase
 * @param knownHosts host keys in the form of OpenSSH's {@code known_hosts}
 * @param caCertificates PEM certificates that are trusted for HTTPS instead of the system's
 */
public record GitSecrets(String token, String sshKey, String knownHosts, String caCertificates) {

  /** None. */
  public static final GitSecrets NONE = new GitSecrets("", "", "", "");

  /** Says which are given, never what they are. */
  @Override
  public String toString() {
    return "GitSecrets[token=%s, sshKey=%s, knownHosts=%s, caCertificates=%s]"
        .formatted(given(token), given(sshKey), given(knownHosts), given(caCertificates));
  }

  private static String given(String value) {
    return value.isEmpty() ? "none" : "given";
  }
}
