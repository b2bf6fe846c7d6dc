package dev.sandbar.device.apply;

import dev.sandbar.core.model.AppSecret;
import dev.sandbar.device.store.SecretKeyFile;
import dev.sandbar.device.store.SecretStore;
import dev.sandbar.device.systemd.CredentialEncryption;
import dev.sandbar.source.age.AgeException;
import dev.sandbar.source.age.AgeKey;
import dev.sandbar.source.age.SealedText;
import java.io.IOException;
import java.util.Arrays;

/**
 * Opens a sealed secret with the key of the device, and stores it encrypted by systemd, so that the
 * app starts after a boot with neither agent nor network. In between it is in one array, which is
 * cleared.
 */
final class SecretStep {

  private SecretStep() {}

  /**
   * Stores it.
   *
   * @throws IOException if it is not sealed to this device, damaged, or systemd does not encrypt
   *     it; nothing is stored then
   */
  static void store(Machine machine, AppSecret secret) throws IOException {
    byte[] plain = open(machine, secret);
    try {
      byte[] encrypted = new CredentialEncryption(machine.root()).encrypt(secret.name(), plain);
      SecretStore.of(machine.root(), machine.files()).add(secret, encrypted);
    } finally {
      Arrays.fill(plain, (byte) 0);
    }
  }

  private static AgeKey key(Machine machine) throws IOException {
    var cipher = new CredentialEncryption(machine.root());
    return new SecretKeyFile(machine.root(), machine.files(), cipher).key();
  }

  private static byte[] open(Machine machine, AppSecret secret) throws IOException {
    try (AgeKey key = key(machine)) {
      return SealedText.open(secret.sealed(), key);
    } catch (AgeException e) {
      throw new IOException("secret %s: %s; %s".formatted(secret.name(), e.getMessage(), e.help()));
    }
  }
}
