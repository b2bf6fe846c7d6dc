package dev.sandbar.e2e;

/** Apps that tests declare. */
final class Manifests {

  /** Sleeps. */
  static final String SLEEPER =
      """
      apiVersion: sandbar.dev/v1alpha1
      kind: AppSandbox
      metadata: {name: sleeper}
      spec:
        run: {command: [/usr/bin/sleep, infinity]}
        drift: {mode: Correct}
      """;

  private Manifests() {}
}
