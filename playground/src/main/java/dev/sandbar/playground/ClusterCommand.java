package dev.sandbar.playground;

import dev.sandbar.apiserver.ApiServer;
import dev.sandbar.apiserver.ApiServerException;
import dev.sandbar.cli.CommandException;
import dev.sandbar.cli.CommonOptions;
import dev.sandbar.cli.ExitCode;
import dev.sandbar.cli.OutputOptions;
import dev.sandbar.cli.Printer;
import dev.sandbar.cli.document.MappingBuilder;
import dev.sandbar.cli.terminal.Interruption;
import dev.sandbar.cli.terminal.ProgressLine;
import dev.sandbar.cli.terminal.Terminal;
import dev.sandbar.vdev.VirtualNetwork;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code sandbar cluster}: a Kubernetes API to try a fleet of virtual devices with. */
@Command(
    name = "cluster",
    description = {
      "Run a local Kubernetes API server on this machine, until Ctrl-C.",
      "",
      "Starts a real kube-apiserver with etcd and the controllers that Sandbar"
          + " needs, on loopback, empty, and discarded at exit. It has no nodes: it is"
          + " for fleets of devices, not for pods. e2e/api-server/tools/build builds the"
          + " programs once."
    },
    footer = {
      "  sandbar cluster --write cluster.env",
      "  . ./cluster.env && kubectl get namespaces      in another terminal",
      "  sandbar cluster --network plant --write cluster.env",
      "                          devices of that network reach it at $SANDBAR_SERVER"
    })
final class ClusterCommand implements Callable<Integer> {
  private static final int BACKLOG = 50;
  private final Terminal terminal;

  @Mixin private CommonOptions common = new CommonOptions();
  @Mixin private OutputOptions output = new OutputOptions();

  @Option(
      names = "--network",
      paramLabel = "NETWORK",
      defaultValue = "",
      description =
          "Network of virtual devices that can reach it; created if it does not exist."
              + " See sandbar device boot --network.")
  private String network = "";

  @Option(
      names = "--write",
      paramLabel = "FILE",
      description =
          "When ready, write a shell file that sets KUBECONFIG, SANDBAR_SERVER and"
              + " PATH; removed at exit.")
  private @Nullable Path write;

  ClusterCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    var end = new CountDownLatch(1);
    var ended = new CountDownLatch(1);
    Runtime.getRuntime().addShutdownHook(new Thread(() -> awaitEnd(end, ended, terminal)));
    try (ApiServer server = start()) {
      String reached = forDevices(server);
      server.publishClusterInfo(reached);
      tell(server, reached);
      end.await();
    } finally {
      if (write != null) {
        Files.deleteIfExists(write);
      }
      if (!network.isEmpty()) {
        VirtualNetwork.closeIfUnused(network);
      }
      ended.countDown();
    }
    return ExitCode.OK;
  }

  /** The JVM ends when its hooks have: nothing of the cluster stays. */
  private static void awaitEnd(CountDownLatch end, CountDownLatch ended, Terminal terminal) {
    end.countDown();
    try {
      ended.await();
      Interruption.say(terminal, "the Kubernetes API and all that it held are gone");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private ApiServer start() {
    try (var _ =
        ProgressLine.start(terminal, "starting etcd, kube-apiserver and its controllers")) {
      return ApiServer.start();
    } catch (ApiServerException e) {
      throw new CommandException(
          "the Kubernetes API did not start", String.valueOf(e.getMessage()));
    }
  }

  /** The address that devices reach it by; its own if no network is named. */
  private String forDevices(ApiServer server) throws IOException {
    if (network.isEmpty()) {
      return server.url();
    }
    VirtualNetwork plant = VirtualNetwork.detached(network);
    String address = VirtualNetwork.Peer.ROUTER.ipv4();
    try {
      ServerSocket socket =
          plant
              .namespace(VirtualNetwork.Peer.ROUTER)
              .call(() -> new ServerSocket(0, BACKLOG, InetAddress.ofLiteral(address)));
      return "https://" + address + ":" + server.relay(socket).port();
    } catch (IOException e) {
      throw e;
    } catch (Exception e) {
      throw new IOException("cannot listen on the network " + network + ": " + e.getMessage(), e);
    }
  }

  private void tell(ApiServer server, String reached) throws IOException {
    if (write != null) {
      publish(write, server, reached);
    }
    Printer printer = output.printer(terminal, common);
    if (printer.machine()) {
      printer.node(
          new MappingBuilder()
              .put("kubeconfig", server.kubeconfig().toString())
              .put("server", reached)
              .put("caFile", server.caFile().toString())
              .put("programs", server.binaries().toString())
              .build());
    } else {
      printer.line("kubeconfig  " + server.kubeconfig());
      printer.line("programs    " + server.binaries());
      printer.line("devices     " + reached);
      printer.line("Ctrl-C ends it");
    }
    terminal.out().flush();
  }

  /** Whole or not at all: whoever waits for the file may read it at once. */
  private static void publish(Path file, ApiServer server, String reached) throws IOException {
    String text =
        """
        export KUBECONFIG='%s'
        export SANDBAR_SERVER='%s'
        export SANDBAR_CA_FILE='%s'
        export PATH='%s':"$PATH"
        """
            .formatted(server.kubeconfig(), reached, server.caFile(), server.binaries());
    Path part =
        Files.createTempFile(
            file.toAbsolutePath().getParent(),
            ".cluster",
            ".env",
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    Files.writeString(part, text);
    Files.move(part, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }
}
