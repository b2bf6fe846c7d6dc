package dev.sandbar.core.plan;

import dev.sandbar.core.compile.CompiledApp;
import dev.sandbar.core.model.AppSpec;
import dev.sandbar.core.model.AppSpec.EnforcementMode;
import dev.sandbar.core.model.IgnoreRule;
import dev.sandbar.core.plan.ObservedUnit.File;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The differences of one app, apart by the rules of {@code drift.ignore} and by {@code
 * enforcement}. The detector and the corrector both go by it; what is claimed as enforced does not.
 *
 * @param counted those that are reported and corrected
 * @param ignored those that are neither
 */
public record Compared(List<Difference> counted, List<IgnoredDifference> ignored) {

  public Compared {
    counted = List.copyOf(counted);
    ignored = List.copyOf(ignored);
  }

  /**
   * Separates them. A rule covers the property in what the manager has loaded and in what the
   * kernel holds, and drop-ins that set nothing but properties that rules name: {@code systemctl
   * set-property} leaves one.
   *
   * <p>Before a new version is applied, only what such a drop-in causes is ignored: the other
   * differences are what the new version changes, and it is applied as declared.
   *
   * @param all what {@link Differ#app} found
   * @param applied whether this version was applied before, so that the device caused them
   */
  public static Compared of(
      CompiledApp desired, ObservedUnit observed, List<Difference> all, boolean applied) {
    AppSpec spec = desired.spec();
    boolean strict = spec.enforcement() == EnforcementMode.STRICT;
    if (all.isEmpty() || (strict && spec.drift().ignore().isEmpty())) {
      return new Compared(all, List.of());
    }
    return new Rules(spec, observed, applied).apart(desired, all);
  }

  private static final String PERMISSIVE = "enforcement: Permissive";

  private static final class Rules {
    private final Map<String, IgnoreRule> byProperty = new HashMap<>();
    private final Map<String, IgnoreRule> byDropIn = new HashMap<>();
    private final HashSet<String> inDropIns = new HashSet<>();
    private final List<String> loaded;
    private final AppSpec spec;
    private final boolean applied;

    Rules(AppSpec spec, ObservedUnit observed, boolean applied) {
      this.spec = spec;
      this.applied = applied;
      this.loaded = observed.loaded().dropInPaths();
      spec.drift().ignore().forEach(rule -> byProperty.putIfAbsent(rule.property(), rule));
      for (File file : observed.files()) {
        if (!file.settings().isEmpty() && byProperty.keySet().containsAll(file.settings())) {
          file.settings().stream()
              .limit(1)
              .map(byProperty::get)
              .forEach(rule -> byDropIn.put(file.path(), rule));
          inDropIns.addAll(file.settings());
        }
      }
    }

    Compared apart(CompiledApp desired, List<Difference> all) {
      var counted = new ArrayList<Difference>();
      var ignored = new ArrayList<IgnoredDifference>();
      for (Difference each : all) {
        Difference difference = withoutCovered(each);
        boolean own = difference.unit().equals(desired.unit());
        Optional<IgnoreRule> rule =
            own
                ? rule(difference.subject()).or(() -> tolerated(difference.subject()))
                : Optional.empty();
        rule.ifPresentOrElse(
            it -> ignored.add(new IgnoredDifference(difference, it)),
            () -> counted.add(difference));
      }
      return new Compared(counted, ignored);
    }

    /** An app that is permissive goes on where the kernel does not hold what its unit says. */
    private Optional<IgnoreRule> tolerated(Subject subject) {
      return spec.enforcement() == EnforcementMode.PERMISSIVE && subject.isEnforcement()
          ? Optional.of(new IgnoreRule(subject.toString(), PERMISSIVE, spec.at()))
          : Optional.empty();
    }

    /** Of loaded drop-ins only those are a difference that no rule covers, if there are any. */
    private Difference withoutCovered(Difference difference) {
      // Of a service of the device it says that the drop-in of the app is not loaded.
      if (difference.subject() != Subject.Loading.DROP_IN_PATHS || spec.run().adopts()) {
        return difference;
      }
      List<String> left = ManagerLayer.foreignDropIns(loaded);
      left.removeAll(byDropIn.keySet());
      return left.isEmpty()
          ? difference
          : new Difference(
              difference.unit(),
              difference.subject(),
              difference.declared(),
              ManagerLayer.shownDropIns(left));
    }

    private Optional<IgnoreRule> rule(Subject subject) {
      return switch (subject) {
        case Subject.Property(var name) -> ofProperty(name);
        case Subject.Held(var name) -> ofProperty(name);
        case Subject.UnitFile(var path) -> Optional.ofNullable(byDropIn.get(path));
        case Subject.Loading loading -> ofLoading(loading);
        case Subject.ManagerVariable _,
            Subject.ProcessFact _,
            Subject.VisiblePath _,
            Subject.Processes _,
            Subject.Program _,
            Subject.StoredFile _,
            Subject.StoredSecret _,
            Subject.ProgramList _,
            Subject.Image _,
            Subject.Rules _,
            Subject.Firewall _,
            Subject.Sockets _,
            Subject.Proxy _,
            Subject.SideUnit _,
            Subject.Setting _,
            Subject.State _ ->
            Optional.empty();
      };
    }

    private Optional<IgnoreRule> ofProperty(String name) {
      return applied || inDropIns.contains(name)
          ? Optional.ofNullable(byProperty.get(name))
          : Optional.empty();
    }

    private Optional<IgnoreRule> ofLoading(Subject.Loading loading) {
      return switch (loading) {
        case DROP_IN_PATHS -> {
          List<String> foreign = ManagerLayer.foreignDropIns(loaded);
          yield !spec.run().adopts() && byDropIn.keySet().containsAll(foreign)
              ? foreign.stream().limit(1).map(byDropIn::get).findFirst()
              : Optional.empty();
        }
        case GENERATION, LOAD_STATE, FRAGMENT_PATH -> Optional.empty();
      };
    }
  }
}
