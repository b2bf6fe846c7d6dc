package dev.sandbar.device.fleet;

import static org.assertj.core.api.Assertions.assertThat;

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
}
