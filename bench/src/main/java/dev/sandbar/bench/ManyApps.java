package dev.sandbar.bench;

import io.fabric8.kubernetes.client.dsl.base.ResourceDefinitionContext;

/** Manifests of many apps that are alike, and their kinds. */
final class ManyApps {
  static final ResourceDefinitionContext APPS = kind("AppSandbox", "appsandboxes");
  static final ResourceDefinitionContext SOURCES = kind("GitSource", "gitsources");

  private ManyApps() {}

  static String name(int i) {
    return "app-%04d".formatted(i);
  }

  /** Some two kilobytes, as a real app has with its comments and hatches. */
  static String manifest(String name, String internet) {
    return """
        apiVersion: sandbar.dev/v1alpha1
        kind: AppSandbox
        metadata: {name: %s}
        spec:
          devices: {matchLabels: {site: berlin, role: pump}}
          run:
            command: [/usr/bin/pump-controller, --config, /etc/pump.toml, --padding, "%s"]
            environment: {LOG_LEVEL: info}
          permissions: {internet: %s, state: true}
          systemCalls: {deny: ["@reboot", "@module", "@mount"]}
          directives: {MemoryMax: 64M}
        """
        .formatted(name, "x".repeat(1500), internet);
  }

  private static ResourceDefinitionContext kind(String kind, String plural) {
    return new ResourceDefinitionContext.Builder()
        .withGroup("sandbar.dev")
        .withVersion("v1alpha1")
        .withKind(kind)
        .withPlural(plural)
        .withNamespaced(true)
        .build();
  }
}
