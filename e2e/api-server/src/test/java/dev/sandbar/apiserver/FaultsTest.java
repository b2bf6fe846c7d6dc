package dev.sandbar.apiserver;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.apiserver.KubernetesApi.Scope;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import org.junit.jupiter.api.Test;

/** Parts of a control plane stop and come back, as fault tests want it. */
class FaultsTest {
  @Test
  void anApiServerThatStoppedComesBackWithItsObjects(
      @KubernetesApi(scope = Scope.CLASS) ApiServer api) {
    String namespace = api.newNamespace("kept");
    String url = api.url();
    api.stopApiServer();
    assertThat(api.kubectl("get", "namespaces", "--request-timeout=2s").ok()).isFalse();
    api.startApiServer();
    assertThat(api.url()).isEqualTo(url);
    assertThat(api.kubectl("get", "namespace", namespace, "-o", "name").orThrow())
        .isEqualTo("namespace/" + namespace);
  }

  @Test
  void anApiServerThatCrashedComesBackWithItsObjects(
      @KubernetesApi(scope = Scope.CLASS) ApiServer api) {
    String namespace = api.newNamespace("kept");
    api.killApiServer();
    assertThat(api.pids()).doesNotContainKey("kube-apiserver");
    api.startApiServer();
    assertThat(api.kubectl("get", "namespace", namespace).ok()).isTrue();
  }

  @Test
  void anApiServerThatIsHaltedDoesNotAnswerUntilItGoesOn(
      @KubernetesApi(scope = Scope.CLASS) ApiServer api) {
    api.pauseApiServer();
    assertThat(api.kubectl("get", "--raw", "/readyz", "--request-timeout=1s").ok()).isFalse();
    api.resumeApiServer();
    assertThat(api.kubectl("get", "--raw", "/readyz").ok()).isTrue();
  }

  @Test
  void anEtcdThatRestartedHasItsData(@KubernetesApi(scope = Scope.CLASS) ApiServer api) {
    String namespace = api.newNamespace("kept");
    api.stopEtcd();
    assertThat(api.kubectl("get", "ns", namespace, "--request-timeout=2s").ok()).isFalse();
    api.startEtcd();
    assertThat(api.kubectl("get", "namespace", namespace).ok()).isTrue();
  }

  @Test
  void controllersThatStoppedTakeUpTheirWorkAgain(
      @KubernetesApi(scope = Scope.CLASS) ApiServer api) {
    api.stopControllerManager();
    String namespace = api.newNamespace("late");
    api.kubectl("delete", "namespace", namespace, "--wait=false").orThrow();
    assertThat(
            api.kubectl("get", "namespace", namespace, "-o", "jsonpath={.status.phase}").orThrow())
        .isEqualTo("Terminating");
    api.startControllerManager();
    api.kubectl("wait", "--for=delete", "namespace/" + namespace, "--timeout=180s").orThrow();
  }

  @Test
  void aRelayPassesConnectionsOnUntilItIsCut(@KubernetesApi(scope = Scope.CLASS) ApiServer api)
      throws IOException {
    try (Relay relay = api.relay(new ServerSocket(0, 50, InetAddress.getLoopbackAddress()))) {
      String server = "--server=https://127.0.0.1:" + relay.port();
      assertThat(api.kubectl("get", "--raw", "/readyz", server).orThrow()).isEqualTo("ok");
      relay.cut();
      assertThat(api.kubectl("get", "--raw", "/readyz", server).ok()).isFalse();
      relay.restore();
      assertThat(api.kubectl("get", "--raw", "/readyz", server).orThrow()).isEqualTo("ok");
    }
  }
}
