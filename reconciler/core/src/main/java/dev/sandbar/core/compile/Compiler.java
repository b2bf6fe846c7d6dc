package dev.sandbar.core.compile;

import dev.sandbar.core.catalog.AddressSet;
import dev.sandbar.core.catalog.DeviceNetwork;
import dev.sandbar.core.catalog.HostAddresses;
import dev.sandbar.core.catalog.Resolution;
import dev.sandbar.core.catalog.Sandbox;
import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.AppSpec;
import dev.sandbar.core.model.AppSpec.Network;
import dev.sandbar.core.model.AppSpec.Root;
import dev.sandbar.core.model.DeviceVariables;
import dev.sandbar.core.model.Diagnostic;
import dev.sandbar.core.model.Node;
import dev.sandbar.core.model.Permission;
import dev.sandbar.core.model.PermissionRules;
import dev.sandbar.core.model.Permissions;
import dev.sandbar.core.model.Problem;
import dev.sandbar.core.model.SafeText;
import dev.sandbar.core.model.Sha256;
import dev.sandbar.core.property.Effective;
import dev.sandbar.core.property.Value;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;

/**
 * Compiles an app for a device: permissions to a point of the lattice, the point to directives, the
 * directives to a unit file. The same input gives the same bytes everywhere.
 */
public final class Compiler {

  /** The oldest systemd that has every directive of the closed default. */
  public static final int OLDEST_SYSTEMD = 250;

  /** With it an app sends packets past the IP filter (capabilities(7)). */
  private static final String RAW = "CAP_NET_RAW";

  private final AppSpec app;
  private final DeviceFacts facts;
  private final Effective.Context context;
  private final Complaints complaints = new Complaints();

  private Compiler(AppSpec app, DeviceFacts facts) {
    this.app = app;
    this.facts = facts;
    this.context = facts.context(app.unit());
  }

  /**
   * Compiles one app for one device. A fault of the compiler itself rejects the one app that met
   * it, so that all others go on.
   */
  public static Compilation compile(AppSpec app, DeviceFacts facts) {
    List<Diagnostic> denied = OwnersPolicy.denied(app, facts);
    try {
      var variables = new DeviceVariables(facts.name(), facts.labels(), facts.variables());
      List<Diagnostic> problems = variables.problems(app);
      return problems.isEmpty()
          ? new Compiler(variables.resolved(app), facts).compile(denied)
          : refused(app, facts, denied, problems);
    } catch (RuntimeException | StackOverflowError e) {
      String what =
          "this is a fault of Sandbar: %s at the compilation of %s: %s"
              .formatted(
                  e.getClass().getSimpleName(),
                  app.name(),
                  SafeText.shown(String.valueOf(e.getMessage())));
      var why =
          Diagnostic.error(
              Problem.DEFECT, app.at(), what, "report it; the last good version stays");
      return refused(app, facts, denied, List.of(why));
    }
  }

  /** An app of which no unit was made, with all that the policy says of it. */
  private static Compilation.Rejected refused(
      AppSpec app, DeviceFacts facts, List<Diagnostic> denied, List<Diagnostic> why) {
    var all = new ArrayList<>(denied);
    all.addAll(OwnersPolicy.limits(app, facts));
    all.addAll(why);
    return new Compilation.Rejected(app.name(), all);
  }

  /**
   * What the permissions of an app come to on a device, narrowed by its directives: the point that
   * its unit is made for. Of an app that {@link #compile} accepts.
   */
  public static Sandbox sandbox(AppSpec app, DeviceFacts facts) {
    Resolution widest = Resolution.of(app.mode(), HostAddresses.anywhere(app.permissions()));
    var reader =
        new DirectiveOverridesReader(app, facts.volumes(), widest.sandbox(), new Complaints());
    Sandbox sandbox =
        Resolution.of(app.mode(), facts.hosts().in(app.permissions()))
            .lowered(reader.read().contribution())
            .sandbox();
    return app.network() == Network.SHARED
        ? sandbox
        : sandbox.with(
            sandbox.network().with(OwnNetwork.reached(app, sandbox.network().addresses())));
  }

  /** The same with what {@code raw} opens: what the app can do in the end. */
  public static Sandbox opened(AppSpec app, DeviceFacts facts) {
    return RawWalls.read(app, facts, new Complaints()).openedIn(sandbox(app, facts));
  }

