package dev.sandbar.device.agent;

import dev.sandbar.core.compile.CheckUnit;
import dev.sandbar.core.compile.DeviceFacts;
import dev.sandbar.core.compile.FileStorePath;
import dev.sandbar.core.compile.SharedRules;
import dev.sandbar.core.compile.SideUnit;
import dev.sandbar.core.model.AppUnits;
import dev.sandbar.core.model.UnitName;
import dev.sandbar.device.apply.Applier;
import dev.sandbar.device.apply.Leftovers;
import dev.sandbar.device.apply.Machine;
import dev.sandbar.device.fetch.EarlyFetches;
import dev.sandbar.device.fetch.ImageFetch;
import dev.sandbar.device.fetch.ImageSignatures;
import dev.sandbar.device.fetch.SignatureChecks;
import dev.sandbar.device.health.DeviceCheck;
import dev.sandbar.device.health.HealthChecks;
import dev.sandbar.device.hosts.HostResolver;
import dev.sandbar.device.kernel.KnownFilters;
import dev.sandbar.device.kernel.RuleWatch;
import dev.sandbar.device.observe.FileWatch;
import dev.sandbar.device.observe.Observer;
import dev.sandbar.device.store.DurableFiles;
import dev.sandbar.device.store.ImageChecks;
import dev.sandbar.device.store.ImageStore;
import dev.sandbar.device.store.StateStore;
import dev.sandbar.device.store.UnitDirectories;
import dev.sandbar.device.systemd.DbusSystemd;
import dev.sandbar.device.systemd.FactsProbe;
import dev.sandbar.device.systemd.Surroundings;
import dev.sandbar.device.systemd.Systemd;
import dev.sandbar.device.systemd.SystemdAnalyze;
import dev.sandbar.device.systemd.SystemdEvent;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Everything that lives as long as one connection to systemd. */
final class Session implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(Session.class);

  private final Opened opened;
  private final FileWatch files;
  private final Memory memory;
  private AppUnits watched = AppUnits.OWN;
  private final Path root;
  private DeviceFacts facts;
  private final String exposure;
  private final Reconciler reconciler;
  private final Inbox inbox;

  /**
   * Whether the rules of networks are watched: once the first app with one of its own was there.
   */
  private boolean watchesRules;

  private Session(
      Path root,
      Opened opened,
      FileWatch files,
      Memory memory,
      DeviceFacts facts,
      String exposure,
      Reconciler reconciler,
      Inbox inbox) {
    this.root = root;
    this.opened = opened;
    this.files = files;
    this.memory = memory;
    this.facts = facts;
    this.exposure = exposure;
    this.reconciler = reconciler;
    this.inbox = inbox;
  }

  /**
   * Connects, finds out what the device can enforce, and listens to it.
   *
   * @throws dev.sandbar.device.systemd.SystemdException if systemd cannot be reached
   */
  static Session open(
      AgentOptions options, StateStore store, Memory memory, Inbox inbox, BrokerGrants broker)
      throws IOException {
    return open(
        DbusSystemd.connect(options.busAddress()),
        systemd -> probed(systemd, options, store),
        options,
        store,
        memory,
        inbox,
        broker);
  }

  private static DeviceFacts probed(Systemd systemd, AgentOptions options, StateStore store) {
    var probe = new FactsProbe(options.root(), systemd, new SystemdAnalyze(options.reach()));
    return Surroundings.with(probe.facts(store).configured(options.settings()), options.root());
  }

  /** Takes the connection over; if it fails, nothing is left open. */
  static Session open(
      Systemd systemd,
      Function<Systemd, DeviceFacts> probe,
      AgentOptions options,
      StateStore store,
      Memory memory,
      Inbox inbox,
      BrokerGrants broker)
      throws IOException {
    var opened = new Opened();
    try {
      opened.add(systemd);
      Path root = options.root();
      var analyze = new SystemdAnalyze(options.reach());
      DeviceFacts facts = probe.apply(systemd);
      var directories = new UnitDirectories(root);
      var images = new ImageStore(root);
      images.limitUse(options.settings().images().maxUse());
      var checks = opened.add(new ImageChecks(images, inbox::lookAtEverything));
      var signatures =
          opened.add(
              new SignatureChecks(
                  new ImageSignatures(root, options.settings()),
                  options.backoff()::after,
                  inbox::lookAtEverything));
      var fetch = new ImageFetch(root, images, options.settings());
      var early =
          opened.add(
              new EarlyFetches(
                  fetch::fetchEarly, options.backoff()::after, inbox::lookAtEverything));
      var machine =
          new Machine(root, systemd, analyze, new DurableFiles(), directories, images, fetch);
      Leftovers.clear(machine);
      var applier = opened.add(new Applier(machine, unit -> inbox.look(Set.of(unit))));
      var filters = KnownFilters.of(facts.callNames(), inbox::lookAtEverything);
      var observer = opened.add(Observer.of(root, systemd, checks::right, filters));
      var health =
          opened.add(
              new HealthChecks(
                  new DeviceCheck(root, systemd, facts),
                  unit -> inbox.look(Set.of(unit)),
                  options.settle(),
                  System::nanoTime));
      // What a host has become is read with the rest of what changes around the device.
      var hosts =
          opened.add(HostResolver.start(root, store, options.hosts(), inbox::sourceChanged));
      var reconciler =
          new Reconciler(
              options,
              observer,
              checks,
              new SignatureGate(options.settings().policy().images(), signatures::verdict),
              applier,
              facts,
              health,
              early,
              memory,
              new ClockCheck(root, systemd::isClockSynchronized),
              hosts::follow,
              broker::follow);
      var watched = new ArrayList<>(directories.directories());
      watched.add(root.resolve(ImageStore.DIRECTORY.substring(1)));
      watched.add(AgentRequest.directory(root));
      FileWatch files =
          opened.add(
              FileWatch.start(
                  watched, name -> isOurs(name, memory), names -> touched(names, memory, inbox)));
      systemd.watch(event -> heard(event, memory, inbox));
      String exposure = OwnService.exposure(systemd, facts);
      return new Session(root, opened, files, memory, facts, exposure, reconciler, inbox);
    } catch (IOException | RuntimeException | Error e) {
      opened.close();
      throw e;
    }
  }

  private static boolean isOurs(String name, Memory memory) {
    return app(withoutSuffix(name), memory).isPresent()
        || (name.startsWith("sandbar") && !name.startsWith(CheckUnit.PREFIX))
        || name.startsWith("sha256-")
        || name.startsWith(FileStorePath.FILTERS)
        || AgentRequest.isFile(name)
        || name.equals("service.d")
        || name.equals("slice.d")
        || name.startsWith("-.slice");
  }

  /** The unit whose drop-ins a directory has. */
  private static String withoutSuffix(String name) {
    return name.endsWith(".d") ? name.substring(0, name.length() - 2) : name;
  }

  private static void touched(Set<String> names, Memory memory, Inbox inbox) {
    if (names.isEmpty() || names.stream().anyMatch(AgentRequest::isFile)) {
      inbox.requested();
    }
    if (!names.isEmpty() && names.stream().allMatch(AgentRequest::isFile)) {
      return;
    }
    var units = new TreeSet<UnitName>();
    for (String name : names) {
      if (AgentRequest.isFile(name)) {
        continue;
      }
      Optional<UnitName> unit = app(withoutSuffix(name), memory);
      if (unit.isEmpty()) {
        // A drop-in for several units, a link of the target, an image: it may concern every app.
        inbox.lookAtEverything();
        return;
      }
      units.add(unit.get());
    }
    if (units.isEmpty()) {
      inbox.lookAtEverything();
    } else {
      inbox.look(units);
    }
  }

  /** The app's unit of that name; empty if it is none. */
  private static Optional<UnitName> app(String name, Memory memory) {
    return UnitName.isValid(name)
        ? Optional.of(new UnitName(name)).filter(unit -> memory.units().app(unit).isPresent())
        : Optional.empty();
  }

  private static void heard(SystemdEvent event, Memory memory, Inbox inbox) {
    switch (event) {
      case SystemdEvent.UnitChanged(var unit) -> {
        if (memory.units().app(unit).isPresent()) {
          inbox.look(Set.of(unit));
        } else if (unit.equals(UnitName.SLICE) || unit.equals(UnitName.TARGET)) {
          inbox.lookAtEverything();
        } else if (SideUnit.isOwn(unit.value())) {
          SideUnit.app(unit)
              .map(memory.units()::of)
              .ifPresentOrElse(it -> inbox.look(Set.of(it)), inbox::lookAtEverything);
        }
      }
      case SystemdEvent.UnitFilesChanged _, SystemdEvent.Reloaded _ -> inbox.lookAtEverything();
      case SystemdEvent.Disconnected _ -> inbox.disconnected();
    }
  }

  /** Looks again at what of a device changes while it runs. */
  void refresh() {
    if (!memory.units().equals(watched)) {
      watched = memory.units();
      files.refresh();
    }
    watchRules();
    DeviceFacts now = Surroundings.with(facts, root);
    if (!now.equals(facts)) {
      facts = now;
      reconciler.changed(now);
    }
  }

  /** Whether programs of the device ask other name servers than they did. */
  boolean hasOtherNameServers() {
    return !Surroundings.nameServers(root).equals(facts.resolvers());
  }

  private void watchRules() {
    if (watchesRules || !RuleWatch.isOfUse(root)) {
      return;
    }
    try {
      opened.add(RuleWatch.start(root, tables -> changed(tables, memory, inbox)));
      watchesRules = true;
    } catch (IOException e) {
      LOG.debug("action=watch nftables {}", e.getMessage());
    }
  }

  private static void changed(Set<String> tables, Memory memory, Inbox inbox) {
    var units = new TreeSet<UnitName>();
    for (String table : tables) {
      SharedRules.app(table)
          .map(UnitName::own)
          .filter(unit -> memory.units().app(unit).isPresent())
          .ifPresent(units::add);
    }
    if (tables.stream().allMatch(table -> SharedRules.app(table).isPresent())
        && !tables.isEmpty()) {
      inbox.look(units);
    } else {
      inbox.lookAtEverything();
    }
  }

  DeviceFacts facts() {
    return facts;
  }

  /** The level of the agent's own service; empty if it runs as none. */
  String exposure() {
    return exposure;
  }

  Reconciler reconciler() {
    return reconciler;
  }

  @Override
  public void close() {
    opened.close();
  }
}
