package dev.sandbar.crds.v1alpha1;

import io.fabric8.kubernetes.api.model.Namespaced;
import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.model.annotation.Group;
import io.fabric8.kubernetes.model.annotation.Plural;
import io.fabric8.kubernetes.model.annotation.ShortNames;
import io.fabric8.kubernetes.model.annotation.Singular;
import io.fabric8.kubernetes.model.annotation.Version;

/** One app: which devices run it, its program, and what it may do. */
@Group(Sandbar.GROUP)
@Version(Sandbar.VERSION)
@Plural("appsandboxes")
@Singular("appsandbox")
@ShortNames("asb")
public final class AppSandbox extends CustomResource<AppSandboxSpec, AppSandboxStatus>
    implements Namespaced {
  private static final long serialVersionUID = 1L;
}