  /**
   * The most that the app can do in the end, whatever the hosts that it names have for addresses.
   */
  public static Sandbox widest(AppSpec app, DeviceFacts facts) {
    return OwnersPolicy.widest(app, facts);
  }

  /** The permissions that an app has in this sandbox, asked for or not. */
  public static SortedSet<Permission> permissions(AppSpec app, Sandbox sandbox) {
    return PolicyCheck.all(app, sandbox);
  }

  /** The addresses of a device from which a request reaches an app that is checked by one. */
  public static AddressSet checkedFrom(AppSpec app, DeviceFacts facts) {
    return HealthRules.reached(app, sandbox(app, facts));
  }

  /**
   * What becomes of a version whose spec this release no longer reads. The policy of the owner
   * holds all the same.
   *
   * @param manifest of the version, as it was applied
   * @param why it is not read
   */
  public static Compilation.Rejected unreadable(
      Node manifest, List<Diagnostic> why, DeviceFacts facts) {
    var all = new ArrayList<>(why);
    all.addAll(OwnersPolicy.denied(manifest, facts));
    return new Compilation.Rejected(new AppName("unreadable"), all);
  }

  private Compilation compile(List<Diagnostic> denied) {
    if (facts.systemdVersion() < OLDEST_SYSTEMD) {
      complaints.error(
          Problem.CANNOT_ENFORCE,
          app.at(),
          "systemd %d of this device is too old".formatted(facts.systemdVersion()),
          "use systemd %d or newer".formatted(OLDEST_SYSTEMD));
      return refused(app, facts, denied, complaints.errors());
    }
    if (facts.has(Feature.SECCOMP) && facts.syscallGroups().isEmpty()) {
      complaints.error(
          Problem.CANNOT_ENFORCE,
          app.at(),
          "the facts of this device do not say what its groups of system calls hold",
          "take the facts from the device again");
      return refused(app, facts, denied, complaints.errors());
    }
    complaints.add(PermissionRules.check(app.permissions(), app.mode(), app.run().adopts()));
    IgnoreCheck.check(app.drift().ignore(), complaints);
    HardwareLines.check(app.permissions(), facts, complaints);
    // What a host has for addresses changes; whether the spec is valid, and all that a running app
    // could get by a restart only, must not depend on it.
    Resolution permitted = Resolution.of(app.mode(), HostAddresses.anywhere(app.permissions()));
    KnownVolumes.check(app, permitted.sandbox(), facts, complaints);
    DirectiveOverrides overrides =
        new DirectiveOverridesReader(app, facts.volumes(), permitted.sandbox(), complaints).read();
    Resolution resolution = permitted.lowered(overrides.contribution());
    Sandbox sandbox = resolution.sandbox();
    RawWalls raw = RawWalls.read(app, facts, complaints);
    Sandbox opened = raw.openedIn(sandbox);
    if (app.run().adopts()) {
      AdoptedLines.check(app, permitted, complaints);
    }
    IsolationRules.check(app, raw.openedIn(permitted.sandbox()), opened, complaints);
    LifecycleRules.check(app, sandbox, overrides, facts, complaints);
    HealthRules.check(
        app, lowered(resolution, HostAddresses::nowhere, overrides).sandbox(), complaints);
    UserLines.check(app, sandbox, complaints);
    SecretLines.check(app, overrides, facts, complaints);
    SocketLines.check(app, sandbox, facts, complaints);
    TuningLines.check(app, facts, complaints);
    Calls calls = new CallReader(app, facts, complaints).read(overrides, sandbox.kernel().calls());
    PortSocketLines.check(app, calls.openedIn(opened), facts, complaints);
    new RawConsequences(app, raw, calls.openedIn(sandbox)).check(complaints);
    boolean image = app.root() instanceof Root.Image || !overrides.rootImage().isEmpty();
    ReachRules.check(app, sandbox, opened, complaints);
    OwnNetwork network =
        ownNetwork(resolution, overrides, opened.kernel().capabilities().contains(RAW));
    if (network.isNone()
        && NameServers.opensSome(app, resolution)
        && NameServers.deniedByPolicy(facts)) {
      complaints.warning(
          Problem.CANNOT_ENFORCE,
          app.at(),
          "the app cannot resolve names: the name servers of this device are on the local network,"
              + " which its policy denies",
          "run a name server on the device, or allow localNetwork in its policy");
    }
    if (!sandbox.unconfined()) {
      boolean host = app.root() instanceof Root.Host && overrides.rootImage().isEmpty();
      new PlaceRules(app, facts, host, complaints).check(sandbox.files().mounts().items());
    }
    boolean anotherUser = !sandbox.unconfined() || overrides.switches().contains("DynamicUser");
    Membership membership =
        anotherUser ? Membership.of(app, sandbox.files(), facts, complaints) : Membership.NONE;
    if (!complaints.errors().isEmpty() || !denied.isEmpty()) {
      return refused(app, facts, denied, complaints.errors());
    }
    List<Directive> lines =
        VerityLines.withoutIpc(
            app,
            SysfsLines.held(
                new RawLines(app, raw, context, complaints)
                    .opened(lines(resolution, overrides, calls, membership, network)),
                facts),
            facts,
            complaints);
    QuotaLines.check(app, permitted.sandbox(), lines, complaints);
    if (app.run().adopts()) {
      lines = AdoptedLines.of(app, lines, complaints);
    }
    SpareLines.Checked needed = SpareLines.leaveOut(lines, context, facts);
    Enforceability.Checked checked =
        new Enforceability(facts, opened, context, app.at(), complaints).check(needed.kept());
    if (!complaints.errors().isEmpty()) {
      return new Compilation.Rejected(app.name(), complaints.errors());
    }
    return new Compilation.Compiled(
        compiled(checked, needed, resolution, overrides, opened, network), complaints.warnings());
  }

