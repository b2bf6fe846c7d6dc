package dev.sandbar.operator.gitsource;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.model.Location;
import io.fabric8.kubernetes.api.model.Status;
import io.fabric8.kubernetes.api.model.StatusBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import org.junit.jupiter.api.Test;

/** What it means that an app was not written. */
class AppliedTest {
  private static Applied forbidden(String cause) {
    Status status =
        new StatusBuilder()
            .withCode(403)
            .withMessage("forbidden")
            .withNewDetails()
            .addNewCause("metadata.namespace", "message", cause)
            .endDetails()
            .build();
    return Applied.failure(
        new KubernetesClientException("forbidden", 403, status), "pump", Location.NOWHERE);
  }

  @Test
  void whatANamespaceUnderDeletionDoesNotTakeIsNoFaultOfTheManifest() {
    assertThat(forbidden("NamespaceTerminating")).isEqualTo(new Applied.Failed("forbidden"));
  }

  @Test
  void aMissingRightIs() {
    assertThat(forbidden("FieldValueForbidden")).isInstanceOf(Applied.Refused.class);
  }
}
