package dev.sandbar.cli.fleet;

import dev.sandbar.crds.v1alpha1.GitSourceSpec;
import dev.sandbar.crds.v1alpha1.GitSourceStatus;

/** One repository that the fleet follows. */
record SourceState(String namespace, String name, GitSourceSpec spec, GitSourceStatus status) {

  boolean suspended() {
    return Boolean.TRUE.equals(spec.suspend());
  }

  /** How urgent it is: 0 is as declared. */
  int urgency() {
    String ready = Standing.status(status.conditions(), "Ready");
    return ready.equals("False") ? 2 : ready.equals("True") && status.problems().isEmpty() ? 0 : 1;
  }

  /** {@code 3b1f0c5a} of a revision such as {@code main@sha1:3b1f0c5a...}. */
  static String shortened(String revision) {
    int hash = revision.lastIndexOf(':') + 1;
    String rest = revision.substring(hash);
    return rest.matches("[0-9a-f]{40,64}")
        ? revision.substring(0, hash) + rest.substring(0, 8)
        : revision;
  }
}
