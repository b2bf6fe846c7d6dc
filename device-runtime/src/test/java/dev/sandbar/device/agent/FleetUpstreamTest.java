package dev.sandbar.device.agent;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.bundle.Bundle;
import dev.sandbar.core.bundle.BundleEntry;
import dev.sandbar.core.compile.ReferenceDevice;
import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.DeviceSettings;
import dev.sandbar.core.model.Node;
import dev.sandbar.core.report.Backoff;
import dev.sandbar.device.fleet.BundleFollower;
import dev.sandbar.device.fleet.FleetAddress;
import dev.sandbar.device.fleet.LinkUse;
import dev.sandbar.device.kube.ApiCredentials;
import dev.sandbar.device.kube.ApiLimits;
import dev.sandbar.device.kube.ApiServerAddress;
import dev.sandbar.device.kube.KubeApi;
import dev.sandbar.device.kube.Trust;
import dev.sandbar.device.report.AgentMetrics;
import dev.sandbar.device.store.CredentialCipher;
import dev.sandbar.device.store.DurableFiles;
import dev.sandbar.device.store.SecretKeyFile;
import dev.sandbar.device.store.StateStore;
import dev.sandbar.source.text.YamlReader;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import org.junit.jupiter.api.Test;

class FleetUpstreamTest {
  /** Nothing listens there. */
  private static final URI NOWHERE = URI.create("http://127.0.0.1:1");

  /** There is no systemd that encrypts. */
  private static final class NoCipher implements CredentialCipher {
    @Override
    public byte[] encrypt(String name, byte[] secret) throws IOException {
      throw new IOException("nothing answers");
    }

    @Override
    public byte[] decrypt(String name, byte[] encrypted) throws IOException {
      throw new IOException("nothing answers");
    }
  }

  /** A bundle as it is on the disk. */
  private record Saved(String uid, long generation, String owner, boolean settled, Node spec) {}

  /** Whoever requests a reconcile must not be answered before what has arrived was taken. */
  @Test
  void aBundleIsPendingUntilItIsTaken() throws IOException {
    // Not one that is deleted at the end: what is closed may still write.
    Path root = Files.createTempDirectory(Path.of("target").toAbsolutePath(), "upstream");
    var store = new StateStore(root);
    try (FleetUpstream upstream = upstream(root, store)) {
      assertThat(upstream.isPending()).as("nothing has arrived").isFalse();
    }
    Node spec =
        YamlReader.read("test", "{run: {command: [/bin/true]}}".getBytes(UTF_8))
            .documents()
            .getFirst();
    var entry = new BundleEntry(new AppName("pump"), spec, 1, "", "");
    store.save("bundle", new Saved("uid", 7, "", true, Bundle.of(List.of(entry)).toNode()));
    try (FleetUpstream upstream = upstream(root, store)) {
      assertThat(upstream.isPending()).as("it has arrived").isTrue();
      assertThat(upstream.take(ReferenceDevice.facts()).orElseThrow().revision())
          .isEqualTo("generation/7");
      assertThat(upstream.isPending()).as("it was taken").isFalse();
    }
  }

  private static FleetUpstream upstream(Path root, StateStore store) {
    var api =
        new KubeApi(
            new ApiServerAddress(NOWHERE),
            new Trust.Platform(),
            new ApiCredentials.Anonymous(),
            ApiLimits.DEFAULT,
            InstantSource.system());
    var link =
        new FleetLink(
            api,
            new FleetAddress(NOWHERE, "plant", "pump-1"),
            "test",
            () -> {},
            BundleFollower.Timing.STANDARD,
            LinkUse.USUAL);
    var options =
        new AgentOptions(
            root, "none", List.of(), DeviceSettings.DEFAULT, Duration.ZERO, Backoff.STANDARD);
    return new FleetUpstream(
        link,
        new Upstream.Setting(
            store, Clock.systemUTC(), new AgentMetrics(), () -> {}, () -> {}, () -> {}),
        QueryReplies.of(options),
        new SecretKeyFile(root, new DurableFiles(), new NoCipher()));
  }
}
