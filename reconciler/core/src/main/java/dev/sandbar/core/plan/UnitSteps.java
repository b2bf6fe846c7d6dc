package dev.sandbar.core.plan;

import dev.sandbar.core.compile.BaseUnits;
import dev.sandbar.core.compile.CompiledApp;
import dev.sandbar.core.model.UnitName;
import dev.sandbar.core.plan.Difference.Layer;
import dev.sandbar.core.property.DirectiveInfo;
import dev.sandbar.core.property.DirectiveTable;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * The steps that mend the differences of one unit. A new version and a drifted device are mended by
 * the same steps; only the words differ.
 */
final class UnitSteps {

  private final UnitName unit;
  private final String text;
  private final ObservedUnit observed;
  private final boolean drift;
  private final PlanDraft draft;
  private final List<Difference> left;

  UnitSteps(
      UnitName unit,
      String text,
      ObservedUnit observed,
      boolean drift,
      PlanDraft draft,
      List<Difference> left) {
    this.unit = unit;
    this.text = text;
    this.observed = observed;
    this.drift = drift;
    this.draft = draft;
    this.left = left;
  }

  /**
   * @param all differences of the unit itself
   */
  void mend(List<Difference> all) {
    List<Difference> manager = at(all, Layer.MANAGER);
    boolean files = mendFiles(at(all, Layer.FILE), manager);
    if (files || !manager.isEmpty()) {
      draft.add(new Plan.Reload(unit.value()));
    }
    for (Difference d : at(all, Layer.STATE)) {
      if (d.subject().equals("UnitFileState")) {
        draft.add(new Plan.Enable(unit, Reasons.of(List.of(d), drift)));
        draft.add(new Plan.Reload(unit.value()));
      }
    }
    run(all);
  }

  private boolean mendFiles(List<Difference> files, List<Difference> manager) {
    boolean any = false;
    for (Difference d : files) {
      if (d.subject().equals(UnitFiles.own(unit))) {
        draft.add(new Plan.Write(unit, text, whyWritten(d, properties(manager))));
        any = true;
      } else if (UnitFiles.isRemovable(unit, d.subject())) {
        draft.add(new Plan.Remove(unit, d.subject(), d.observed()));
        any = true;
      } else {
        left.add(d);
      }
    }
    return any;
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
    if (!StateLayer.isUp(observed.loaded()) && observed.processes().isEmpty()) {
      List<Difference> state =
          at(all, Layer.STATE).stream().filter(d -> d.subject().equals("ActiveState")).toList();
      draft.add(new Plan.Start(unit, Reasons.of(state, drift)));
      return;
    }
    if (unit.value().endsWith(".target")) {
      return;
    }
    List<Difference> hard = all.stream().filter(UnitSteps::needsRestart).toList();
    if (!hard.isEmpty()) {
      draft.add(new Plan.Restart(unit, Reasons.of(hard, drift)));
      return;
    }
    List<Difference> soft = all.stream().filter(UnitSteps::isLive).toList();
    liveSet(soft, names(soft));
  }

  /** systemd 257 does not apply the limits of a slice that runs when it reads the file anew. */
  private void slice(List<Difference> inherited, List<Difference> files) {
    SortedSet<String> names = names(inherited);
    var why = new ArrayList<>(inherited);
    if (StateLayer.isUp(observed.loaded())) {
      for (Difference file : files) {
        if (file.subject().equals(UnitFiles.own(unit))) {
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

  /** Directives to set anew for differences that need no restart. */
  private static SortedSet<String> names(List<Difference> soft) {
    var names = new TreeSet<String>();
    for (Difference d : soft) {
      if (d.layer() == Layer.PROCESS) {
        names.addAll(directivesOf(d.subject().substring(ProcessLayer.PROGRAM.length())));
      } else if (live(d.subject())) {
        names.add(d.subject());
      }
    }
    return names;
  }

  /** The directives whose setting makes systemd attach the program again. */
  private static List<String> directivesOf(String program) {
    return switch (program) {
      case "INGRESS", "EGRESS" -> List.of("IPAddressAllow", "IPAddressDeny");
      case "DEVICE" -> List.of("DeviceAllow", "DevicePolicy");
      default -> List.of("SocketBindAllow", "SocketBindDeny");
    };
  }

  private static boolean isLive(Difference d) {
    return switch (d.layer()) {
      case MANAGER -> live(d.subject());
      case PROCESS -> d.subject().startsWith(ProcessLayer.PROGRAM);
      case FILE, IMAGE, STATE -> false;
    };
  }

  private static boolean needsRestart(Difference d) {
    return switch (d.layer()) {
      case MANAGER -> !live(d.subject()) && !d.subject().equals("DropInPaths");
      case PROCESS -> !d.subject().startsWith(ProcessLayer.PROGRAM);
      // The running process still has the content open that is no longer the declared one.
      case IMAGE -> true;
      case FILE, STATE -> false;
    };
  }

  private static boolean live(String directive) {
    return DirectiveTable.find(directive).map(DirectiveInfo::liveSettable).orElse(false);
  }

  /** Differences that are directives, without the generation and where it was loaded from. */
  private static List<Difference> properties(List<Difference> manager) {
    var found = new ArrayList<Difference>();
    for (Difference d : manager) {
      if (DirectiveTable.find(d.subject()).isPresent()
          && !d.subject().equals(CompiledApp.GENERATION_VARIABLE)) {
        found.add(d);
      }
    }
    return found;
  }

  private static List<Difference> at(List<Difference> all, Layer layer) {
    return all.stream().filter(d -> d.layer() == layer).toList();
  }
}
