package dev.sandbar.cli.fleet;

import dev.sandbar.crds.v1alpha1.GitSourceSpec;
import dev.sandbar.crds.v1alpha1.GitSourceStatus;

/** One repository that the fleet follows. */
record FleetSource(String namespace, String name, GitSourceSpec spec, GitSourceStatus status) {

  boolean suspended() {
    return Boolean.TRUE.equals(spec.suspend());
  }

  /** How urgent it is: 0 is as declared. */
  int urgency() {
    String ready = Standing.status(status.conditions(), "Ready");
    return ready.equals("False") ? 2 : ready.equals("True") && status.problems().isEmpty() ? 0 : 1;
  }
}
