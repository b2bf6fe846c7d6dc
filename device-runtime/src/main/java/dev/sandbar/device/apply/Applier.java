package dev.sandbar.device.apply;

import dev.sandbar.core.compile.SideUnit;
import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.UnitName;
import dev.sandbar.core.plan.Plan;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.BiPredicate;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Executes a plan.
 *
 * <pre>
 * verify the text of every file to be written; a unit with a fault gets none of its steps
 * for each step in the order of the plan
 *   do it; neighbouring jobs are enqueued together, so that systemd runs them in parallel
 *   after the reload: every written unit must read back as compiled, before anything is started
 *   after the jobs:   the kernel must show what the unit says
 * take back every app that failed anywhere: former text or none, one reload, former version started;
 *   one that is being removed stays as far removed as it is, and the units that all apps stand on are
 *   never stopped
 * </pre>
 *
 * <p>Nothing waits for a job, a copy or a removal that takes long: it is left open, its unit gets
 * none of the later steps, and {@link #conclude} goes on with it when it has ended.
 *
 * <p>One unit's fault never stops another's steps. A crash at any point leaves files that are
 * whole, and the next round of the loop finds out what is missing by looking.
 */
public final class Applier implements AutoCloseable {
  private final Machine machine;
  private final UnitFileWriter unitFiles;
  private final OpenJobs jobs;
  private final LongSteps slow;
  private final FileSwap swap;
  private final SliceFilter sliceFilter;
  private final NetworkRulesFile networkRules;
  private final BusPolicyFiles busPolicies;
  private final SideUnitFiles sideUnits;
  private final KernelSettingsKeeper kernelSettings;

  /**
   * Works on this machine.
   *
   * @param ended called on another thread with each unit of which something has ended that {@link
   *     #apply} may have left open: the time for {@link #conclude}
   */
  public Applier(Machine machine, Consumer<UnitName> ended) {
    this.machine = machine;
    this.unitFiles = new UnitFileWriter(machine);
    this.jobs = new OpenJobs(machine.systemd(), ended, System::nanoTime);
    this.swap = new FileSwap(machine, jobs);
    this.sliceFilter = new SliceFilter(machine);
    this.networkRules = new NetworkRulesFile(machine);
    this.busPolicies = new BusPolicyFiles(machine);
    this.sideUnits = new SideUnitFiles(machine);
    this.kernelSettings = new KernelSettingsKeeper(machine);
    this.slow = new LongSteps(machine, unitFiles, ended);
  }

  /**
   * Does it. What takes long is left open, so that no app has to wait for another one.
   *
   * @param inspector compares units with what the plan wants
   * @param former what to go back to
   * @return what became of every unit that the plan names
   */
  public SortedMap<UnitName, Outcome> apply(Plan plan, Inspector inspector, Former former) {
    PlanRun run = run(inspector, former);
    run.execute(plan);
    return finished(run, plan, former);
  }

  /**
   * Takes in what was left open and has ended since.
   *
   * @param inspector compares units with what the plan wanted that left them open
   * @return what became of units that were to be started; one that was stopped can be planned for
   *     again
   */
  public SortedMap<UnitName, Outcome> conclude(Inspector inspector, Former former) {
    PlanRun run = run(inspector, former);
    run.conclude();
    return finished(run, Plan.EMPTY, former);
  }

  private PlanRun run(Inspector inspector, Former former) {
    return new PlanRun(machine, unitFiles, jobs, slow, swap, sliceFilter, inspector, former);
  }

  private SortedMap<UnitName, Outcome> finished(PlanRun run, Plan plan, Former former) {
    Map<UnitName, TakeBack.Reached> touched = run.tally().touched();
    if (!touched.isEmpty()) {
      new TakeBack(machine, unitFiles, jobs).run(touched, run.tally().former(unitFiles::holds));
    }
    return run.outcomes(plan);
  }

  /**
   * Takes back apps that were started and did not stay up.
   *
   * @param why by unit
   */
  public SortedMap<UnitName, Outcome> takeBack(SortedMap<UnitName, String> why, Former former) {
    var outcomes = new TreeMap<UnitName, Outcome>();
    var touched = new TreeMap<UnitName, TakeBack.Reached>();
    why.forEach(
        (unit, message) -> {
          touched.put(unit, TakeBack.Reached.PROCESS);
          outcomes.put(unit, new Outcome.TakenBack("start", message, true));
        });
    new TakeBack(machine, unitFiles, jobs).run(touched, former.texts());
    return outcomes;
  }

  /** The steps of a plan that touch these units, and those that concern all. */
  public static Plan only(Plan plan, Set<UnitName> units) {
    return new Plan(
        plan.steps().stream()
            .filter(step -> UnitOf.step(step).map(units::contains).orElse(true))
            .toList());
  }

  /** The units that a plan touches. */
  public static SortedSet<UnitName> units(Plan plan) {
    var units = new TreeSet<UnitName>();
    plan.steps().forEach(step -> UnitOf.step(step).ifPresent(units::add));
    return units;
  }

  /** Units of which something is still open: no plan may touch them until it has ended. */
  public SortedSet<UnitName> underway() {
    var units = new TreeSet<>(jobs.units());
    units.addAll(slow.units());
    return units;
  }

  /**
   * Ends fetches of images that nobody needs any more.
   *
   * @param needed whether the app of a unit still needs an image
   * @return whether any unit is free again
   */
  public boolean cancelFetches(BiPredicate<UnitName, Plan.StoreImage> needed) {
    return slow.cancel(needed);
  }

  /** The same units, with what is being done to each, for people. */
  public SortedMap<UnitName, String> doing() {
    var doing = new TreeMap<UnitName, String>();
    for (UnitName unit : underway()) {
      doing.put(unit, jobs.contains(unit) ? "waiting for systemd" : slow.doing(unit));
    }
    return doing;
  }

  /** When {@link #conclude} has something to do though nothing ends. */
  public Duration untilOverdue() {
    Duration left = slow.untilOverdue();
    Duration least = jobs.untilOverdue();
    return left.compareTo(least) < 0 ? left : least;
  }

  /** Has the kernel hold what holds for all apps together, should somebody have ended it. */
  public void holdSliceFilter() {
    sliceFilter.hold();
  }

  /**
   * Keeps what apps need beside their units, before they start and while they run. Of settings of
   * the kernel it remembers what they were, and has those set back that no app needs.
   *
   * @param all whether these are all, so that others go, but for units
   */
  public void keep(Needs needs, boolean all) {
    if (all || needs.networks()) {
      networkRules.keep(needs.networks());
    }
    busPolicies.keep(needs.busPolicies(), all);
    sideUnits.keep(needs.sideUnits());
    kernelSettings.keep(needs.tunings(), all);
  }

  /**
   * Removes units beside apps that no app needs; {@link #keep} only adds some, for until a plan is
   * done the version before may be needed again.
   *
   * @param unknown apps of which it is not known what they need, or of which something goes on
   * @return whether systemd has read its files anew
   */
  public boolean removeSpare(Needs needs, Set<AppName> unknown) {
    return sideUnits.removeOthers(
        needs.sideUnits(),
        unit -> SideUnit.app(unit).map(app -> !unknown.contains(app)).orElse(unknown.isEmpty()));
  }

  /**
   * Removes units beside an app, where nobody knows what other apps need.
   *
   * @param wanted what it needs; none if it has gone
   */
  public void forget(AppName app, List<SideUnit> wanted) {
    sideUnits.forget(app, wanted);
  }

  /**
   * What a look finds once systemd has put back filters on ports that it lost.
   *
   * @param lacking the units of which a look finds any missing
   */
  public <T> T withFilters(T first, Function<T, Set<UnitName>> lacking, Supplier<T> look) {
    return new FilterRefresh(machine.systemd()).restored(first, lacking, look);
  }

  @Override
  public void close() {
    jobs.close();
    slow.close();
  }
}
