package dev.sandbar.e2e;

import static dev.sandbar.e2e.EmulatedPackage.sh;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.util.List;

/**
 * Limits that need controllers of cgroup v2. systemd 262 lets a service that has limits watch what
 * it waits for, through files of its control group that it can write.
 */
final class LimitsOnEmulatedDevice {
  private static final String APP = "limited";

  private final EmulatedAgent agent;

  LimitsOnEmulatedDevice(EmulatedAgent agent) {
    this.agent = agent;
  }

  void openNothing() throws IOException {
    String script =
        "for kind in memory cpu io; do f=/sys/fs/cgroup/$kind.pressure; [ -e $f ] && echo THERE $kind;"
            + " (: >$f) && echo OPENED $kind; done; echo END; exec sleep infinity";
    agent.run(
        APP,
        "run: {command: [/usr/bin/sh, -c, \"%s\"]}, directives: {CPUQuota: 50%%, IOWeight: 50, MemoryMax: 64M}"
            .formatted(script));
    String unit = Apps.unit(APP);
    await().atMost(EmulatedAgent.SOON).until(() -> journal(unit).contains("END"));

    assertThat(journal(unit).lines())
        .contains("THERE memory", "THERE cpu", "THERE io")
        .doesNotContain("OPENED memory", "OPENED cpu", "OPENED io");
    String attested = agent.cli("attest " + APP).stdout();
    for (String kind : List.of("Memory", "CPU", "IO")) {
      assertThat(attested).containsPattern(kind + "PressureWatch +no +Enforced");
    }
    agent.remove(APP);
  }

  private String journal(String unit) {
    return sh(agent.device(), "journalctl --output=cat --no-pager --unit=" + unit);
  }
}
