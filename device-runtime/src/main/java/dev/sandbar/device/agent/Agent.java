package dev.sandbar.device.agent;

import dev.sandbar.core.compile.DeviceFacts;
import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.DeviceSettings;
import dev.sandbar.core.model.Node;
import dev.sandbar.core.model.UnitName;
import dev.sandbar.device.agent.Inbox.Wake;
import dev.sandbar.device.apply.Outcome;
import dev.sandbar.device.kernel.ServiceManager;
import dev.sandbar.device.report.AgentMetrics;
import dev.sandbar.device.store.DurableFiles;
import dev.sandbar.device.store.LockFile;
import dev.sandbar.device.store.SecretKeyFile;
import dev.sandbar.device.store.StateStore;
import dev.sandbar.device.systemd.CredentialEncryption;
import dev.sandbar.device.systemd.SystemdException;
import dev.sandbar.source.git.RevisionSource;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The loop of one device: source, compile, plan, apply, observe, report.
 *
 * <pre>
 * connect to systemd; find out what the device can enforce; look at everything
 * forever
 *   wait for: a new revision, a changed file, a signal of systemd, a time that is due
 *   run a round over what may have changed; fold it into drifts, conditions, alerts; write the status
 * a lost connection: start over; what was learned is kept
 * </pre>
 */
