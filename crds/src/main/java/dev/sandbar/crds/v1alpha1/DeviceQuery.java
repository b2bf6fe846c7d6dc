package dev.sandbar.crds.v1alpha1;

import static io.fabric8.crd.generator.annotation.AdditionalPrinterColumn.Type.DATE;
import static io.fabric8.crd.generator.annotation.AdditionalPrinterColumn.Type.STRING;

import com.fasterxml.jackson.annotation.JsonClassDescription;
import io.fabric8.crd.generator.annotation.AdditionalPrinterColumn;
import io.fabric8.kubernetes.api.model.Namespaced;
import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.model.annotation.Group;
import io.fabric8.kubernetes.model.annotation.Plural;
import io.fabric8.kubernetes.model.annotation.ShortNames;
import io.fabric8.kubernetes.model.annotation.Singular;
import io.fabric8.kubernetes.model.annotation.Version;

/**
 * One question to one device, and its sealed answer. In no category: {@code kubectl get sandbar} of
 * whoever may not list queries would fail for it.
 */
@JsonClassDescription(
    "One question to one device, which answers it once. It has the name of the Device, so that"
        + " there is at most one at a time. kubectl sandbar logs and events create and delete it;"
        + " the operator deletes what is left two minutes after it first saw it.")
@Group(Sandbar.GROUP)
@Version(Sandbar.VERSION)
@Plural("devicequeries")
@Singular("devicequery")
@ShortNames("dvq")
@AdditionalPrinterColumn(name = "App", type = STRING, jsonPath = ".spec.logs.app")
@AdditionalPrinterColumn(name = "Refused", type = STRING, jsonPath = ".status.refused.reason")
@AdditionalPrinterColumn(name = "Age", type = DATE, jsonPath = Sandbar.CREATED)
public final class DeviceQuery extends CustomResource<DeviceQuerySpec, DeviceQueryStatus>
    implements Namespaced {
  private static final long serialVersionUID = 1L;
}