  /**
   * What the permissions come to when other addresses stand in the place of hosts.
   *
   * @param anywhere what they come to where a host can have any address
   */
  private Resolution lowered(
      Resolution anywhere, UnaryOperator<Permissions> hosts, DirectiveOverrides overrides) {
    Permissions others = hosts.apply(app.permissions());
    return others == app.permissions()
        ? anywhere
        : Resolution.of(app.mode(), others).lowered(overrides.contribution());
  }

  private OwnNetwork ownNetwork(Resolution resolution, DirectiveOverrides overrides, boolean raw) {
    if (app.network() == Network.SHARED) {
      return OwnNetwork.NONE;
    }
    for (Permission permission : DeviceNetwork.permissions()) {
      app.permissions()
          .get(permission)
          .filter(request -> !(request.value() instanceof Permissions.Value.Withheld))
          .ifPresent(
              request ->
                  complaints.error(
                      Problem.CONFLICT,
                      request.at(),
                      "network: Own has nothing of what permissions.%s opens, which stays in the network of the device"
                          .formatted(permission.key()),
                      "remove one of them"));
    }
    Sandbox.Network network = resolution.sandbox().network();
    if (!facts.has(Feature.OWN_NETWORK) && !network.addresses().isEmpty()) {
      complaints.error(
          Problem.CANNOT_ENFORCE,
          app.at(),
          "network: Own: this device lacks " + Feature.OWN_NETWORK.title(),
          Enforceability.help(Feature.OWN_NETWORK));
    }
    AddressSet open =
        lowered(resolution, AppFirewall::onAllPorts, overrides).sandbox().network().addresses();
    return OwnNetwork.of(app, network.addresses(), open, network.binds(), raw);
  }

