package dev.sandbar.cli.fleet;

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
    String kubeconfig = form.kubeconfig(api, folder).toString();
    var target = new FleetTarget(kubeconfig, "", "", false, Map.of());
    if (form == KeyForm.ENCRYPTED) {
      assertThatThrownBy(() -> FleetConnection.open(target))
          .isInstanceOfSatisfying(
              FleetException.class, e -> assertThat(e.help()).contains("openssl pkcs8 -topk8"))
          .hasMessageContaining("encrypted");
      return;
    }
    try (FleetConnection connection = FleetConnection.open(target)) {
      assertThat(connection.client().namespaces().withName("kube-system").get()).isNotNull();
    }
  }
}
