package dev.sandbar.e2e;

import dev.sandbar.vdev.Suite;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/**
 * What a disk and a TPM hold, on a kernel of the device's own with device mapper. More than ten
 * minutes, so only the profile nightly runs it.
 */
@Tag("nightly")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class EmulatedDiskTest {
  @AutoClose private EmulatedAgent agent;

  @BeforeAll
  void start(@TempDir Path folder) throws IOException {
    agent = EmulatedAgent.start(Suite.FORKY, folder, EmulatedAgent.WATCHFUL);
  }

  /** dm-verity hands out what the root hash vouches for, and nothing else. */
  @Test
  void imagesAreCheckedWhenTheyAreRead(@TempDir Path folder) throws Exception {
    new VerityOnEmulatedDevice(agent, folder).run();
  }

  /** Power fails while a version is applied, and once more before another TPM is put in. */
  @Test
  void appsComeBackAfterPowerCutsAndSecretsNotWithAnotherTpm() throws Exception {
    new PowerCutOnEmulatedDevice(agent).run();
  }
}
