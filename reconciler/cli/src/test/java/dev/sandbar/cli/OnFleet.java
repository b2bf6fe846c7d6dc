package dev.sandbar.cli;

import dev.sandbar.apiserver.ApiServer;
import dev.sandbar.apiserver.KubernetesApi;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;

/** Tests of {@code sandbar fleet} in a namespace of a real API server. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class OnFleet {
  ApiServer api;
  String namespace = "";

  @BeforeAll
  void begin(@KubernetesApi ApiServer server) {
    api = server;
    api.applyCrds(FleetOnApiServerTest.CRDS);
    namespace = api.newNamespace("fleet");
  }

  Ran fleet(String... args) {
    return Ran.with(Map.of("KUBECONFIG", api.kubeconfig().toString()), "", command(args));
  }

  /** The arguments in this namespace. */
  String[] command(String... args) {
    var all = new ArrayList<>(List.of("fleet"));
    all.addAll(List.of(args));
    all.addAll(List.of("-n", namespace));
    return all.toArray(String[]::new);
  }

  String get(String kind, String name, String path) {
    return api.kubectl("get", kind, name, "-n", namespace, "-o", "jsonpath={" + path + "}")
        .orThrow();
  }

  void device(String name, String spec) {
    api.kubectl()
        .apply(
            """
            apiVersion: sandbar.dev/v1alpha1
            kind: Device
            metadata: {name: %s, namespace: %s}
            spec: %s
            """
                .formatted(name, namespace, spec))
        .orThrow();
  }
}
