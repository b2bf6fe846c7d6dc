package dev.sandbar.operator.gitsource;

import dev.sandbar.core.model.Diagnostic;
import dev.sandbar.core.model.Location;
import dev.sandbar.core.model.Problem;
import dev.sandbar.operator.publish.ApiFailure;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.util.List;

/** What became of one write. */
sealed interface Applied {
  /** It is as declared, as the answer of the API server shows. */
  record Done(Live live) implements Applied {}

  /** Written, and the API server gives back something else: an admission webhook, for example. */
  record Different(Live live, List<FieldDifference> differences) implements Applied {}

  /** The API server does not take it; it waits for a person. */
  record Refused(Diagnostic problem) implements Applied {}

  /** Somebody was faster; the watch sends what there is now. */
  record Overtaken() implements Applied {}

  /** It is tried again. */
  record Failed(String message) implements Applied {}

  /** Writes one app and reads the answer. */
  static Applied write(
      AppWrites writes,
      LiveApps apps,
      Judge judge,
      GitApp desired,
      String revision,
      boolean force) {
    try {
      GenericKubernetesResource answer = writes.apply(desired, revision, force);
      Live live = apps.accept(answer);
      if (!judge.differences(desired, live).isEmpty()) {
        live = apps.accept(writes.replace(answer, desired));
      }
      List<FieldDifference> left = judge.differences(desired, live);
      return left.isEmpty() ? new Done(live) : new Different(live, left);
    } catch (KubernetesClientException e) {
      return failure(e, desired.name(), desired.at());
    }
  }

  /** What it means that an app was not written. */
  static Applied failure(KubernetesClientException failure, String name, Location at) {
    if (ApiFailure.isOfEndingNamespace(failure)) {
      // Nobody's manifest is wrong, and no right is missing.
      return new Failed(ApiFailure.message(failure));
    }
    return switch (ApiFailure.of(failure)) {
      case INVALID ->
          new Refused(
              Diagnostic.error(
                  Problem.INVALID_VALUE,
                  at,
                  "the API server refuses the app '" + name + "': " + ApiFailure.message(failure),
                  "Fix the manifest"));
      case FORBIDDEN ->
          new Refused(
              Diagnostic.error(
                  Problem.SOURCE,
                  at,
                  "the API server does not let the operator write the app '"
                      + name
                      + "': "
                      + ApiFailure.message(failure),
                  "Allow it by a Role or an admission rule"));
      case CONFLICT -> new Overtaken();
      case NOT_FOUND, UNAVAILABLE, NO_ANSWER -> new Failed(ApiFailure.message(failure));
    };
  }
}
