package dev.sandbar.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;

/** What the apps of {@link ScriptedApps} do with volumes of the device. */
final class VolumeApps {

  private VolumeApps() {}

  /** It writes where it was granted that, at the place it was granted, and nowhere else. */
  static void oneWritesAndExecutesNothing(Workbench bench) {
    await().atMost(Apps.SOON).until(() -> bench.journal("volumes").contains("END"));

    assertThat(bench.journal("volumes").lines().filter(line -> !line.contains(": ")))
        .containsSubsequence("measured", "WROTE", "NO-EXEC", "READ-ONLY", "NOT-THERE", "END");
    assertThat(bench.device().read("/srv/records/made")).isEqualTo("made\n");
    assertThat(bench.sh("ls /srv/pages /srv/other")).doesNotContain("made");
  }

  /** Two apps read and write each other's files in one volume, by its group. */
  static void bothWrite(Workbench bench) {
    await()
        .atMost(Duration.ofSeconds(60))
        .untilAsserted(
            () -> {
              assertThat(bench.journal("share-a")).contains("WROTE");
              assertThat(bench.journal("share-b")).contains("WROTE");
            });
    assertThat(bench.sh("cat /srv/shared/a /srv/shared/b"))
        .isEqualTo("from a\nseen by b\nfrom b\nseen by a");
    assertThat(bench.sh("stat -c '%G %a' /srv/shared/a")).isEqualTo("plc 660");
  }
}
