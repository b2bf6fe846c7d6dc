package dev.sandbar.device.observe;

import dev.sandbar.core.attest.KernelFacts;
import dev.sandbar.core.compile.CompiledApp;
import dev.sandbar.core.compile.DeviceFacts;
import dev.sandbar.core.plan.Observation;
import dev.sandbar.core.plan.ObservedUnit;
import dev.sandbar.core.report.Attested;
import dev.sandbar.core.report.Attestor;
import dev.sandbar.device.kernel.KernelFactsReader;
import java.nio.file.Path;
import java.util.List;

/** Reads of an app that runs what {@link Attestor} judges. */
public final class AppAttestation {

  private final Path root;
  private final DeviceFacts facts;

  /**
   * Of the apps of one device.
   *
   * @param root of its file system
   */
  public AppAttestation(Path root, DeviceFacts facts) {
    this.root = root;
    this.facts = facts;
  }

  /**
   * Every directive of one app.
   *
   * @param seen the app, observed just now
   */
  public List<Attested> of(CompiledApp app, Observation seen) {
    ObservedUnit unit = seen.units().get(app.unit());
    if (unit == null) {
      return Attestor.attest(app, seen, KernelFacts.NOTHING, facts);
    }
    KernelFacts kernel =
        KernelFactsReader.of(root)
            .map(reader -> reader.withFilters(unit.kernel(), facts.callNames()))
            .orElse(KernelFacts.NOTHING);
    return Attestor.attest(app, seen, kernel, facts);
  }
}
