package dev.sandbar.core.compile;

import dev.sandbar.core.catalog.HostAddresses;
import dev.sandbar.core.model.AppFile;
import dev.sandbar.core.model.AppSpec;
import dev.sandbar.core.model.Sha256;
import dev.sandbar.core.model.UnitName;
import dev.sandbar.core.property.Value;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * One app compiled for one device: the unit, what the device must then report, and why.
 *
 * @param unit name of the service
 * @param files that the store of the device must hold for it: those of the spec, and those that the
 *     commands of its network read
 * @param directives every line in file order, with its reason
 * @param text exact content of the unit file
 * @param generation digest of the text without the line that carries the stamp, and without the
 *     addresses of hosts, which change while the version of the app does not. The stamp, {@code
 *     Environment=SANDBAR_GENERATION=}, is the digest without the lines that systemd can set in a
 *     running unit: it says of the loaded unit and of a running process which start they belong to
 * @param effective what every sandbox property of the unit must read back as from systemd, implied
 *     settings and expansions included; a property that is absent here is not compared
 * @param kernel what must be true of every process of the app
 * @param notEnforced directives that the device cannot hold and the text leaves out, although
 *     something is open without them: limits, for example
 * @param heldByFilter directives that the text leaves out because its system call filter refuses
 *     every call that they are about: directive to these calls
 * @param tables of nftables by which it has the connections of a network of its own
 * @param rendered digest of the text without the line that carries the stamp
 * @param hosts that {@code internetTo} names, with what the device knows of them
 * @param mounts that it is bound to, as the owner of the device has them; empty where no owner is
 *     known
 */
public record CompiledApp(
    AppSpec spec,
    UnitName unit,
    List<AppFile> files,
    List<Directive> directives,
    String text,
    Sha256 generation,
    SortedMap<String, Value> effective,
    KernelExpectation kernel,
    SortedSet<String> notEnforced,
    SortedMap<String, SortedSet<String>> heldByFilter,
    List<RuleTable> tables,
    Sha256 rendered,
    SortedMap<String, HostAddresses.Host> hosts,
    List<MountUnit> mounts) {

  /** The variable that carries the generation. */
  public static final String GENERATION_VARIABLE = "SANDBAR_GENERATION";

  public CompiledApp {
    files = List.copyOf(files);
    directives = List.copyOf(directives);
    notEnforced = Collections.unmodifiableSortedSet(new TreeSet<>(notEnforced));
    heldByFilter = Collections.unmodifiableSortedMap(new TreeMap<>(heldByFilter));
    effective = Collections.unmodifiableSortedMap(new TreeMap<>(effective));
    tables = List.copyOf(tables);
    hosts = Collections.unmodifiableSortedMap(new TreeMap<>(hosts));
    mounts = List.copyOf(mounts);
  }

  /** One in the network of the device. */
  public CompiledApp(
      AppSpec spec,
      UnitName unit,
      List<AppFile> files,
      List<Directive> directives,
      String text,
      Sha256 generation,
      SortedMap<String, Value> effective,
      KernelExpectation kernel,
      SortedSet<String> notEnforced,
      SortedMap<String, SortedSet<String>> heldByFilter) {
    this(
        spec,
        unit,
        files,
        directives,
        text,
        generation,
        effective,
        kernel,
        notEnforced,
        heldByFilter,
        List.of(),
        generation,
        new TreeMap<>(),
        List.of());
  }

  /**
   * The network interface that commands of the unit make in a network namespace of its own; empty
   * if they make none.
   */
  public String link() {
    return files.stream().anyMatch(file -> file.path().equals(OwnNetwork.SCRIPT))
        ? OwnNetwork.INSIDE
        : "";
  }

  /** The IPv4 address that it has in a network of its own; empty if it has none. */
  public String address() {
    return link().isEmpty() ? "" : OwnNetwork.address(spec.name());
  }

  /** The hardware without which it does not run, as links; none of a service of the device. */
  public SortedSet<String> requiredHardware() {
    return spec.run().adopts() ? new TreeSet<>() : HardwareLines.required(spec.permissions());
  }

  /** What starts it at its times; none of one that runs always. */
  public List<AppTimer> timers() {
    return AppTimer.of(spec);
  }

  /** This, with other values to be read back. */
  public CompiledApp with(SortedMap<String, Value> others) {
    return new CompiledApp(
        spec,
        unit,
        files,
        directives,
        text,
        generation,
        others,
        kernel,
        notEnforced,
        heldByFilter,
        tables,
        rendered,
        hosts,
        mounts);
  }
}
