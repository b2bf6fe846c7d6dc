package dev.sandbar.operator.gitsource;

import dev.sandbar.operator.ShippedFlags;
import dev.sandbar.operator.app.Clients;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The operator's GitSources in a process with the flags of the shipped launcher, but for one thing:
 * the Git server may be on this machine.
 */
final class LoopbackOperator implements AutoCloseable {
  private final Process process;

  private LoopbackOperator(Process process) {
    this.process = process;
  }

  static LoopbackOperator start(Path kubeconfig, String namespace, Path cache) throws IOException {
    var command = new ArrayList<>(List.of(ProcessHandle.current().info().command().orElseThrow()));
    command.addAll(ShippedFlags.withHeap(96));
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.addAll(
        List.of(
            LoopbackOperator.class.getName(), kubeconfig.toString(), namespace, cache.toString()));
    return new LoopbackOperator(new ProcessBuilder(command).inheritIO().start());
  }

  public static void main(String[] arguments) throws Exception {
    Config config =
        new ConfigBuilder(Config.fromKubeconfig(Files.readString(Path.of(arguments[0]))))
            .withClientKeyAlgo("EC")
            .build();
    try (KubernetesClient client = Clients.working(config, Map.of());
        var sources =
            new GitSources(
                client,
                Clock.systemUTC(),
                new SimpleMeterRegistry(),
                GitSourceConfig.of(List.of(arguments[1]), Path.of(arguments[2]))
                    .withReach(dev.sandbar.source.git.GitReach.OTHER_MACHINES.withLoopback()))) {
      sources.start();
      Thread.currentThread().join();
    }
  }

  boolean isAlive() {
    return process.isAlive();
  }

  /** Most that it had in memory, in MiB. */
  long peak() throws IOException {
    return peak(process.toHandle());
  }

  /** The same of its workers. */
  List<Long> peaksOfWorkers() throws IOException {
    var peaks = new ArrayList<Long>();
    for (ProcessHandle worker : process.children().toList()) {
      peaks.add(peak(worker));
    }
    return peaks;
  }

  private static long peak(ProcessHandle process) throws IOException {
    return Files.readAllLines(Path.of("/proc/" + process.pid() + "/status")).stream()
        .filter(it -> it.startsWith("VmHWM:"))
        .mapToLong(it -> Long.parseLong(it.replaceAll("[^0-9]", "")) / 1024)
        .findFirst()
        .orElse(0);
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }
}
