package dev.sandbar.operator.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sandbar.apiserver.ApiServer;
import dev.sandbar.apiserver.KeyForm;
import dev.sandbar.apiserver.KubernetesApi;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Kubeconfigs of all kinds of clusters. */
class KubeconfigKeysTest {

  @ParameterizedTest
  @EnumSource
  void everyFormOfAKeyIsTakenOrToldHowToMendIt(
      KeyForm form, @KubernetesApi ApiServer api, @TempDir Path folder) {
    Path kubeconfig = form.kubeconfig(api, folder);
    if (form == KeyForm.ENCRYPTED) {
      assertThatThrownBy(() -> Clients.working(Clients.config(kubeconfig), Map.of()))
          .isInstanceOfSatisfying(
              StartException.class, e -> assertThat(e.help()).contains("openssl pkcs8 -topk8"))
          .hasMessageContaining("key");
      return;
    }
    try (var client = Clients.working(Clients.config(kubeconfig), Map.of())) {
      assertThat(client.namespaces().withName("kube-system").get()).isNotNull();
    }
  }
}
