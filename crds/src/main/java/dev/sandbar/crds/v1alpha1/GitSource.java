package dev.sandbar.crds.v1alpha1;

import io.fabric8.kubernetes.api.model.Namespaced;
import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.model.annotation.Group;
import io.fabric8.kubernetes.model.annotation.Plural;
import io.fabric8.kubernetes.model.annotation.ShortNames;
import io.fabric8.kubernetes.model.annotation.Singular;
import io.fabric8.kubernetes.model.annotation.Version;

/** A repository whose manifests are applied to the cluster. */
@Group(Sandbar.GROUP)
@Version(Sandbar.VERSION)
@Plural("gitsources")
@Singular("gitsource")
@ShortNames("gits")
public final class GitSource extends CustomResource<GitSourceSpec, GitSourceStatus>
    implements Namespaced {
  private static final long serialVersionUID = 1L;
}
