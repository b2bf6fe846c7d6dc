package dev.sandbar.operator.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sandbar.apiserver.ApiServer;
import dev.sandbar.apiserver.KubernetesApi;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** A leader that does nothing leads no longer. */
class LeaderProgressTest {
  private final AtomicLong now = new AtomicLong(17);
  private volatile boolean starting;
  private volatile String trouble = "";
  private final LeaderProgress progress =
      new LeaderProgress(now::get, () -> starting, () -> trouble);

  private void pass(Duration time) {
    now.addAndGet(time.toNanos());
  }

  @Test
  void whatLastsEndsTheProcessAndWhatPassesDoesNot() {
    assertThat(progress.stuck()).isEmpty();
    trouble = "Leases are not followed";
    assertThat(progress.stuck()).isEmpty();
    assertThat(progress.complaint()).as("not at once").isEmpty();
    pass(LeaderProgress.SHOWN);
    assertThat(progress.complaint()).isEqualTo("Leases are not followed");
    pass(LeaderProgress.TO_RECOVER.minus(LeaderProgress.SHOWN).minusNanos(1));
    assertThat(progress.stuck()).isEmpty();
    trouble = "";
    assertThat(progress.stuck()).isEmpty();
    assertThat(progress.complaint()).isEmpty();
    trouble = "GitSources are not followed";
    assertThat(progress.stuck()).isEmpty();
    pass(LeaderProgress.TO_RECOVER);
    assertThat(progress.stuck())
        .isEqualTo("no progress for 5 minutes: GitSources are not followed");
  }

  @Test
  void aStartMayTakeLongerButNotForEver() {
    starting = true;
    trouble = "fleet has not read all that there is yet";
    assertThat(progress.stuck()).isEmpty();
    pass(LeaderProgress.TO_START.minusNanos(1));
    assertThat(progress.stuck()).isEmpty();
    pass(Duration.ofNanos(1));
    assertThat(progress.stuck()).startsWith("no progress for 15 minutes: fleet has not read");
    // Once it has started, what it complains of is something else.
    starting = false;
    trouble = "queries are not taken to their devices";
    assertThat(progress.stuck()).isEmpty();
    pass(LeaderProgress.TO_RECOVER);
    assertThat(progress.stuck()).isNotEmpty();
  }

  @Test
  void anOutageIsNobodysFault() {
    trouble = "Leases are not followed";
    assertThat(progress.stuck()).isEmpty();
    pass(LeaderProgress.TO_RECOVER);
    progress.outage();
    assertThat(progress.stuck()).isEmpty();
    pass(LeaderProgress.TO_RECOVER);
    assertThat(progress.stuck()).isNotEmpty();
  }

  @Test
  void theLeaseIsLetGoForAnother(@KubernetesApi ApiServer api) {
    String namespace = api.newNamespace("progress");
    List<String> said = new CopyOnWriteArrayList<>();
    try (KubernetesClient client =
        Clients.electing(Config.fromKubeconfig(api.kubeconfig().toFile()), 5_000)) {
      try (var first = leadership(client, namespace, "first", progress, said)) {
        first.start();
        await().until(first::holds);
        trouble = "nobody looks for devices that are silent";
        String _ = progress.stuck();
        pass(LeaderProgress.TO_RECOVER);
        await().until(() -> said.contains("lost first"));
        assertThat(first.holds()).isFalse();
        var healthy = new LeaderProgress(now::get, () -> false, () -> "");
        try (var second = leadership(client, namespace, "second", healthy, said)) {
          second.start();
          // Sooner than a Lease that nobody renews would be over.
          await().atMost(Duration.ofSeconds(30)).until(second::holds);
        }
      }
    }
    assertThat(said).containsExactly("elected first", "lost first", "elected second");
  }

  private static Leadership leadership(
      KubernetesClient client,
      String namespace,
      String name,
      LeaderProgress progress,
      List<String> said) {
    var settings =
        new Leadership.Settings(
            namespace,
            Leadership.Settings.NAME,
            name,
            Duration.ofHours(1),
            Duration.ofMinutes(10),
            Duration.ofMillis(50));
    return new Leadership(
        client,
        settings,
        Clock.systemUTC(),
        System::nanoTime,
        new Leadership.Listener() {
          @Override
          public void elected() {
            said.add("elected " + name);
          }

          @Override
          public void lost(String why) {
            said.add("lost " + name);
          }
        },
        progress);
  }
}
