package dev.sandbar.operator.gitsource;

import dev.sandbar.core.report.Backoff;
import dev.sandbar.operator.history.OwnActs;
import dev.sandbar.operator.publish.AppContents;
import dev.sandbar.operator.publish.FairTurns;
import dev.sandbar.operator.publish.Writes;
import dev.sandbar.operator.report.EventRecorder;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.time.Clock;

/** What all sources of one operator share. */
record Tools(
    KubernetesClient client,
    Clock clock,
    GitSourceConfig config,
    Backoff corrections,
    NamespaceWatches watches,
    Writes writes,
    WriteLimiter limiter,
    FairTurns looks,
    GitWorkers workers,
    DeclaredRoom room,
    SourceMetrics metrics,
    AppContents contents,
    OwnActs acts,
    EventRecorder events) {

  Judge judge(String source) {
    var serialization = client.getKubernetesSerialization();
    return new Judge(source, json -> serialization.unmarshal(json, java.util.Map.class));
  }
}
