package dev.sandbar.crds.v1alpha1;

import io.fabric8.kubernetes.api.model.Namespaced;
import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.model.annotation.Group;
import io.fabric8.kubernetes.model.annotation.Plural;
import io.fabric8.kubernetes.model.annotation.ShortNames;
import io.fabric8.kubernetes.model.annotation.Singular;
import io.fabric8.kubernetes.model.annotation.Version;

/** One device of the fleet. */
@Group(Sandbar.GROUP)
@Version(Sandbar.VERSION)
@Plural("devices")
@Singular("device")
@ShortNames("dvc")
public final class Device extends CustomResource<DeviceSpec, DeviceStatus> implements Namespaced {
  private static final long serialVersionUID = 1L;
}
