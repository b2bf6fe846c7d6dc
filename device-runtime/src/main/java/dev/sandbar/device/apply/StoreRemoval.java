package dev.sandbar.device.apply;

import dev.sandbar.core.compile.SecretStorePath;
import dev.sandbar.device.store.FileStore;
import dev.sandbar.device.store.SecretStore;
import java.io.IOException;

/** Removes what no app declares any more from the store that it is in. */
final class StoreRemoval {

  private StoreRemoval() {}

  /** Names of secrets are names of no file. */
  static void remove(Machine machine, String name) throws IOException {
    if (SecretStorePath.isName(name)) {
      SecretStore.of(machine.root(), machine.files()).remove(name);
    } else {
      FileStore.of(machine.root(), machine.files()).remove(name);
    }
  }
}
