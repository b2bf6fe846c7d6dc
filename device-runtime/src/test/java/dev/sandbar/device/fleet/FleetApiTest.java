package dev.sandbar.device.fleet;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.device.kube.ApiAnswer;
import dev.sandbar.device.kube.Json;
import dev.sandbar.device.report.AgentMetrics.FleetRequest;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class FleetApiTest {

  /** What is heard, and what {@link FleetApi#connected} says at that moment. */
  private static final class Recorder implements FleetApi.Witness {
    private final List<String> heard = new ArrayList<>();
    private @Nullable FleetApi api;

    private void note(String what) {
      heard.add(what + " " + (api != null && api.connected()));
    }

    @Override
    public void exchanged(FleetRequest kind, boolean good) {
      note(kind + " " + good);
    }

    @Override
    public void turned() {
      note("turned");
    }

    @Override
    public void refused() {
      note("refused");
    }

    @Override
    public void returned() {
      note("returned");
    }
  }

  /** Whoever shows it must not wait for something else to happen. */
  @Test
  void saysAtOnceThatTheServerIsLostAndThatItIsBack() throws Exception {
    var recorder = new Recorder();
    try (var server = ScriptedServer.start()) {
      FleetApi api = server.api(recorder);
      recorder.api = api;
      server.then(200, "{}").then(exchange -> Thread.sleep(3_000)).then(404, "{}");
      var _ = api.get("/api/v1/one");
      var _ = api.get("/api/v1/two");
      assertThat(api.connected()).isFalse();
      var _ = api.get("/api/v1/three");
      var _ = api.get("/api/v1/four");
    }
    assertThat(recorder.heard)
        .startsWith(
            "turned true",
            "returned true",
            "GET true true",
            "turned false",
            "GET false false",
            "turned true",
            "GET false true");
  }

  /** Every request is answered and none succeeds: that is not connected, and never a return. */
  @Test
  void aServerThatRefusesTheDeviceIsNotConnected() throws Exception {
    var recorder = new Recorder();
    try (var server = ScriptedServer.start()) {
      FleetApi api = server.api(recorder);
      recorder.api = api;
      server.then(200, "{}").then(403, "{}").then(403, "{}").then(401, "{}").then(200, "{}");
      var _ = api.get("/api/v1/bundle");
      var refused = (ApiAnswer.Failure) api.get("/api/v1/bundle");
      api.bundleRefused(refused);
      assertThat(api.connected()).isFalse();
      var _ = api.patch("/api/v1/lease", Json.object());
      var _ = api.get("/api/v1/bundle");
      assertThat(api.connected()).isFalse();
      var _ = api.get("/api/v1/bundle");
      assertThat(api.connected()).isTrue();
    }
    assertThat(recorder.heard)
        .containsExactly(
            "turned true",
            "returned true",
            "GET true true",
            "GET false true",
            "turned false",
            "refused false",
            "PATCH false false",
            "GET false false",
            "turned true",
            "GET true true");
  }
}
