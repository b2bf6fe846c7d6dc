package dev.sandbar.device.apply;

import dev.sandbar.core.compile.BusPolicy;
import dev.sandbar.core.compile.BusProxy;
import dev.sandbar.core.compile.CompiledApp;
import dev.sandbar.core.compile.KernelTuning;
import dev.sandbar.core.compile.SideUnit;
import dev.sandbar.core.model.AppSpec.Network;
import java.util.Collection;
import java.util.List;

/**
 * What apps need beside their units, before they start and while they run.
 *
 * @param networks whether some have a network of their own, by rules that they share
 * @param busPolicies what lets them own names on the system bus
 * @param sideUnits sockets, file systems and timers
 * @param tunings settings of the kernel
 */
public record Needs(
    boolean networks,
    List<BusPolicy> busPolicies,
    List<SideUnit> sideUnits,
    List<KernelTuning> tunings) {

  public Needs {
    busPolicies = List.copyOf(busPolicies);
    sideUnits = List.copyOf(sideUnits);
    tunings = List.copyOf(tunings);
  }

  /** Those of these apps. */
  public static Needs of(Collection<CompiledApp> apps) {
    return new Needs(
        joinNetworks(apps),
        apps.stream()
            .flatMap(app -> BusProxy.of(app.spec()).stream())
            .flatMap(proxy -> proxy.policy().stream())
            .distinct()
            .toList(),
        sideUnits(apps),
        apps.stream().flatMap(app -> KernelTuning.of(app.spec()).stream()).distinct().toList());
  }

  /** Whether one of these has a network of its own. */
  public static boolean joinNetworks(Collection<CompiledApp> apps) {
    return apps.stream().anyMatch(app -> app.spec().network() == Network.OWN);
  }

  private static List<SideUnit> sideUnits(Collection<CompiledApp> apps) {
    return apps.stream().flatMap(app -> SideUnit.of(app).stream()).distinct().toList();
  }

  /** This, with the units beside these apps alone. */
  public Needs withUnitsOf(Collection<CompiledApp> apps) {
    return new Needs(networks, busPolicies, sideUnits(apps), tunings);
  }

  /** This, with or without those rules. */
  public Needs withNetworks(boolean needed) {
    return new Needs(needed, busPolicies, sideUnits, tunings);
  }
}
