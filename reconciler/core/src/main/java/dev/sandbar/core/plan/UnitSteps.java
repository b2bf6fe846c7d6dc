package dev.sandbar.core.plan;

import dev.sandbar.core.compile.BaseUnits;
import dev.sandbar.core.compile.BusProxy;
import dev.sandbar.core.compile.KernelExpectation.CgroupProgram;
import dev.sandbar.core.model.AppFile;
import dev.sandbar.core.model.UnitName;
import dev.sandbar.core.plan.Difference.Layer;
import dev.sandbar.core.plan.Subject.Setting.Kind;
import dev.sandbar.core.property.DirectiveInfo;
import dev.sandbar.core.property.DirectiveTable;
import dev.sandbar.core.property.Raw;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * The steps that correct the differences of one unit. A new version and a drifted device are
 * corrected by the same steps; only the words differ.
 */
final class UnitSteps {

  /** What systemd runs to stop a service, and after that. */
  private static final Set<String> STOPS = Set.of("ExecStop", "ExecStopPost");

  private final UnitName unit;
  private final String text;
  private final ObservedUnit observed;
  private final HiddenPaths hidden;
  private final Starter starter;
  private final List<AppFile> reloaded;
  private final boolean drift;
  private final PlanDraft draft;
  private final List<Difference> left;

  UnitSteps(
      UnitName unit,
      String text,
      ObservedUnit observed,
      HiddenPaths hidden,
      Starter starter,
      List<AppFile> reloaded,
      boolean drift,
      PlanDraft draft,
      List<Difference> left) {
    this.unit = unit;
    this.text = text;
    this.observed = observed;
    this.hidden = hidden;
    this.starter = starter;
    this.reloaded = reloaded;
    this.drift = drift;
    this.draft = draft;
    this.left = left;
  }

  /**
   * @param all differences of the unit itself
   */
  void correct(List<Difference> all) {
    List<Difference> manager = new ArrayList<>(at(all, Layer.MANAGER));
    manager.removeIf(this::outlastsReload);
    boolean files = correctFiles(at(all, Layer.FILE), manager);
    if (files || !manager.isEmpty()) {
      draft.add(new Plan.Reload(unit.value()));
    }
    for (Difference d : at(all, Layer.STATE)) {
      if (d.subject() == Subject.State.ENABLED) {
        if (starter.isTimer() && TimerLayer.isEnabled(observed)) {
          draft.add(new Plan.Disable(unit, Reasons.of(List.of(d), drift)));
        }
        draft.add(new Plan.Enable(unit, Reasons.of(List.of(d), drift)));
        draft.add(new Plan.Reload(unit.value()));
      }
    }
    if (files
        && starter.hardware()
        && all.stream().noneMatch(d -> d.subject() == Subject.State.ENABLED)) {
      // What starts it when its hardware comes is a link of its own.
      draft.add(new Plan.Enable(unit, Starter.BECAUSE));
      draft.add(new Plan.Reload(unit.value()));
    }
    starter.timers(unit, all, drift, draft);
    if (starter.staysDown()) {
      storeReloaded(all);
    } else {
      run(all);
    }
  }

  /** Of an app that does not run, or is started anew. */
  private void storeReloaded(List<Difference> all) {
    reloaded.forEach(
        file ->
            draft.add(
                new Plan.StoreFile(unit, file, Reasons.of(StoredFiles.why(file, all), drift))));
  }

  private void swapReloaded(List<Difference> all) {
    if (!reloaded.isEmpty()) {
      List<Difference> why =
          reloaded.stream().flatMap(file -> StoredFiles.why(file, all).stream()).toList();
      draft.add(new Plan.SwapFiles(unit, reloaded, Reasons.of(why, drift)));
    }
  }

