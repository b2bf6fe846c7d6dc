package dev.sandbar.core.model;

import dev.sandbar.core.window.Maintenance;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * What the owner of a device says of it in {@code /etc/sandbar/agent.yaml}.
 *
 * @param labels that selectors of apps are matched against
 * @param volumes directories that apps may name in {@code storage}: name to absolute path
 * @param git where the apps are declared; a URL of "" means that the file says nothing of it
 * @param sweep how often everything is checked when nothing signals a change
 * @param quickCheck within which time a change that nothing signals is found between two of these
 * @param metricsPort on loopback; 0 for none
 * @param maxRemovals how many apps one change of the source may remove, by the owner's consent;
 *     {@link #NOT_GIVEN} for what holds without it
 * @param removeState whether the state of a removed app is deleted too
 * @param alerts destinations of alerts as written; an empty list for none
 * @param fleet the API server that the device belongs to; a server of "" means that the file says
 *     nothing of it. Not both this and {@code git}
 * @param policy what apps may request, whoever declares them
 * @param images how images are fetched over a network
 * @param maintenance when updates may interrupt apps, whatever their authors say
 * @param network how servers are reached
 * @param variables values of variables that specs may declare, by their names
 */
public record DeviceSettings(
    SortedMap<String, String> labels,
    SortedMap<String, String> volumes,
    Git git,
    Duration sweep,
    Duration quickCheck,
    int metricsPort,
    int maxRemovals,
    boolean removeState,
    Node alerts,
    Fleet fleet,
    DevicePolicy policy,
    Images images,
    Maintenance maintenance,
    NetworkSettings network,
    SortedMap<String, String> variables) {

  /** That the file says nothing of {@code maxRemovals}. */
  public static final int NOT_GIVEN = -1;

  /** Where the file is. */
  public static final String PATH = "/etc/sandbar/agent.yaml";

  /** What holds when the file does not exist. */
  public static final DeviceSettings DEFAULT =
      new DeviceSettings(
          new TreeMap<>(),
          new TreeMap<>(),
          new Git("", "HEAD", "", Duration.ofMinutes(1), "", "git", "", "", ""),
          Duration.ofMinutes(30),
          Duration.ofSeconds(30),
          0,
          NOT_GIVEN,
          false,
          Node.list(List.of()),
          new Fleet("", "", "", "", false),
          DevicePolicy.DEFAULT,
          new Images("", ""),
          Maintenance.NONE,
          NetworkSettings.NONE,
          new TreeMap<>());

  public DeviceSettings {
    labels = Collections.unmodifiableSortedMap(new TreeMap<>(labels));
    volumes = Collections.unmodifiableSortedMap(new TreeMap<>(volumes));
    variables = Collections.unmodifiableSortedMap(new TreeMap<>(variables));
  }

  /**
   * An API server.
   *
   * @param server its URL, https
   * @param namespace of the device's objects there
   * @param device its name there
   * @param caFile PEM file of the certificate authority of the server; empty for what enrolling
   *     found
   * @param logs whether whoever may create DeviceQuery objects there may read what apps print, and
   *     the agent's record of events
   * @param metered whether each byte of the link costs, so that the device renews its Lease rarely
   */
  public record Fleet(
      String server,
      String namespace,
      String device,
      String caFile,
      boolean logs,
      boolean metered) {

    /** Over a link that is not metered. */
    public Fleet(String server, String namespace, String device, String caFile, boolean logs) {
      this(server, namespace, device, caFile, logs, false);
    }
  }

  /**
   * How images are fetched; an empty string means: not given.
   *
   * @param caFile PEM file of the certificate authorities of the servers, instead of those that the
   *     Java platform trusts
   * @param authFile logins of registries (containers-auth.json(5))
   * @param maxUse bytes that all images of the device may have together, those that are being
   *     fetched too; {@link #NO_QUOTA} for as much as fits on the disk
   */
  public record Images(String caFile, String authFile, long maxUse) {

    /** That only the disk limits the images. */
    public static final long NO_QUOTA = Long.MAX_VALUE;

    /** As much as fits on the disk. */
    public Images(String caFile, String authFile) {
      this(caFile, authFile, NO_QUOTA);
    }
  }

  /**
   * A repository; an empty string means: not given.
   *
   * @param interval between two polls
   */
  public record Git(
      String url,
      String ref,
      String path,
      Duration interval,
      String tokenFile,
      String username,
      String sshKeyFile,
      String knownHostsFile,
      String caFile) {}

  /** This, following another repository. */
  public DeviceSettings with(Git other) {
    return changed(it -> it.git = other);
  }

  /** This, under another policy. */
  public DeviceSettings with(DevicePolicy other) {
    return changed(it -> it.policy = other);
  }

  /** This, fetching images another way. */
  public DeviceSettings with(Images other) {
    return changed(it -> it.images = other);
  }

  /** This, of a device of another fleet. */
  public DeviceSettings with(Fleet other) {
    return changed(it -> it.fleet = other);
  }

  /** This, with updates at other times. */
  public DeviceSettings with(Maintenance other) {
    return changed(it -> it.maintenance = other);
  }

  /** This, with other values of variables. */
  public DeviceSettings giving(SortedMap<String, String> values) {
    return changed(it -> it.variables = values);
  }

  /** This, with metrics on another port. */
  public DeviceSettings withMetricsPort(int port) {
    return changed(it -> it.metricsPort = port);
  }

  /** This, with other labels. */
  public DeviceSettings withLabels(SortedMap<String, String> other) {
    return changed(it -> it.labels = other);
  }

  /** This, with other volumes. */
  public DeviceSettings withVolumes(SortedMap<String, String> other) {
    return changed(it -> it.volumes = other);
  }

  /** This, with another interval of the full check. */
  public DeviceSettings withSweep(Duration other) {
    return changed(it -> it.sweep = other);
  }

  /** This, with another interval of the checks in between. */
  public DeviceSettings withQuickCheck(Duration other) {
    return changed(it -> it.quickCheck = other);
  }

  /** This, with another number of removals that need no consent. */
  public DeviceSettings withMaxRemovals(int most) {
    return changed(it -> it.maxRemovals = most);
  }

  /** This, with the state of removed apps going or not. */
  public DeviceSettings withRemoveState(boolean removed) {
    return changed(it -> it.removeState = removed);
  }

  /** This, with other destinations of alerts. */
  public DeviceSettings withAlerts(Node destinations) {
    return changed(it -> it.alerts = destinations);
  }

  private DeviceSettings changed(Consumer<Draft> change) {
    var draft = new Draft(this);
    change.accept(draft);
    return draft.settings();
  }

  /** The same components, one of which changes: named once here instead of in each copy. */
  private static final class Draft {
    private SortedMap<String, String> labels;
    private SortedMap<String, String> volumes;
    private Git git;
    private Duration sweep;
    private Duration quickCheck;
    private int metricsPort;
    private int maxRemovals;
    private boolean removeState;
    private Node alerts;
    private Fleet fleet;
    private DevicePolicy policy;
    private Images images;
    private Maintenance maintenance;
    private final NetworkSettings network;
    private SortedMap<String, String> variables;

    Draft(DeviceSettings of) {
      labels = of.labels;
      volumes = of.volumes;
      git = of.git;
      sweep = of.sweep;
      quickCheck = of.quickCheck;
      metricsPort = of.metricsPort;
      maxRemovals = of.maxRemovals;
      removeState = of.removeState;
      alerts = of.alerts;
      fleet = of.fleet;
      policy = of.policy;
      images = of.images;
      maintenance = of.maintenance;
      network = of.network;
      variables = of.variables;
    }

    DeviceSettings settings() {
      return new DeviceSettings(
          labels,
          volumes,
          git,
          sweep,
          quickCheck,
          metricsPort,
          maxRemovals,
          removeState,
          alerts,
          fleet,
          policy,
          images,
          maintenance,
          network,
          variables);
    }
  }
}