public final class Agent implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Agent.class);
  private static final Duration RECONNECT = Duration.ofSeconds(2);

  private final AgentOptions options;
  private final Clock clock = Clock.systemUTC();
  private final LoopTime time = new LoopTime(clock, System::nanoTime);
  private final Inbox inbox = new Inbox();
  private final StateStore store;
  private final Memory memory;
  private final Outlets outlets;
  private final RoundReporter reporter;
  private final Schedule schedule;
  private final Upstream upstream;
  private final QuickChecks quick;
  private final WatchdogNotifier heartbeat = new WatchdogNotifier(ServiceManager.ofProcess());
  private Declared declared = Declared.NOTHING;

  private final LocalRequests requests;

  /** Apps of which something is under way. */
  private final Set<AppName> busy = new TreeSet<>();

  /** Whether the source is asked. */
  private boolean followed;

  /** What the device lacks, as far as it was logged: once is enough. */
  private final Set<String> warned = new HashSet<>();

  private volatile boolean ready;

  private enum State {
    NEW,
    RUNNING,
    ENDED
  }

  private final AtomicReference<State> running = new AtomicReference<>(State.NEW);

  private Agent(AgentOptions options, Function<Upstream.Setting, Upstream> source, Outlets outlets)
      throws IOException {
    this.options = options;
    this.store = new StateStore(options.root());
    this.memory = new Memory(store);
    memory.limitWaits(time.now(), options.settle(), options.backoff());
    this.outlets = outlets;
    outlets.asked(inbox::described);
    this.quick = new QuickChecks(memory, inbox, new AgentFiles(options.root()));
    this.requests = new LocalRequests(options.root(), memory, inbox);
    this.reporter = new RoundReporter(memory, outlets.signals(), options.backoff());
    DeviceSettings settings = options.settings();
    this.schedule = new Schedule(time, memory, reporter, settings.sweep(), settings.quickCheck());
    this.upstream =
        source.apply(
            new Upstream.Setting(
                store,
                clock,
                outlets.metrics(),
                inbox::sourceChanged,
                inbox::described,
                inbox::stop));
  }

  /**
   * Prepares an agent and starts to follow the source; {@link #run} does the rest.
   *
   * @param source where the apps are declared
   * @throws IOException if another agent runs on the device, the metrics port is taken, or the
   *     records cannot be read now
   */
  public static Agent create(AgentOptions options, RevisionSource source) throws IOException {
    DeviceSettings.Git git = options.settings().git();
    return opened(options, setting -> new GitUpstream(source, git, setting));
  }

  /**
   * Prepares an agent of a device that belongs to a fleet; {@link #run} does the rest.
   *
   * @throws IOException if another agent runs on the device, the metrics port is taken, or the
   *     records cannot be read now
   */
  public static Agent create(AgentOptions options, FleetLink fleet) throws IOException {
    var key =
        new SecretKeyFile(
            options.root(), new DurableFiles(), new CredentialEncryption(options.root()));
    return opened(
        options, setting -> new FleetUpstream(fleet, setting, QueryReplies.of(options), key));
  }

  /**
   * Keeps agents from the device until it is closed.
   *
   * @param root of the device's file system
   * @return empty if an agent runs there
   */
  public static Optional<LockFile> lock(Path root) throws IOException {
    return LockFile.tryTake(root, Outlets.LOCK);
  }

  private static Agent opened(AgentOptions options, Function<Upstream.Setting, Upstream> source)
      throws IOException {
    Outlets outlets = Outlets.open(options);
    try {
      return new Agent(options, source, outlets);
    } catch (IOException | RuntimeException e) {
      outlets.close();
      throw e;
    }
  }

  /** Runs once, until {@link #close}, whatever the source, the network and systemd do. */
  public void run() throws InterruptedException {
    if (!running.compareAndSet(State.NEW, State.RUNNING)) {
      return;
    }
    try {
      heartbeat.begin();
      connectAndFollow();
    } finally {
      running.set(State.ENDED);
      outlets.close();
    }
  }

  private void connectAndFollow() throws InterruptedException {
    LOG.info("action=start settings={}", DeviceSettings.PATH);
    while (!stopped()) {
      heartbeat.beat();
      try (Session session = Session.open(options, store, memory, inbox, outlets.broker())) {
        LOG.info(
            "action=connected systemd={} kernel={} features={}",
            session.facts().systemdVersion(),
            session.facts().kernel(),
            session.facts().features());
        if (follow(session)) {
          return;
        }
      } catch (SystemdException e) {
        LOG.error("action=connect {}", Failures.explain(e));
      } catch (IOException e) {
        LOG.error("action=watch {}", e.getMessage());
      } catch (RuntimeException e) {
        LOG.error("action=connect {}", Failures.defect(e));
      }
      ready = false;
    }
  }

  private boolean stopped() throws InterruptedException {
    return ready ? inbox.awaitStop(RECONNECT) : inbox.awaitStop(Duration.ZERO) || pause();
  }

  /** The first try is immediate; later ones wait. */
  private boolean tried;

  private boolean pause() throws InterruptedException {
    boolean again = tried;
    tried = true;
    return again && inbox.awaitStop(RECONNECT);
  }

  /** Rounds until the connection is lost (false) or the agent shall end (true). */
  private boolean follow(Session session) throws InterruptedException {
    // A source that is never read, or ends the agent, keeps no policy from what runs.
    survives("policy", () -> enforcePolicy(session));
    if (!followed) {
      followed = true;
      upstream.begin();
    }
    boolean good = survives("declare", () -> takeSnapshot(session));
    schedule.follow();
    good &= survives("round", () -> round(session, new TreeSet<>(), schedule.begin()));
    requests.connected();
    requests.take(upstream::poll, time.now());
    outlets.signals().resume(memory.revisions());
    ready = true;
    outlets.ready(true);
    schedule.swept(good);
    while (true) {
      heartbeat.beat();
      Wake wake =
          inbox.await(
              Collections.min(
                  List.of(
                      schedule.untilNext(),
                      session.reconciler().untilOverdue(),
                      heartbeat.untilNext())));
      if (wake.stop()) {
        return true;
      }
      if (wake.disconnected()) {
        LOG.warn("action=disconnected systemd or the bus went away");
        return false;
      }
      schedule.follow();
      boolean sweep = schedule.isSweepDue() || !wake.polled().isEmpty();
      if (!sweep && schedule.isQuickDue() && !survives("check", () -> quickCheck(session))) {
        schedule.hurry();
      }
      if (sweep || wake.requested()) {
        requests.take(upstream::poll, time.now());
      }
      good = true;
      if (wake.sourceChanged() || sweep) {
        good = survives("declare", () -> takeSnapshot(session));
      }
      if (wake.everything() || wake.sourceChanged() || sweep) {
        good &= survives("round", () -> round(session, new TreeSet<>(), schedule.begin()));
        schedule.swept(good);
        requests.checked(wake.polled());
      } else {
        if (wake.described()) {
          writeStatus(session);
        }
        SortedSet<UnitName> units = new TreeSet<>(wake.units());
        units.addAll(schedule.due());
        units.addAll(session.reconciler().overdue());
        if (!units.isEmpty() && !survives("round", () -> round(session, units, schedule.begin()))) {
          schedule.hurry();
        }
      }
      answer(session);
    }
  }

  private void answer(Session session) {
    List<String> handled = requests.handled(upstream.isPending(), busy);
    if (!handled.isEmpty()) {
      writeStatus(session);
      requests.answered(handled);
    }
  }

  private void enforcePolicy(Session session) {
    SortedSet<UnitName> denied = session.reconciler().denied(time.now());
    if (!denied.isEmpty()) {
      LOG.warn("action=policy denied={}", denied);
      round(session, denied, schedule.begin());
    }
  }

  private void quickCheck(Session session) {
    schedule.checked();
    requests.take(upstream::poll, time.now());
    DeviceFacts facts = session.facts();
    Declared before = declared;
    boolean settled = reporter.isSettled() && !session.reconciler().waitForHardware();
    boolean surroundings = quick.isTimeForSurroundings(settled);
    if (surroundings || session.hasOtherNameServers()) {
      takeSnapshot(session);
    }
    if (declared != before || !facts.equals(session.facts())) {
      inbox.lookAtEverything();
      return;
    }
    switch (quick.check(session, declared, surroundings, settled)) {
      case HOLDS -> outlets.writtenStillHolds(Stamp.of(time.now()));
      case DESCRIBE -> writeStatus(session);
      case LOOK -> LOG.debug("action=quick-check outcome=changed");
    }
  }

  /**
   * Does it, whatever it meets: an agent that ends would be started again into the same fault, and
   * nobody would look after the apps. False if it failed.
   */
  private boolean survives(String action, Runnable step) {
    try {
      step.run();
      return true;
    } catch (SystemdException e) {
      throw e;
    } catch (RuntimeException e) {
      LOG.error("action={} {}", action, Failures.defect(e));
      return false;
    }
  }

  private void takeSnapshot(Session session) {
    session.refresh();
    Optional<Declared> news = upstream.take(session.facts());
    if (news.isEmpty()) {
      return;
    }
    declared = news.get();
    declared
        .problems()
        .forEach(
            problem -> {
              if (!problem.isOfDevice() || warned.add(problem.message())) {
                LOG.warn("revision={} {}", declared.revision(), problem);
              }
            });
    LOG.info(
        "revision={} action=declared apps={} refused={} complete={}",
        declared.revision(),
        declared.compiled().size(),
        declared.refused().size(),
        declared.complete());
  }

  private void round(Session session, SortedSet<UnitName> only, Instant now) {
    long begun = System.nanoTime();
    try {
      RoundResult result =
          session
              .reconciler()
              .round(
                  declared,
                  only,
                  found -> reporter.paused(found, now),
                  plan -> {
                    reporter.notice(plan.planned().differences(), plan.drifted(), time.now());
                    writeStatus(session);
                  },
                  now);
      if (only.isEmpty() && declared.complete() && result.heldBack().isEmpty()) {
        upstream.settled(declared);
      }
      busy.clear();
      result.busy().keySet().forEach(unit -> memory.units().app(unit).ifPresent(busy::add));
      reporter.fold(result, time.now());
      reporter.looked(declared);
      session.reconciler().reported(result, only.isEmpty());
      if (only.isEmpty()) {
        quick.swept(declared);
      }
      writeStatus(session);
      lookAgain(result);
      boolean good = result.outcomes().values().stream().allMatch(Agent::isGood);
      measured(begun, good);
    } catch (SystemdException e) {
      measured(begun, false);
      if (e.kind() == SystemdException.Kind.UNAVAILABLE) {
        throw e;
      }
      LOG.error("action=round {}", Failures.explain(e));
    }
  }

  private static boolean isGood(Outcome outcome) {
    return outcome instanceof Outcome.Done || outcome instanceof Outcome.Underway;
  }

  /** What was changed above the apps reaches apps that this round did not look at. */
  private void lookAgain(RoundResult result) {
    boolean changed =
        result.outcomes().entrySet().stream()
            .anyMatch(e -> !e.getKey().isService() && !(e.getValue() instanceof Outcome.Underway));
    if (changed) {
      inbox.lookAtEverything();
    }
    // What stands in for a version that failed may have to run with less than it had.
    var failed = new TreeSet<UnitName>();
    result
        .targets()
        .values()
        .forEach(
            target -> {
              if (target instanceof Target.Run run
                  && run.newest()
                  && result.outcomes().get(run.app().unit()) instanceof Outcome.TakenBack) {
                failed.add(run.app().unit());
              }
            });
    if (!failed.isEmpty()) {
      inbox.look(failed);
    }
  }

  private void measured(long begun, boolean good) {
    outlets
        .metrics()
        .reconciled(
            Duration.ofNanos(System.nanoTime() - begun),
            good ? AgentMetrics.Outcome.SUCCESS : AgentMetrics.Outcome.FAILURE);
  }

  private void writeStatus(Session session) {
    Duration staleAfter = schedule.staleAfter();
    Stamp now = Stamp.of(time.now());
    Node status =
        StatusDocument.of(
            now,
            staleAfter,
            requests.handled(),
            session,
            upstream.describe(),
            declared,
            quick.problems(),
            reporter.reports(),
            memory);
    outlets.record(reporter.reports(), memory.suspended());
    outlets.write(status, now);
    upstream.report(declared, reporter.reports(), memory);
  }

  /**
   * Ends {@link #run} after what it is doing; apps run on. The device is free for another agent
   * when it has ended.
   */
  @Override
  public void close() {
    inbox.stop();
    outlets.broker().stop();
    upstream.close();
    if (running.compareAndSet(State.NEW, State.ENDED)) {
      outlets.close();
    }
  }
}
