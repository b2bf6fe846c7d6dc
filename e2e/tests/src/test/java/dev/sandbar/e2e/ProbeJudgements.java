package dev.sandbar.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.compile.CompiledApp;
import dev.sandbar.core.compile.DeviceFacts;
import dev.sandbar.core.probe.ProbeAttempt;
import dev.sandbar.core.probe.ProbeAttempt.End;
import dev.sandbar.core.probe.ProbeGrants;
import dev.sandbar.core.probe.ProbeJudgement;
import dev.sandbar.core.probe.ProbeTargets;
import dev.sandbar.core.probe.ProbedUnit;
import dev.sandbar.device.probe.KitReport;
import dev.sandbar.device.probe.ProbeRun;
import dev.sandbar.device.probe.UnitContent;
import dev.sandbar.device.systemd.DbusSystemd;
import dev.sandbar.vdev.image.ProbeReport;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;

/** What attempts on a bench come to, by the table that {@code sandbar probe} judges with. */
final class ProbeJudgements {

  private ProbeJudgements() {}

  /** What the probe in an app found, judged by what the app was granted. */
  static ProbeJudgement inside(
      CompiledApp app, DeviceFacts facts, ProbeReport report, ProbeTargets targets) {
    List<ProbeAttempt> attempts =
        report.attempts().stream()
            .map(
                it ->
                    new ProbeAttempt(
                        it.id(), it.title(), End.valueOf(it.outcome().name()), it.errno()))
            .toList();
    return ProbeJudgement.of(attempts, ProbeGrants.of(app.spec(), facts), targets);
  }

  /** The same of a kit that runs beside the app. */
  static ProbeJudgement beside(Workbench bench, String app) throws IOException {
    CompiledApp compiled = bench.compiled(app);
    byte[] kit = Files.readAllBytes(bench.device().root().resolve(Workbench.PROBE.substring(1)));
    try (DbusSystemd systemd = bench.connect();
        ProbeRun run = ProbeRun.begin(bench.device().root(), systemd).orElseThrow()) {
      List<String> files = UnitContent.of(bench.device().root(), systemd, compiled.unit()).texts();
      ProbedUnit unit = ProbedUnit.of(compiled, files, ProbeTargets.DEFAULT);
      if (run.run(unit, kit, "", List.of()) instanceof ProbeRun.Result.Reported(KitReport report)) {
        var judged =
            ProbeJudgement.of(
                report.attempts(),
                ProbeGrants.of(compiled.spec(), bench.facts()),
                ProbeTargets.DEFAULT);
        assertThat(judged.invalid(report.complete())).isEmpty();
        return judged;
      }
      throw new AssertionError("the kit did not run beside " + app);
    }
  }
}
