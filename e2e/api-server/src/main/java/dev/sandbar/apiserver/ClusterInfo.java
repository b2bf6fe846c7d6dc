package dev.sandbar.apiserver;

import java.nio.charset.StandardCharsets;
import java.util.Base64;

/** What kubeadm publishes for machines that know nothing of a cluster but the pin of its CA. */
final class ClusterInfo {
  private static final String MANIFEST =
      """
      apiVersion: v1
      kind: ConfigMap
      metadata: {name: cluster-info, namespace: kube-public}
      data:
        kubeconfig: |
          apiVersion: v1
          kind: Config
          clusters:
          - name: ""
            cluster: {server: %s, certificate-authority-data: %s}
      ---
      apiVersion: rbac.authorization.k8s.io/v1
      kind: Role
      metadata: {name: cluster-info, namespace: kube-public}
      rules: [{apiGroups: [""], resources: [configmaps], resourceNames: [cluster-info], verbs: [get]}]
      ---
      apiVersion: rbac.authorization.k8s.io/v1
      kind: RoleBinding
      metadata: {name: cluster-info, namespace: kube-public}
      roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: cluster-info}
      subjects: [{apiGroup: rbac.authorization.k8s.io, kind: User, name: "system:anonymous"}]
      """;

  private ClusterInfo() {}

  static String manifest(String server, String caPem) {
    return MANIFEST.formatted(
        server, Base64.getEncoder().encodeToString(caPem.getBytes(StandardCharsets.US_ASCII)));
  }
}