  private boolean correctFiles(List<Difference> files, List<Difference> manager) {
    boolean any = false;
    for (Difference d : files) {
      if (d.subject() instanceof Subject.StoredFile
          || d.subject() instanceof Subject.StoredSecret) {
        continue; // A step of its own; what runs still has what was there open.
      }
      if (!(d.subject() instanceof Subject.UnitFile(String path))) {
        left.add(d);
      } else if (path.equals(UnitFiles.own(unit))) {
        draft.add(new Plan.Write(unit, text, whyWritten(d, properties(manager))));
        any = true;
      } else if (isRemovable(path)) {
        draft.add(new Plan.Remove(unit, path, d.observed()));
        any = true;
      } else {
        left.add(d);
      }
    }
    return any;
  }

  /** What is loaded from files that stay, and what every service of the device has. */
  private boolean outlastsReload(Difference d) {
    return d.subject() instanceof Subject.ManagerVariable
        || (d.subject() == Subject.Loading.DROP_IN_PATHS
            && ManagerLayer.foreignDropIns(observed.loaded().dropInPaths()).stream()
                .allMatch(path -> isThere(path) && !isRemovable(path)));
  }

  private boolean isThere(String path) {
    return observed.files().stream().anyMatch(file -> file.path().equals(path));
  }

  private boolean isRemovable(String path) {
    return observed.files().stream()
        .anyMatch(file -> file.path().equals(path) && UnitFiles.isRemovable(unit, file));
  }

  private String whyWritten(Difference file, List<Difference> properties) {
    if (drift || properties.isEmpty()) {
      return file.observed().equals(FileLayer.MISSING) && !drift
          ? "new"
          : Reasons.of(List.of(file), drift);
    }
    return Reasons.of(properties, false);
  }

  private void run(List<Difference> all) {
    if (unit.value().endsWith(".slice")) {
      slice(properties(at(all, Layer.MANAGER)), at(all, Layer.FILE));
      return;
    }
    boolean down = !StateLayer.isUp(observed.loaded()) && observed.processes().isEmpty();
    if (UnitFiles.isAdopted(unit)) {
      if (!down || (StateLayer.hasFailed(observed.loaded()) && !drift)) {
        restartConfined(all);
      }
      return;
    }
    if (down) {
      List<Difference> state =
          all.stream().filter(d -> d.subject() == Subject.State.ACTIVE).toList();
      storeReloaded(all);
      draft.add(new Plan.Start(unit, Reasons.of(state, drift)));
      return;
    }
    if (unit.value().endsWith(".target")) {
      return;
    }
    List<Difference> hard = all.stream().filter(this::needsRestart).toList();
    if (!hard.isEmpty()) {
      List<Difference> frozen =
          hard.stream().filter(d -> d.subject() == Subject.Processes.FROZEN).toList();
      if (!frozen.isEmpty()) {
        draft.add(new Plan.Thaw(unit, Reasons.of(frozen, drift)));
      }
      storeReloaded(all);
      endProxies(hard);
      List<Difference> stop = drift || !frozen.isEmpty() ? List.of() : stopsOtherwise(hard);
      if (stop.isEmpty()) {
        draft.add(new Plan.Restart(unit, Reasons.of(hard, drift)));
      } else {
        draft.add(new Plan.Stop(unit, Reasons.of(stop, drift)));
        draft.add(new Plan.Start(unit, Reasons.of(hard, drift)));
      }
      return;
    }
    List<Difference> soft = all.stream().filter(UnitSteps::isLive).toList();
    liveSet(soft, names(soft));
    load(all);
    hide(all.stream().filter(UnitSteps::hides).toList());
    swapReloaded(all);
  }

  /**
   * systemd ends a process by the commands of the unit that is loaded then. Where those of the new
   * version are others, the one before stops while its own are loaded: nobody else undoes what it
   * has set up, and what the new one would undo may be somebody else's.
   */
  private static List<Difference> stopsOtherwise(List<Difference> all) {
    return all.stream()
        .filter(d -> d.subject() instanceof Subject.Property(var name) && STOPS.contains(name))
        .toList();
  }

