package dev.sandbar.operator.gitsource;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Clock;
import java.util.Collection;
import java.util.Optional;

/**
 * Listens for pushes for as long as the process lives, whether it leads or not: whoever sends them
 * cannot know which of several operators does. Until this one leads it passes them on.
 */
public final class Hooks implements AutoCloseable {
  private final RelayedPushes relayed;
  private final WebhookServer server;
  private volatile PushTarget target;

  private Hooks(
      KubernetesClient client,
      Clock clock,
      MeterRegistry registry,
      Collection<String> namespaces,
      InetSocketAddress address)
      throws IOException {
    relayed = new RelayedPushes(client, clock, namespaces);
    target = relayed;
    var handler =
        new WebhookHandler(
            new Current(), new SourceSecrets(client), clock, new SourceMetrics(registry));
    try {
      server = WebhookServer.start(address, handler);
    } catch (IOException e) {
      handler.close();
      relayed.close();
      throw e;
    }
  }

  /**
   * Starts to listen.
   *
   * @param client may annotate GitSources although this operator does not lead; needs no other
   *     write
   * @param namespaces whose sources; empty for all
   * @param address port 0 takes a free one
   * @throws IOException if the address cannot be listened on
   */
  public static Hooks start(
      KubernetesClient client,
      Clock clock,
      MeterRegistry registry,
      Collection<String> namespaces,
      InetSocketAddress address)
      throws IOException {
    return new Hooks(client, clock, registry, namespaces, address);
  }

  /** From now on pushes go to the sources that this operator itself follows. */
  public void lead(GitSources sources) {
    target = sources.pushes();
    relayed.close();
  }

  /** The port. */
  public int port() {
    return server.port();
  }

  @Override
  public void close() {
    server.close();
    relayed.close();
  }

  private final class Current implements PushTarget {
    @Override
    public boolean isReady() {
      return target.isReady();
    }

    @Override
    public Optional<PushSource> find(String namespace, String name) {
      return target.find(namespace, name);
    }

    @Override
    public boolean look(String namespace, String name) {
      return target.look(namespace, name);
    }
  }
}
