package dev.sandbar.cli.fleet;

import dev.sandbar.core.bundle.BundleEntry;
import dev.sandbar.core.enrol.DeviceLabels;
import dev.sandbar.core.model.HoldSpec;
import dev.sandbar.core.model.Node;
import dev.sandbar.core.model.Permission;
import dev.sandbar.crds.v1alpha1.AppSandbox;
import dev.sandbar.crds.v1alpha1.Device;
import dev.sandbar.crds.v1alpha1.GitSource;
import dev.sandbar.source.age.AgeRecipient;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * The fleet behind one API server. Every method throws {@link FleetException}, which says how to
 * fix it, if the server is not reached, refuses, or lacks the object.
 */
public final class Fleet implements AutoCloseable {
  private static final String RELEASE = "{\"spec\":{\"hold\":null}}";

  private final FleetConnection connection;
  private final Fetch fetch;

  private Fleet(FleetConnection connection) {
    this.connection = connection;
    this.fetch = new Fetch(connection);
  }

  /** Reads the kubeconfig. */
  public static Fleet open(FleetTarget target) {
    return new Fleet(FleetConnection.open(target));
  }

  /**
   * Apps, devices and repositories.
   *
   * @param names only these apps and devices; empty for all
   * @param selector of labels of devices; may be empty
   * @param limit most rows of a table; 0 for all
   */
  public StatusView status(List<String> names, String selector, int limit) {
    FleetSnapshot fleet = fetch.snapshot(Fetch.Parts.SUMMARY, selector).only(names);
    return new StatusView(names.isEmpty() ? fleet : fetch.withBundles(fleet), limit);
  }

  /** Every drift of every device; the parameters are those of {@link #status}. */
  public DriftView drift(List<String> names, String selector, int limit) {
    return new DriftView(fetch.snapshot(Fetch.Parts.BUNDLES, selector), names, limit);
  }

  /** How much of each app is shown to hold; the parameters are those of {@link #status}. */
  public AttestView attest(List<String> names, String selector, int limit) {
    return new AttestView(fetch.snapshot(Fetch.Parts.BUNDLES, selector), names, limit);
  }

  /**
   * Who has the permission now.
   *
   * @param each one row for each app on each device
   * @param limit most rows of the table; 0 for all
   */
  public PermissionsView permission(
      Permission permission, PermissionsView.Show show, String selector, boolean each, int limit) {
    FleetSnapshot fleet = fetch.snapshot(Fetch.Parts.BUNDLES, selector);
    return new PermissionsView(fleet, permission, show, each, limit);
  }

  /** How many have each permission now. */
  public PermissionTableView permissions(String selector) {
    return new PermissionTableView(fetch.snapshot(Fetch.Parts.BUNDLES, selector));
  }

  /**
   * What has changed.
   *
   * @param names only of these apps and devices; empty for all
   * @param since nothing older
   */
  public FleetView history(List<String> names, Instant since) {
    return HistoryView.read(connection, names, since);
  }

  /** From an app on a device back to whoever declared it. */
  public TraceView trace(String device, String app) {
    FleetDevice state = fetch.device(device);
    Optional<AppSandbox> declared = connection.find(AppSandbox.class, app);
    if (declared.isEmpty() && !state.apps().contains(app)) {
      throw new FleetException(
          "the device " + device + " runs no app " + app + ", and none is declared",
          state.apps().isEmpty() ? "" : "It has: " + String.join(", ", state.apps()));
    }
    Optional<FleetSource> source =
        declared
            .map(Fetch::state)
            .map(AppState::source)
            .filter(name -> !name.isEmpty())
            .flatMap(name -> connection.find(GitSource.class, name))
            .map(Fetch::state);
    var snapshot =
        new FleetSnapshot(
            true,
            false,
            List.of(),
            List.of(state),
            List.of(),
            fetch.operatorHeard(),
            Instant.now());
    return new TraceView(snapshot, app, declared.map(found -> Origin.of(found, source)));
  }

  /** The app as {@link dev.sandbar.core.model.SpecReader} reads it. */
  public Node declaration(String app) {
    GenericKubernetesResource found =
        Optional.ofNullable(
                connection.explained(
                    "get appsandboxes.sandbar.dev " + app,
                    () ->
                        connection
                            .client()
                            .genericKubernetesResources("sandbar.dev/v1alpha1", "AppSandbox")
                            .inNamespace(connection.namespace())
                            .withName(app)
                            .get()))
            .orElseThrow(
                () ->
                    new FleetException(
                        "there is no app " + app + " in the namespace " + connection.namespace(),
                        "List them: sandbar fleet status -A"));
    Object spec = found.getAdditionalProperties().get("spec");
    Node node =
        Declarations.node(Serialization.asJson(spec == null ? Map.of() : spec))
            .orElseThrow(
                () -> new FleetException("the spec of the app " + app + " cannot be read", ""));
    return BundleEntry.document(app, node);
  }

  /** What each device makes of an app. */
  public OutcomesView outcomes(String app, int limit) {
    return new OutcomesView(fetch.snapshot(Fetch.Parts.BUNDLES, ""), app, limit);
  }

  /**
   * Has a repository fetched and applied now.
   *
   * @param limit how long to wait for the operator; zero: do not wait
   */
  public Done reconcileSource(String name, Duration limit, Consumer<String> progress) {
    return new Reconciliation(connection, progress).source(new Reconciliation.Wish(name, limit));
  }

  /**
   * Has an app compared with its bundles now.
   *
   * @param withSource whether its repository is fetched first
   */
  public Done reconcileApp(
      String name, boolean withSource, Duration limit, Consumer<String> progress) {
    var reconciliation = new Reconciliation(connection, progress);
    var wish = new Reconciliation.Wish(name, limit);
    return withSource ? reconciliation.appWithSource(wish) : reconciliation.app(wish);
  }

