package dev.sandbar.source.git;

import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** The credentials of one poll: those that were handed over, else those of the named files. */
final class GitCredentials {
  private final GitSettings settings;
  private final GitSecrets secrets;

  GitCredentials(GitSettings settings, GitSecrets secrets) {
    this.settings = settings;
    this.secrets = secrets;
  }

  /** The token, without the newline that editors put at its end. */
  Optional<String> token() throws CredentialFileException {
    if (!secrets.token().isEmpty()) {
      return Optional.of(CredentialFile.line("token", secrets.token()));
    }
    return settings.tokenFile().isEmpty()
        ? Optional.empty()
        : Optional.of(CredentialFile.token(settings.tokenFile()));
  }

  /** PEM certificates to trust; empty for the system's. */
  Optional<byte[]> authorities() throws CredentialFileException {
    if (!secrets.caCertificates().isEmpty()) {
      return Optional.of(secrets.caCertificates().getBytes(StandardCharsets.UTF_8));
    }
    return settings.caFile().isEmpty()
        ? Optional.empty()
        : Optional.of(CredentialFile.read("CA file", settings.caFile()));
  }

  byte[] sshKey() throws CredentialFileException {
    return hasSshKeyInMemory()
        ? secrets.sshKey().getBytes(StandardCharsets.UTF_8)
        : CredentialFile.secret("SSH key file", settings.sshKeyFile());
  }

  boolean hasSshKeyInMemory() {
    return !secrets.sshKey().isEmpty();
  }

  byte[] knownHosts() throws CredentialFileException {
    return secrets.knownHosts().isEmpty()
        ? CredentialFile.read("known_hosts file", settings.knownHostsFile())
        : secrets.knownHosts().getBytes(StandardCharsets.UTF_8);
  }
}
