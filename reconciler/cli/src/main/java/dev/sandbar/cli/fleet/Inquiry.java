package dev.sandbar.cli.fleet;

import dev.sandbar.crds.v1alpha1.Device;
import dev.sandbar.crds.v1alpha1.DeviceQuery;
import dev.sandbar.crds.v1alpha1.DeviceQuerySpec;
import dev.sandbar.crds.v1alpha1.DeviceQueryStatus;
import dev.sandbar.device.query.Answer;
import dev.sandbar.device.query.AnswerSeal;
import dev.sandbar.report.OneLine;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.NonDeletingOperation;
import io.fabric8.kubernetes.client.dsl.Resource;
import java.security.GeneralSecurityException;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One question to one device: a DeviceQuery that is created, read until it is answered, and deleted
 * again. The key that opens the answer is in this memory alone. What the device writes is judged as
 * anybody's data.
 */
public final class Inquiry {
  /** How long the query of somebody else is waited for: most are answered in a moment. */
  private static final Duration TURN = Duration.ofSeconds(8);

  /** How long a query stands at most, after which the operator deletes it. */
  private static final Duration LIFE = Duration.ofMinutes(2);

  private static final int MESSAGE = 600;

  private final FleetConnection connection;
  private final String device;
  private final DeviceQuerySpec spec;
  private final AnswerSeal seal;
  private volatile boolean withdrawn;

  private Inquiry(
      FleetConnection connection, String device, DeviceQuerySpec spec, AnswerSeal seal) {
    this.connection = connection;
    this.device = device;
    this.spec = spec;
    this.seal = seal;
  }

  /**
   * For the newest lines that an app printed.
   *
   * @param since nothing older; {@link Instant#EPOCH} for no limit
   */
  static Inquiry logs(
      FleetConnection connection, String device, String app, int lines, Instant since) {
    AnswerSeal seal = AnswerSeal.generate();
    var logs =
        new DeviceQuerySpec.Logs(app, lines, since.equals(Instant.EPOCH) ? null : since.toString());
    return new Inquiry(connection, device, new DeviceQuerySpec(logs, null, seal.publicKey()), seal);
  }

  /**
   * For what the agent has recorded.
   *
   * @param app of this app only; empty for all
   */
  static Inquiry events(FleetConnection connection, String device, String app) {
    AnswerSeal seal = AnswerSeal.generate();
    var events = new DeviceQuerySpec.Events(app.isEmpty() ? null : app);
    return new Inquiry(
        connection, device, new DeviceQuerySpec(null, events, seal.publicKey()), seal);
  }

  /**
   * Asks, and waits for the answer. Whatever becomes of it, the query is deleted.
   *
   * @throws FleetException if there is none
   */
  public Answer answer(Duration limit, Consumer<String> progress) {
    checkDevice();
    long end = System.nanoTime() + limit.toNanos();
    try {
      progress.accept("waiting for a turn to ask " + device);
      String uid = created(limit.compareTo(TURN) < 0 ? limit : TURN);
      progress.accept("waiting for the answer of " + device);
      Duration left = Duration.ofNanos(Math.max(0, end - System.nanoTime()));
      DeviceQueryStatus status =
          ObjectWait.answer(left, this::status).orElseThrow(() -> silent(limit));
      return read(status, uid);
    } finally {
      withdraw();
    }
  }

  /** Deletes the query if it is this one; whoever waits for its answer waits in vain. */
  public void withdraw() {
    withdrawn = true;
    try {
      for (int attempts = 0; attempts < 3; attempts++) {
        Optional<DeviceQuery> mine = query().filter(this::isMine);
        if (mine.isEmpty() || deleted(mine.get())) {
          return;
        }
      }
    } catch (FleetException _) {
      // The operator deletes it soon.
    }
  }

  private void checkDevice() {
    FleetDevice state = Fetch.state(connection.get(Device.class, device), null);
    if (state.decommissioned()) {
      throw new FleetException(
          "the device " + device + " was taken out of service and answers nothing", "");
    }
    if (state.reach() == FleetDevice.Reach.UNREACHABLE) {
      throw new FleetException(
          "the device "
              + device
              + " is unreachable"
              + Optional.ofNullable(state.status().lastSeen())
                  .map(time -> ", last seen " + Ages.since(time, Instant.now()) + " ago")
                  .orElse(""),
          "Ask when it is back: sandbar fleet status " + device);
    }
  }

  /** Creates the query; its uid. */
  private String created(Duration turn) {
    return ObjectWait.answer(turn, this::create).orElseThrow(this::occupied);
  }