  /** Names of the apps of the namespace with these labels. */
  public List<String> appsWith(String selector) {
    return names(AppSandbox.class, selector);
  }

  /** Names of the devices of the namespace with these labels. */
  public List<String> devicesWith(String selector) {
    return names(Device.class, selector);
  }

  /** Names of the repositories of the namespace with these labels. */
  public List<String> sourcesWith(String selector) {
    return names(GitSource.class, selector);
  }

  private <T extends HasMetadata> List<String> names(Class<T> kind, String selector) {
    var names = new ArrayList<String>();
    connection.each(kind, selector, found -> names.add(found.getMetadata().getName()));
    return names;
  }

  /** Leaves a repository as it is, or follows it again. */
  public Done suspendSource(String name, boolean suspend) {
    connection.patch(GitSource.class, name, "{\"spec\":{\"suspend\":" + suspend + "}}");
    return suspended("gitsource/" + name, suspend);
  }

  /** Leaves the bundle of a device as it is, or follows the apps again. */
  public Done suspendDevice(String name, boolean suspend) {
    connection.patch(Device.class, name, "{\"spec\":{\"suspend\":" + suspend + "}}");
    return suspended("device/" + name, suspend);
  }

  /** Has devices leave an app as it is, or look after it again. */
  public Done suspendApp(String name, boolean suspend) {
    connection.patch(AppSandbox.class, name, "{\"spec\":{\"suspend\":" + suspend + "}}");
    return suspended("app/" + name, suspend);
  }

  private static Done suspended(String object, boolean suspend) {
    return suspend
        ? Done.of(true, "suspend", object, object + " is suspended: it stays as it is")
        : Done.of(true, "resume", object, object + " is resumed");
  }

  /** Has devices keep the version of an app that they run. An earlier hold is replaced. */
  public Done holdApp(String name, HoldSpec hold) {
    connection.patch(AppSandbox.class, name, patch(hold));
    return held("app/" + name, hold);
  }

  /** Has a device keep the versions of all apps that it runs. An earlier hold is replaced. */
  public Done holdDevice(String name, HoldSpec hold) {
    connection.patch(Device.class, name, patch(hold));
    return held("device/" + name, hold);
  }

  /** Ends the hold of an app. */
  public Done releaseApp(String name) {
    connection.patch(AppSandbox.class, name, RELEASE);
    return released("app/" + name);
  }

  /** Ends the hold of a device. */
  public Done releaseDevice(String name) {
    connection.patch(Device.class, name, RELEASE);
    return released("device/" + name);
  }

  /** A merge patch: what is not given goes. */
  private static String patch(HoldSpec hold) {
    return "{\"spec\":{\"hold\":{\"reason\":%s,\"until\":%s}}}"
        .formatted(
            hold.reason().isEmpty() ? "null" : Serialization.asJson(hold.reason()),
            hold.until().equals(Instant.MAX)
                ? "null"
                : Serialization.asJson(hold.until().toString()));
  }

  private static Done held(String object, HoldSpec hold) {
    String end = hold.until().equals(Instant.MAX) ? "" : " until " + hold.until();
    return Done.of(true, "hold", object, object + " is held" + end + ": newer versions wait");
  }

  private static Done released(String object) {
    return Done.of(true, "release", object, object + " is released");
  }

  /** Ends the service of a device. */
  public Done decommission(
      String device, boolean removeApps, Duration limit, Consumer<String> progress) {
    return new Decommissioning(connection, progress).end(device, removeApps, limit);
  }

  /**
   * A question to a device for the newest lines that an app printed; nothing is sent yet.
   *
   * @param lines at most so many of the newest
   * @param since nothing older; {@link Instant#EPOCH} for no limit
   */
  public Inquiry askForLogs(String device, String app, int lines, Instant since) {
    return Inquiry.logs(connection, device, app, lines, since);
  }

  /**
   * A question to a device for what its agent has recorded; nothing is sent yet.
   *
   * @param app of this app only; empty for all
   */
  public Inquiry askForEvents(String device, String app) {
    return Inquiry.events(connection, device, app);
  }

  /** What secrets for these devices are sealed to. */
  public List<AgeRecipient> recipientsOf(List<String> devices) {
    return FleetRecipients.named(connection, devices);
  }

  /**
   * What secrets for all devices of the namespace with these labels are sealed to.
   *
   * @param selector as kubectl has it
   */
  public List<AgeRecipient> recipientsOfSelected(String selector) {
    return FleetRecipients.selected(connection, selector);
  }

  /**
   * Finds what waits for the owner of a device; the parameters are those of {@link Approval#find}.
   */
  public Approvable grant(String device, OwnersWord word) {
    return new Approval(connection).find(device, word);
  }

  /** Lets a device in. */
  public Done approve(Approvable grant) {
    return new Approval(connection).give(grant);
  }

  /**
   * Makes a token with which devices of the namespace enrol.
   *
   * @param approve whether its devices need no owner's consent
   * @param server address that devices reach the API server by; empty for that of the kubeconfig
   * @param labels that its devices may give themselves
   */
  public Done createToken(
      Duration life, boolean approve, String server, Map<String, String> labels) {
    return new EnrolToken(connection)
        .create(new EnrolToken.Wish(life, approve, server, DeviceLabels.text(labels)));
  }

  /** The tokens with which devices of the namespace enrol. */
  public FleetView tokens() {
    return new EnrolTokens(connection).list();
  }

  /** Ends a token of the namespace. */
  public Done revokeToken(String id) {
    return new EnrolTokens(connection).revoke(id);
  }

  @Override
  public void close() {
    connection.close();
  }
}
