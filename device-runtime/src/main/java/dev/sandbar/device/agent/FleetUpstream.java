package dev.sandbar.device.agent;

import dev.sandbar.core.bind.NodeBinder;
import dev.sandbar.core.bundle.BundleStatus;
import dev.sandbar.core.bundle.Decommission;
import dev.sandbar.core.compile.DeviceFacts;
import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.Node;
import dev.sandbar.core.report.Backoff;
import dev.sandbar.core.report.Reason;
import dev.sandbar.device.fleet.BundleCopy;
import dev.sandbar.device.fleet.BundleFollower;
import dev.sandbar.device.fleet.ContentFetch;
import dev.sandbar.device.fleet.EventSender;
import dev.sandbar.device.fleet.FleetApi;
import dev.sandbar.device.fleet.FollowerListener;
import dev.sandbar.device.fleet.LeaseRenewal;
import dev.sandbar.device.fleet.QueryAnswerer;
import dev.sandbar.device.fleet.StatusSender;
import dev.sandbar.device.report.AgentMetrics;
import dev.sandbar.device.store.OutOfMemory;
import dev.sandbar.device.store.SecretKeyFile;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.SortedMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongUnaryOperator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Apps are declared in the device's bundle on an API server, and reported there. */
final class FleetUpstream implements Upstream {
  private static final Logger LOG = LoggerFactory.getLogger(FleetUpstream.class);

  /** A server that does not take the last report by then will not; the device ends anyway. */
  private static final Duration FAREWELL = Duration.ofMinutes(10);

  private final FleetLink link;
  private final Setting setting;
  private final FleetApi api;
  private final BundleFollower follower;
  private final StatusSender status;
  private final StatusSender facts;
  private final FactsReport factsReport;
  private final DeviceRecipient recipient;
  private final EventSender events;
  private final LeaseRenewal heartbeat;
  private final QueryAnswerer queries;
  private final KeptContents contents;
  private final ContentFetch fetch;
  private final BundleDeclaration declaration = new BundleDeclaration();
  private final BundleReport report = new BundleReport();
  private final EventDetector moments;

  /** Called by the follower's thread. */
  private final AtomicReference<String> problem = new AtomicReference<>("");

  /** What was last shown of it while the server refused the device. */
  private final AtomicReference<String> shown = new AtomicReference<>("");

  private final AtomicReference<Instant> lastSync = new AtomicReference<>(Instant.EPOCH);
  private final AtomicReference<Instant> lastAttempt = new AtomicReference<>(Instant.EPOCH);

  /** What was taken over last, and for which facts. Only the loop's thread uses these. */
  private @Nullable BundleCopy taken;

  /** For which the memory did not suffice: it is not tried again for the same facts. */
  private @Nullable BundleCopy tooLarge;

  private @Nullable DeviceFacts takenFor;

  /** Why the newest bundle could not be read; empty while that has not failed. */
  private String unread = "";

  private volatile @Nullable Thread farewell;

  FleetUpstream(FleetLink link, Setting setting, QueryReplies replies, SecretKeyFile key) {
    this.link = link;
    this.setting = setting;
    this.api = new FleetApi(link.api(), setting.clock(), new Contact());
    LongUnaryOperator jitter = bound -> ThreadLocalRandom.current().nextLong(bound);
    Backoff backoff = link.timing().backoff();
    this.facts = StatusSender.ofFacts(api, link.address(), backoff, jitter);
    this.factsReport = new FactsReport(link.version(), facts::offer);
    this.recipient = new DeviceRecipient(key, DeviceRecipient.LONGEST_WAIT, factsReport::recipient);
    this.status = StatusSender.ofBundle(api, link.address(), backoff, jitter, factsReport::stored);
    this.events =
        new EventSender(api, link.address(), setting.store(), setting.clock(), backoff, jitter);
    this.moments =
        new EventDetector(
            EventDetector.FAILURES,
            (type, app, reason, message) -> events.tell(type, reason, app + ": " + message));
    this.contents = new KeptContents(setting.store().contents());
    this.fetch =
        new ContentFetch(
            api, link.address(), setting.store().contents(), backoff, jitter, setting.changed());
    this.queries = new QueryAnswerer(api, link.address(), replies::to);
    this.follower =
        new BundleFollower(
            api, link.address(), setting.store(), link.timing(), link.use(), jitter, new News());
    follower.copy().ifPresent(copy -> events.owner(copy.owner()));
    this.heartbeat =
        LeaseRenewal.start(
            api, link.address(), setting.clock(), backoff, link.use(), jitter, follower::doubt);
  }

  @Override
  public void begin() {
    follower.start();
  }

  private final class News implements FollowerListener {
    private String uid = "";

    @Override
    public void bundle(BundleCopy copy) {
      events.owner(copy.owner());
      if (!copy.uid().equals(uid)) {
        uid = copy.uid();
        status.forgetWritten();
      }
      setting.changed().run();
    }

    @Override
    public void reported(Node said) {
      factsReport.stored(said);
      // A store that was put back has forgotten what was written since, the facts among it.
      if (!status.seen(said)) {
        facts.forgetWritten();
      }
    }

    @Override
    public void query(String uid) {
      queries.announced(uid);
    }

    @Override
    public void missing() {
      factsReport.noBundle();
      // The Device may go as well and be made again; without the facts it gets no bundle.
      facts.unsure(true);
    }

    @Override
    public void restored(long before, long now) {
      events.tell(
          EventSender.Type.WARNING,
          Reason.BUNDLE_RESTORED,
          "the bundle is generation %d again after %d: the API server's store was restored; this"
                  .formatted(now, before)
              + " device follows it");
    }