  private Optional<String> create() {
    if (withdrawn) {
      throw new FleetException("the query to " + device + " was withdrawn", "");
    }
    var query = new DeviceQuery();
    query.setMetadata(
        new ObjectMetaBuilder().withNamespace(connection.namespace()).withName(device).build());
    query.setSpec(spec);
    String what = "create " + DeviceQuery.class.getSimpleName() + " " + device;
    try {
      NonDeletingOperation<DeviceQuery> operation = resource(query);
      return Optional.of(operation.create().getMetadata().getUid());
    } catch (KubernetesClientException e) {
      if (e.getCode() == 409) {
        return Optional.empty();
      }
      if (e.getCode() == 403) {
        throw new FleetException(
            "you may not ask devices of the namespace " + connection.namespace(),
            "Ask for the ClusterRole sandbar-log-reader there: kubectl create rolebinding NAME"
                + " --clusterrole=sandbar-log-reader --user=YOU -n "
                + connection.namespace(),
            e);
      }
      throw ApiErrors.explained(connection.server(), what + " (devicequeries.sandbar.dev)", e);
    }
  }

  private Resource<DeviceQuery> resource(DeviceQuery query) {
    return connection
        .client()
        .resources(DeviceQuery.class)
        .inNamespace(connection.namespace())
        .resource(query);
  }

  private Optional<DeviceQuery> query() {
    return connection.find(DeviceQuery.class, device);
  }

  private boolean isMine(DeviceQuery query) {
    return Optional.ofNullable(query.getSpec())
        .filter(it -> seal.publicKey().equals(it.publicKey()))
        .isPresent();
  }

  /** Whether it is gone; false if it was changed meanwhile. */
  private boolean deleted(DeviceQuery mine) {
    try {
      // Of this version: one that took its place is somebody else's.
      resource(mine).lockResourceVersion(mine.getMetadata().getResourceVersion()).delete();
      return true;
    } catch (KubernetesClientException e) {
      return e.getCode() != 409;
    }
  }

  private Optional<DeviceQueryStatus> status() {
    DeviceQuery mine =
        query()
            .filter(this::isMine)
            .orElseThrow(
                () ->
                    new FleetException(
                        "the query was deleted before " + device + " answered it",
                        "Ask again; the operator deletes one after two minutes"));
    return Optional.ofNullable(mine.getStatus())
        .filter(it -> it.answer() != null || it.refused() != null);
  }

  private Answer read(DeviceQueryStatus status, String uid) {
    DeviceQueryStatus.Refusal refused = status.refused();
    if (refused != null) {
      throw new FleetException(
          "the device " + device + " refuses: " + OneLine.of(refused.message(), MESSAGE),
          refused.reason().equals("UnknownApp")
              ? "List its apps: sandbar fleet status " + device
              : "");
    }
    try {
      return Answer.read(seal.open(Optional.ofNullable(status.answer()).orElse(""), uid))
          .orElseThrow(() -> unreadable(device, null));
    } catch (GeneralSecurityException e) {
      throw unreadable(device, e);
    }
  }

  /** What a device answered is no answer to the question. */
  public static FleetException unreadable(String device, @Nullable Exception cause) {
    String message = "the answer of " + device + " cannot be opened: it is not one to this query";
    String help =
        "Ask again; if it stays so, look after that device: sandbar fleet status " + device;
    return cause == null
        ? new FleetException(message, help)
        : new FleetException(message, help, cause);
  }

  private FleetException occupied() {
    String message = "another query to the device " + device + " stands";
    Optional<Instant> created = query().flatMap(Inquiry::creation);
    return new FleetException(
        message
            + created
                .map(at -> " since " + Ages.text(Duration.between(at, Instant.now())))
                .orElse(""),
        "Ask again"
            + created.map(at -> " after " + at.plus(LIFE) + ", when it is deleted").orElse("")
            + "; see it: kubectl get devicequery "
            + device
            + " -n "
            + connection.namespace());
  }

  private static Optional<Instant> creation(DeviceQuery query) {
    try {
      return Optional.ofNullable(query.getMetadata().getCreationTimestamp()).map(Instant::parse);
    } catch (DateTimeException _) {
      return Optional.empty();
    }
  }

  /** The operator makes the Device the owner of the query when it takes it there. */
  private FleetException silent(Duration limit) {
    boolean taken =
        query().map(it -> !it.getMetadata().getOwnerReferences().isEmpty()).orElse(false);
    String within = " within " + Ages.text(limit);
    return taken
        ? new FleetException(
            "the device " + device + " did not answer" + within,
            "Its agent may be of a release that answers no queries, or have lost its connection:"
                + " sandbar fleet status "
                + device
                + " and kubectl get device "
                + device
                + " -o wide; or wait longer: --timeout")
        : new FleetException(
            "the operator did not take the query to the device " + device + within,
            "It may not run, or be of a release that knows no queries: kubectl get pods -A -l"
                + " app.kubernetes.io/name=sandbar-operator");
  }
}