  /** One that is not as declared does not become so by a restart of the app. */
  private void endProxies(List<Difference> hard) {
    var ended = new TreeSet<UnitName>();
    for (Difference d : hard) {
      if (d.subject() instanceof Subject.SideUnit(var socket, _, var fix)
          && fix == Fix.RESTART
          && isRequired(socket)
          && ended.add(socket)) {
        draft.add(new Plan.EndProxy(unit, socket, Reasons.of(List.of(d), drift)));
      }
      if (d.subject() instanceof Subject.Setting(var kind, _, var mount)
          && kind == Kind.MOUNT
          && isNamed("BindsTo", mount)
          && ended.add(mount)) {
        draft.add(new Plan.EndProxy(unit, mount, Reasons.of(List.of(d), drift)));
      }
      if (d.subject() instanceof Subject.Proxy(var proxy, _)
          && isRequired(proxy)
          && ended.add(proxy)) {
        draft.add(new Plan.EndProxy(unit, proxy, Reasons.of(List.of(d), drift)));
      }
    }
  }

  /**
   * Whether the app has it already. Another one starts with the app that comes to require it, and
   * the one that no app requires any more ends by itself.
   */
  private boolean isRequired(UnitName proxy) {
    return isNamed("Requires", proxy);
  }

  private boolean isNamed(String property, UnitName beside) {
    return !(observed.properties().get(property) instanceof Raw.Array(var units))
        || units.contains(new Raw.Str(beside.value()));
  }

  /**
   * systemd keeps what it is to set in a running unit in a drop-in of its own, where the owner of
   * the service may have one: so the service is started anew. One that somebody stopped stays down;
   * one that failed may have failed by the walls that are changed now.
   */
  private void restartConfined(List<Difference> all) {
    List<Difference> why =
        all.stream().filter(it -> needsRestart(it) || isLive(it) || hides(it)).toList();
    if (!why.isEmpty()) {
      draft.add(new Plan.Restart(unit, Reasons.of(why, drift)));
    }
  }

  private void hide(List<Difference> why) {
    if (!why.isEmpty() && !hidden.missing().isEmpty()) {
      draft.add(new Plan.Hide(unit, List.copyOf(hidden.missing()), Reasons.of(why, drift)));
    }
  }

  /** Of an app that is restarted its own start does it. */
  private void load(List<Difference> all) {
    var loaders = new TreeSet<UnitName>();
    for (Difference d : all) {
      if (d.subject() instanceof Subject.Rules(_, var loader)) {
        draft.add(new Plan.LoadRules(unit, loader, Reasons.of(List.of(d), drift)));
      }
      if (d.subject() instanceof Subject.Setting(var kind, _, var loader)
          && kind != Kind.MOUNT
          && kind != Kind.MOUNT_UNIT
          && loaders.add(loader)) {
        draft.add(new Plan.SetKernel(unit, loader, Reasons.of(List.of(d), drift)));
      }
    }
  }

  private static boolean hides(Difference d) {
    return d.subject() instanceof Subject.VisiblePath
        || d.subject().equals(new Subject.Property(HiddenPaths.DIRECTIVE));
  }

  /** systemd 257 does not apply the limits of a running slice when it reloads the file. */
  private void slice(List<Difference> inherited, List<Difference> files) {
    SortedSet<String> names = names(inherited);
    var why = new ArrayList<>(inherited);
    if (StateLayer.isUp(observed.loaded())) {
      for (Difference file : files) {
        if (file.subject().equals(new Subject.UnitFile(UnitFiles.own(unit)))) {
          names.addAll(BaseUnits.limits());
          why.add(file);
        }
      }
    }
    liveSet(why, names);
  }

  private void liveSet(List<Difference> why, SortedSet<String> names) {
    if (!names.isEmpty()) {
      draft.add(new Plan.LiveSet(unit, List.copyOf(names), Reasons.of(why, drift)));
    }
  }

