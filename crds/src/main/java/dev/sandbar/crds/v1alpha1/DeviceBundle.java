package dev.sandbar.crds.v1alpha1;

import io.fabric8.kubernetes.api.model.Namespaced;
import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.model.annotation.Group;
import io.fabric8.kubernetes.model.annotation.Plural;
import io.fabric8.kubernetes.model.annotation.ShortNames;
import io.fabric8.kubernetes.model.annotation.Singular;
import io.fabric8.kubernetes.model.annotation.Version;

/** Everything that one device must run, and what it reports of it. */
@Group(Sandbar.GROUP)
@Version(Sandbar.VERSION)
@Plural("devicebundles")
@Singular("devicebundle")
@ShortNames("bundle")
public final class DeviceBundle extends CustomResource<DeviceBundleSpec, DeviceBundleStatus>
    implements Namespaced {
  private static final long serialVersionUID = 1L;
}
