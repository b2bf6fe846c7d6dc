package dev.sandbar.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.vdev.Suite;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/**
 * What only a kernel of the device's own has: one emulated device with systemd 257 for all, since
 * it takes half a minute to boot.
 */
@Tag("nightly")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class OwnKernelTest {
  @AutoClose private EmulatedAgent agent;

  @BeforeAll
  void start(@TempDir Path folder) throws IOException {
    String run = "run: {command: [/usr/bin/sleep, infinity]}, ";
    agent =
        EmulatedAgent.start(
            Suite.TRIXIE,
            folder,
            "policy: {openMode: Allow}\n",
            Map.of(
                "limited",
                Apps.manifest(
                    "limited",
                    run
                        + "mode: Open, directives: {ProtectKernelTunables: yes, MemoryMax: 32M,"
                        + " TasksMax: 20}"),
                "online",
                Apps.manifest("online", run + "permissions: {internet: true}")));
  }

  /**
   * Controllers of memory and tasks hold an app to its limits. In the network of the device apps
   * have the device's /sys, which is writable there: for these two it is not. One is attested; that
   * the other is Ready says it too.
   */
  @Test
  void limitsAndKernelSettingsAreHeldByTheKernel() throws IOException {
    assertThat(agent.cli("attest limited").stdout())
        .containsPattern("ProtectKernelTunables +yes +Enforced")
        .containsPattern("MemoryMax +33554432 +Enforced +memory.max 33554432")
        .containsPattern("TasksMax +20 +Enforced +pids.max 20");
  }
}
