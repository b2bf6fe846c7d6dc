package dev.sandbar.operator.app;

import dev.sandbar.operator.reconcile.ValuePace;
import io.fabric8.kubernetes.client.Config;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Option;

/** {@code sandbar-operator}. */
@Command(
    name = "sandbar-operator",
    mixinStandardHelpOptions = true,
    versionProvider = OperatorCommand.Version.class,
    sortOptions = false,
    description = {
      "",
      "Runs the fleet: takes what AppSandbox objects declare, compiles it for every Device that"
          + " they select, publishes one DeviceBundle per device, and reports in the status of all"
          + " of them what the devices enforce. Devices fetch their own bundle; the operator never"
          + " connects to a device.",
      "",
      "It needs the kinds of sandbar.dev (kubectl apply -f charts/sandbar/crds) and the rights of"
          + " the chart's ClusterRole. Several may run: one works, the others wait for its Lease.",
      ""
    },
    footer = {
      "",
      "Examples:",
      "  sandbar-operator                       in a pod, or with your own kubeconfig",
      "  sandbar-operator --kubeconfig admin.conf --namespace plant-a --namespace plant-b",
      "  curl -s localhost:9465/metrics | grep sandbar_devices",
      "",
      "Exit codes:",
      "  0  stopped by a signal; the Lease is let go",
      "  1  could not start, or lost its Lease: start it again",
      "",
      "Environment:",
      "  KUBECONFIG        like kubectl",
      "  SANDBAR_DEBUG=1   show where an error came from"
    })
final class OperatorCommand implements Callable<Integer> {

  @Option(
      names = "--kubeconfig",
      paramLabel = "FILE",
      description = "Default: KUBECONFIG, the pod's account, or ~/.kube/config.")
  private @Nullable Path kubeconfig;

  @Option(
      names = "--namespace",
      paramLabel = "NS",
      description = "Look after this namespace only; may be given again. Default: all.")
  private List<String> namespaces = List.of();

  @Option(
      names = "--listen",
      paramLabel = "ADDRESS",
      defaultValue = "127.0.0.1",
      description = "Address of all ports. Default: ${DEFAULT-VALUE}; in a pod 0.0.0.0.")
  private String listen = "127.0.0.1";

  @Option(
      names = "--metrics-port",
      paramLabel = "PORT",
      defaultValue = "9465",
      description =
          "/metrics, /healthz and /readyz. Default: ${DEFAULT-VALUE}. On another address than"
              + " loopback by https, for who may get /metrics in the cluster.")
  private int metricsPort;

  @Option(
      names = "--probe-port",
      paramLabel = "PORT",
      defaultValue = "9466",
      description = "/healthz and /readyz alone, for probes. Default: ${DEFAULT-VALUE}.")
  private int probePort;

  @Option(
      names = "--webhook-port",
      paramLabel = "PORT",
      defaultValue = "9292",
      description = "Pushes of Git servers. Default: ${DEFAULT-VALUE}.")
  private int webhookPort;

  @Option(
      names = "--cache-dir",
      paramLabel = "DIR",
      defaultValue = "/var/cache/sandbar-operator",
      description = "Clones of repositories; may be lost at any time. Default: ${DEFAULT-VALUE}.")
  private Path cacheDirectory = Path.of("/var/cache/sandbar-operator");

  @Option(
      names = "--leader-elect",
      negatable = true,
      defaultValue = "true",
      fallbackValue = "true",
      description =
          "Work only while holding the Lease sandbar-operator, so that several may run."
              + " Default: on.")
  private boolean leaderElect = true;

  @Option(
      names = "--lease-namespace",
      paramLabel = "NS",
      description = "Where that Lease is. Default: the namespace of the pod or kubeconfig.")
  private @Nullable String leaseNamespace;

  @Option(
      names = "--identity",
      paramLabel = "NAME",
      description = "Name of this process in the Lease. Default: host name and a random part.")
  private @Nullable String identity;

  @Option(
      names = "--concurrency",
      paramLabel = "N",
      defaultValue = "16",
      description = "Devices that are worked on at once. Default: ${DEFAULT-VALUE}.")
  private int concurrency = 16;

  @Override
  public Integer call() throws InterruptedException {
    check("--metrics-port", metricsPort, 0, 65_535);
    check("--probe-port", probePort, 0, 65_535);
    check("--webhook-port", webhookPort, 0, 65_535);
    check("--concurrency", concurrency, 1, 256);
    Config config = Clients.config(kubeconfig);
    String own = Objects.requireNonNullElse(config.getNamespace(), "default");
    var options =
        new OperatorOptions(
            new HashSet<>(namespaces),
            listen,
            metricsPort,
            probePort,
            webhookPort,
            leaderElect,
            Objects.requireNonNullElse(leaseNamespace, own),
            Objects.requireNonNullElseGet(identity, OperatorCommand::freshIdentity),
            concurrency,
            cacheDirectory,
            ValuePace.STANDARD);
    var process = new OperatorProcess(config, options);
    Runtime.getRuntime().addShutdownHook(new Thread(() -> halt(process), "stop"));
    return process.run();
  }

  /** A JVM that ends by a signal says 143 by itself, also when all went well. */
  private static void halt(OperatorProcess process) {
    int code = process.stop();
    System.err.flush();
    Runtime.getRuntime().halt(code);
  }

  private static void check(String option, int value, int least, int most) {
    if (value < least || value > most) {
      throw new StartException(
          option + " " + value + " is out of range", "use a number from " + least + " to " + most);
    }
  }

  private static String freshIdentity() {
    String random = UUID.randomUUID().toString().substring(0, 8);
    try {
      return InetAddress.getLocalHost().getHostName() + "_" + random;
    } catch (UnknownHostException e) {
      return "operator_" + random;
    }
  }

  /** The version that the jar carries. */
  static final class Version implements IVersionProvider {
    @Override
    public String[] getVersion() {
      return new String[] {
        "sandbar-operator "
            + Objects.requireNonNullElse(
                OperatorCommand.class.getPackage().getImplementationVersion(), "development")
      };
    }
  }
}