  private List<Directive> lines(
      Resolution resolution,
      DirectiveOverrides overrides,
      Calls calls,
      Membership membership,
      OwnNetwork network) {
    Sandbox sandbox = resolution.sandbox();
    var draft = new Draft();
    boolean image = app.root() instanceof Root.Image || !overrides.rootImage().isEmpty();
    if (!app.run().adopts()) {
      network.begin(draft, image);
      ServiceLines.write(draft, app, facts, overrides, image || !sandbox.unconfined());
      SocketLines.write(draft, app);
      RuntimeLines.write(draft, app);
      BusLines.write(draft, app);
      BrokerLines.write(draft, app);
      TuningLines.write(draft, app);
      NeededModules.write(draft, app);
      MountUnit.write(draft, app);
      network.end(draft);
    }
    if (!sandbox.unconfined()) {
      ConfinementLines.write(draft, facts, overrides, membership, resolution);
    } else {
      ProcLines.write(draft, sandbox.proc(), resolution);
    }
    String rootImage =
        switch (app.root()) {
          case Root.Image(_, var digest, _, _) -> ImageStorePath.of(digest);
          case Root.Host() -> overrides.rootImage();
        };
    new FileLines(draft, app, sandbox, resolution, overrides)
        .write(
            rootImage,
            overrides.rootImage().isEmpty() ? "image" : DirectiveOverrides.BECAUSE,
            facts,
            network);
    VerityLines.write(draft, app);
    UserLines.write(draft, app, sandbox, image);
    DeviceLines.write(draft, sandbox.files(), membership, resolution);
    Resolution now = lowered(resolution, facts.hosts()::in, overrides);
    NetworkLines.write(
        draft, sandbox.network(), NameServers.reached(app, now, facts), network, resolution);
    KernelLines.write(
        draft,
        sandbox.kernel(),
        !sandbox.unconfined(),
        overrides.settings().containsKey(KernelLines.ERROR),
        calls,
        resolution);
    PortSocketLines.write(draft, app, sandbox);
    overrides.writeSwitches(draft);
    overrides.writeSettings(draft);
    overrides.writePaths(draft);
    WordOverrides.write(draft, overrides.words(), facts.systemdVersion(), complaints);
    SecretLines.write(draft, app);
    return draft.lines();
  }

  private CompiledApp compiled(
      Enforceability.Checked checked,
      SpareLines.Checked needed,
      Resolution resolution,
      DirectiveOverrides overrides,
      Sandbox sandbox,
      OwnNetwork network) {
    var files = new ArrayList<>(app.files());
    files.addAll(UserLines.files(app, sandbox));
    files.addAll(network.files());
    SocketDirectory.of(app).ifPresent(directory -> files.addAll(directory.files()));
    BusProxy.of(app).ifPresent(proxy -> files.add(proxy.file()));
    BrokerSocket.of(app).ifPresent(socket -> files.add(socket.file()));
    KernelTuning.of(app).ifPresent(tuning -> files.add(tuning.file()));
    List<Directive> lines = checked.kept();
    Rendering rendering = Rendering.of(app.name(), app.files(), lines);
    var settings = new ArrayList<Effective.Setting>();
    for (Directive line : rendering.directives()) {
      if (!line.section().equals(Draft.INSTALL)) {
        settings.add(new Effective.Setting(line.name(), line.value()));
      }
    }
    return new CompiledApp(
        app,
        app.unit(),
        files,
        rendering.directives(),
        rendering.text(),
        generation(rendering, lines, resolution, overrides),
        effective(settings),
        Expectations.of(lines, sandbox.kernel(), facts.has(Feature.SECCOMP)),
        checked.notEnforced(),
        needed.heldByFilter(),
        network.tables(),
        rendering.generation(),
        HostAddresses.names(app.permissions()).stream()
            .collect(Collectors.toMap(name -> name, facts.hosts()::of, (a, _) -> a, TreeMap::new)),
        MountUnit.names(app).stream()
            .flatMap(name -> facts.policy().mount(name).stream())
            .map(MountUnit::new)
            .toList());
  }

  /** That of the app, whatever its hosts have for addresses now. */
  private Sha256 generation(
      Rendering rendering,
      List<Directive> lines,
      Resolution resolution,
      DirectiveOverrides overrides) {
    if (HostAddresses.names(app.permissions()).isEmpty()) {
      return rendering.generation();
    }
    Resolution without = lowered(resolution, HostAddresses::nowhere, overrides);
    var draft = new Draft();
    NetworkLines.addresses(draft, NameServers.reached(app, without, facts), without);
    var same = new ArrayList<>(lines);
    same.removeIf(line -> NetworkLines.isOfAddresses(line.name()));
    same.addAll(draft.lines());
    return Rendering.of(app.name(), app.files(), same).generation();
  }

  /** Of a service of the device only what the drop-in says is declared. */
  private SortedMap<String, Value> effective(List<Effective.Setting> settings) {
    SortedMap<String, Value> all = Effective.of(settings, context);
    if (!app.run().adopts()) {
      return all;
    }
    var named = new TreeMap<>(all);
    named
        .keySet()
        .retainAll(settings.stream().map(Effective.Setting::name).collect(Collectors.toSet()));
    // The service has variables of its own; the stamp is compared by itself.
    named.remove("Environment");
    return named;
  }
}
