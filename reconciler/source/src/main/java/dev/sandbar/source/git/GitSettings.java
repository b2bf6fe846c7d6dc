package dev.sandbar.source.git;

import dev.sandbar.core.model.Diagnostic;
import java.util.List;

/**
 * Where a repository is and how it is reached, as a user wrote it. An empty string means: not
 * given. Secrets are never values here, only the paths of files that hold them; those are read at
 * each poll, so a rotated secret is used at once.
 *
 * @param url {@code https://}, {@code ssh://} or {@code file:///}; {@code http://} only for this
 *     machine itself
 * @param ref a branch, a tag, a full name such as {@code refs/heads/main}, the 40 hex digits of a
 *     commit, or {@code HEAD} for the repository's own default branch
 * @param path the folder of the repository that is read; empty for all of it
 * @param tokenFile file with a token or password for HTTPS
 * @param username user name that goes with the token; most servers take any
 * @param sshKeyFile private key in OpenSSH or PEM form, without a passphrase
 * @param knownHostsFile host keys in the form of OpenSSH's {@code known_hosts}; needed for SSH
 * @param caFile PEM certificates that are trusted for HTTPS instead of the system's
 */
public record GitSettings(
    String url,
    String ref,
    String path,
    String tokenFile,
    String username,
    String sshKeyFile,
    String knownHostsFile,
    String caFile) {

  /** The default branch, the whole repository, no credentials. */
  public static GitSettings of(String url) {
    return new GitSettings(url, "HEAD", "", "", "git", "", "", "");
  }

  public GitSettings withRef(String value) {
    return new GitSettings(
        url, value, path, tokenFile, username, sshKeyFile, knownHostsFile, caFile);
  }

  public GitSettings withPath(String value) {
    return new GitSettings(
        url, ref, value, tokenFile, username, sshKeyFile, knownHostsFile, caFile);
  }

  public GitSettings withToken(String file, String user) {
    return new GitSettings(url, ref, path, file, user, sshKeyFile, knownHostsFile, caFile);
  }

  public GitSettings withSshKey(String keyFile, String hostsFile) {
    return new GitSettings(url, ref, path, tokenFile, username, keyFile, hostsFile, caFile);
  }

  public GitSettings withCa(String file) {
    return new GitSettings(url, ref, path, tokenFile, username, sshKeyFile, knownHostsFile, file);
  }

  /** What must be fixed before these settings can be used; empty if nothing. */
  public List<Diagnostic> problems() {
    return problems(GitSecrets.NONE, GitReach.ANYWHERE);
  }

  /** The same, where these secrets are handed over in memory and only so much may be reached. */
  public List<Diagnostic> problems(GitSecrets secrets, GitReach reach) {
    return SettingsCheck.of(this, secrets, reach);
  }
}
