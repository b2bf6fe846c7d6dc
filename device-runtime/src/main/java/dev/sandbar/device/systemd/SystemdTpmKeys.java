package dev.sandbar.device.systemd;

import dev.sandbar.core.model.UnitName;
import dev.sandbar.device.store.DurableFiles;
import dev.sandbar.device.store.TpmKeys;
import dev.sandbar.device.systemd.Systemd.Job;
import dev.sandbar.device.systemd.Systemd.JobOutcome;
import dev.sandbar.device.systemd.Systemd.Verb;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * Has a unit of the package make the key, with the TPM2 that neither the sandbox of the agent nor
 * systemd's service for credentials has without binding to a PCR; systemd's service decrypts it
 * ({@link CredentialEncryption}).
 */
public final class SystemdTpmKeys implements TpmKeys {

  /** Writes {@link #MADE}. */
  private static final UnitName MAKER = new UnitName("sandbard-tpm2.service");

  private static final String MADE = "run/sandbard-tpm2/key";
  private static final String NAME = "sandbar-identity";
  private static final String BUS = "run/dbus/system_bus_socket";

  /** Longer than the unit may take: a TPM2 makes its first key in up to a minute. */
  private static final Duration LIMIT = Duration.ofMinutes(4);

  private static final int MOST_BYTES = 64 << 10;

  private final Path root;
  private final CredentialEncryption encryption;

  /**
   * Those of a device.
   *
   * @param root of its file system
   */
  public SystemdTpmKeys(Path root) {
    this.root = root.toAbsolutePath();
    this.encryption = new CredentialEncryption(this.root);
  }

  @Override
  public boolean present() {
    return encryption.hasTpm();
  }

  @Override
  public byte[] make() throws IOException {
    // Without the service that decrypts it, nobody could use the key.
    encryption.requireService();
    try (Systemd systemd = DbusSystemd.connect("unix:path=" + root.resolve(BUS))) {
      JobOutcome outcome = systemd.run(List.of(new Job(Verb.START, MAKER)), LIMIT).getFirst();
      if (!outcome.done()) {
        throw new IOException(
            "%s did not make a key (%s); see 'journalctl -t sandbard-tpm2' and 'systemd-creds has-tpm2'"
                .formatted(MAKER.value(), outcome.result()));
      }
    } catch (RuntimeException e) {
      // Whatever it is, the identity works without.
      throw new IOException(e instanceof SystemdException ? e.getMessage() : e.toString(), e);
    }
    return new DurableFiles().read(root.resolve(MADE), MOST_BYTES);
  }

  @Override
  public byte[] open(byte[] encrypted) throws IOException {
    try {
      return encryption.decrypt(NAME, encrypted);
    } catch (IOException e) {
      throw new IOException(e.getMessage() + "; see 'journalctl -t systemd-creds'", e);
    }
  }
}