    @Override
    public void asked(String now) {
      Instant at = setting.clock().instant();
      lastAttempt.set(at);
      if (now.isEmpty()) {
        facts.unsure(false);
        lastSync.set(at);
        setting.metrics().synced(at);
      }
      if (!problem.getAndSet(now).equals(now)) {
        setting.described().run();
      }
    }
  }

  private final class Contact implements FleetApi.Witness {
    @Override
    public void exchanged(AgentMetrics.FleetRequest kind, boolean good) {
      setting.metrics().fleetRequest(kind, good);
      setting.metrics().fleetContact(api.connected(), api.lastContact());
    }

    @Override
    public void turned() {
      setting.described().run();
    }

    @Override
    public void refused() {
      link.standing().refused();
      String problem = problem();
      if (!shown.getAndSet(problem).equals(problem)) {
        setting.described().run();
      }
    }

    @Override
    public void returned() {
      LOG.info("server={} action=connected", link.address().server());
      follower.hurry();
      status.hurry();
      facts.hurry();
    }
  }

  @Override
  public Optional<Declared> take(DeviceFacts live) {
    if (!live.equals(takenFor)) {
      takenFor = live;
      taken = null;
      tooLarge = null;
      factsReport.probed(live);
    }
    recipient.look(live.systemdVersion());
    BundleCopy copy = follower.copy().orElse(null);
    if (copy == null || copy.equals(taken) || copy.equals(tooLarge) || !fetch.settled(copy)) {
      return Optional.empty();
    }
    Declared read;
    try {
      read = declaration.read(copy, live);
    } catch (RuntimeException | StackOverflowError e) {
      unread = "generation/%d is not read: %s".formatted(copy.generation(), Failures.defect(e));
      throw new IllegalStateException("reading generation/" + copy.generation(), e);
    } catch (OutOfMemoryError e) {
      tooLarge = copy;
      unread = OutOfMemory.tooLarge("generation/" + copy.generation());
      LOG.error("revision=generation/{} action=declare {}", copy.generation(), unread);
      return Optional.empty();
    }
    unread = "";
    taken = copy;
    return Optional.of(read);
  }

  /** The bundle is watched: what the server has is here, unless the connection is being retried. */
  @Override
  public void poll(Runnable done) {
    follower.ask(done);
    status.hurry();
    facts.hurry();
  }

  /** What it names is still being fetched. */
  @Override
  public boolean isPending() {
    return unread.isEmpty()
        && follower.copy().filter(it -> !it.equals(taken) && !it.equals(tooLarge)).isPresent();
  }

  @Override
  public void settled(Declared declared) {}

  /** Times are empty for never. */
  private record Description(
      String url,
      String server,
      String namespace,
      String device,
      String revision,
      boolean connected,
      String lastContact,
      String lastSync,
      String lastAttempt,
      String identityKey,
      String problem) {}

  @Override
  public Record describe() {
    return new Description(
        link.address().text(),
        link.address().server().toString(),
        link.address().namespace(),
        link.address().device(),
        taken == null ? "" : "generation/" + taken.generation(),
        api.connected(),
        GitUpstream.time(api.lastContact()),
        GitUpstream.time(lastSync.get()),
        GitUpstream.time(lastAttempt.get()),
        link.standing().isEncrypted() ? "TPM2" : "File",
        problem());
  }

  /** What keeps new bundles away, the cause before what follows from it. */
  private String problem() {
    String identity = link.standing().problem();
    if (!identity.isEmpty()) {
      return identity;
    }
    return unread.isEmpty() ? problem.get() : unread;
  }

  @Override
  public void report(Declared declared, SortedMap<AppName, AppReport> reports, Memory memory) {
    BundleCopy copy = taken;
    DeviceFacts live = takenFor;
    if (copy == null || live == null || farewell != null) {
      return;
    }
    contents.keepOnlyNamed(declared, memory);
    moments.between(reports);
    BundleStatus now =
        factsReport.in(report.of(copy, declared, reports, memory, live, setting.clock().instant()));
    Decommission decommission = copy.reading().bundle().decommission();
    boolean ends =
        copy.live()
            && switch (decommission) {
              case NONE -> false;
              case KEEP_APPS -> true;
              case REMOVE_APPS -> reports.isEmpty() && memory.records().isEmpty();
            };
    if (ends) {
      farewell = Thread.ofVirtual().name("farewell").start(() -> end(now, decommission));
    } else {
      status.offer(NodeBinder.write(now));
    }
  }

  /** Says that the service has ended, and makes it so. */
  private void end(BundleStatus last, Decommission decommission) {
    LOG.info(
        "device={} action=decommission apps={}",
        link.address().device(),
        decommission == Decommission.REMOVE_APPS ? "removed" : "left running");
    var said =
        new BundleStatus(
            last.observedGeneration(),
            last.digest(),
            last.reportedAt(),
            last.apps(),
            last.conditions(),
            true,
            last.systemCalls());
    try {
      if (!status.awaitWritten(NodeBinder.write(said), FAREWELL)) {
        LOG.warn("device={} action=decommission not reported", link.address().device());
      }
      follower.forget();
      events.forget();
      wipe();
      LOG.info(
          "device={} action=decommissioned its identity is wiped; enrol it again with"
              + " 'sandbar enrol'",
          link.address().device());
      setting.ended().run();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void wipe() {
    try {
      link.standing().wipe();
    } catch (IOException e) {
      LOG.error(
          "device={} action=wipe its identity is still on the disk: {}",
          link.address().device(),
          e.getMessage());
    }
  }

  @Override
  public void close() {
    heartbeat.close();
    follower.close();
    queries.close();
    fetch.close();
    recipient.close();
    status.close();
    facts.close();
    events.close();
    Thread last = farewell;
    if (last != null) {
      last.interrupt();
    }
  }
}
