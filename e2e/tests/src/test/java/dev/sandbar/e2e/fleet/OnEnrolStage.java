package dev.sandbar.e2e.fleet;

import dev.sandbar.apiserver.ApiServer;
import dev.sandbar.apiserver.KubernetesApi;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/** Tests that share one {@link EnrolStage}. */
abstract class OnEnrolStage {
  static EnrolStage stage;

  @BeforeAll
  static void begin(@KubernetesApi ApiServer api) {
    stage = new EnrolStage(api);
  }

  @AfterAll
  static void end() {
    stage.close();
  }
}