  /** Directives to set again for differences that need no restart. */
  private static SortedSet<String> names(List<Difference> soft) {
    var names = new TreeSet<String>();
    for (Difference d : soft) {
      switch (d.subject()) {
        case Subject.Program(var program) -> names.addAll(directivesOf(program));
        case Subject.Property(var name) when live(name) -> names.add(name);
        case Subject.Held(var name) when live(name) -> names.add(name);
        case Subject.Property _,
            Subject.Held _,
            Subject.UnitFile _,
            Subject.StoredFile _,
            Subject.StoredSecret _,
            Subject.Loading _,
            Subject.ManagerVariable _,
            Subject.ProcessFact _,
            Subject.VisiblePath _,
            Subject.Processes _,
            Subject.ProgramList _,
            Subject.Image _,
            Subject.Rules _,
            Subject.Firewall _,
            Subject.Sockets _,
            Subject.Proxy _,
            Subject.SideUnit _,
            Subject.Setting _,
            Subject.State _ -> {}
      }
    }
    return names;
  }

  /** The directives whose setting makes systemd attach the program again. */
  private static SortedSet<String> directivesOf(CgroupProgram program) {
    return DirectiveTable.shownBy(program.evidence());
  }

  private static boolean isLive(Difference d) {
    return switch (d.subject()) {
      case Subject.Property(var name) -> live(name);
      case Subject.Held(var name) -> live(name);
      case Subject.Program _ -> true;
      case Subject.UnitFile _,
          Subject.StoredFile _,
          Subject.StoredSecret _,
          Subject.Loading _,
          Subject.ManagerVariable _,
          Subject.ProcessFact _,
          Subject.VisiblePath _,
          Subject.Processes _,
          Subject.ProgramList _,
          Subject.Image _,
          Subject.Rules _,
          Subject.Firewall _,
          Subject.Sockets _,
          Subject.Proxy _,
          Subject.SideUnit _,
          Subject.Setting _,
          Subject.State _ ->
          false;
    };
  }

  private boolean needsRestart(Difference d) {
    return switch (d.subject()) {
      case Subject.Property(var name) when name.equals(HiddenPaths.DIRECTIVE) ->
          !hidden.nothingToShow();
      case Subject.Property(var name) -> !live(name);
      case Subject.Held(var name) -> !live(name);
      case Subject.Loading loading -> loading != Subject.Loading.DROP_IN_PATHS;
      // The running process still has the content open that is no longer the declared one.
      case Subject.ProcessFact _, Subject.Image _ -> true;
      // One that is not up cannot be reloaded; of one that is being reloaded systemd does it once
      // more.
      // A filter that runs has its arguments, which are compared themselves.
      case Subject.StoredFile stored when stored.isOfFilter() -> false;
      case Subject.StoredFile(_, var reloads) ->
          !reloads
              || !List.of("active", "reloading", "refreshing")
                  .contains(observed.loaded().activeState());
      // Its start makes them, and mounts what is there then.
      case Subject.Sockets _, Subject.Firewall _ -> true;
      case Subject.SideUnit(_, _, var fix) -> fix == Fix.RESTART;
      // What changes the unit of the filter is of the package, or of the owner: it stays. What the
      // bus must know it is configured without that.
      case Subject.Proxy(_, var part) ->
          part != BusProxy.Part.FILES && part != BusProxy.Part.POLICY;
      // systemd would attach a new program beside the one that is there, which can still refuse.
      case Subject.ProgramList _ -> true;
      // A restart would not end it: it is not in the unit's cgroup.
      case Subject.Processes _ -> !d.isBeyondTheUnit();
      case Subject.State state -> state == Subject.State.LINKED;
      case Subject.Setting(var kind, _, _) -> kind == Kind.MOUNT;
      // The running process has a copy of its own, of what is in the spec.
      case Subject.StoredSecret _ -> false;
      case Subject.Program _,
          Subject.Rules _,
          Subject.ManagerVariable _,
          Subject.VisiblePath _,
          Subject.UnitFile _ ->
          false;
    };
  }

  private static boolean live(String directive) {
    return DirectiveTable.find(directive).map(DirectiveInfo::liveSettable).orElse(false);
  }

  /** Differences that are directives, without the generation and where it was loaded from. */
  private static List<Difference> properties(List<Difference> manager) {
    return manager.stream().filter(d -> d.subject() instanceof Subject.Property).toList();
  }

  private static List<Difference> at(List<Difference> all, Layer layer) {
    return all.stream().filter(d -> d.layer() == layer).toList();
  }
}
