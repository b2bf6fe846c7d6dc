package dev.sandbar.crds.v1alpha1;

import static io.fabric8.crd.generator.annotation.AdditionalPrinterColumn.Type.DATE;
import static io.fabric8.crd.generator.annotation.AdditionalPrinterColumn.Type.INTEGER;
import static io.fabric8.crd.generator.annotation.AdditionalPrinterColumn.Type.STRING;

import com.fasterxml.jackson.annotation.JsonClassDescription;
import io.fabric8.crd.generator.annotation.AdditionalPrinterColumn;
import io.fabric8.kubernetes.api.model.Namespaced;
import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.model.annotation.Categories;
import io.fabric8.kubernetes.model.annotation.Group;
import io.fabric8.kubernetes.model.annotation.Plural;
import io.fabric8.kubernetes.model.annotation.ShortNames;
import io.fabric8.kubernetes.model.annotation.Singular;
import io.fabric8.kubernetes.model.annotation.Version;

/** Everything that one device must run, and what it reports of it. */
@JsonClassDescription(
    "Everything that one device must run, and what it reports of it. It has the name"
        + " of its Device; the operator writes the spec, the agent of the device the status.")
@Group(Sandbar.GROUP)
@Version(Sandbar.VERSION)
@Plural("devicebundles")
@Singular("devicebundle")
@ShortNames({"dvcb", "bundle"})
@Categories(Sandbar.CATEGORY)
@AdditionalPrinterColumn(name = "Generation", type = INTEGER, jsonPath = ".metadata.generation")
@AdditionalPrinterColumn(name = "Applied", type = INTEGER, jsonPath = ".status.observedGeneration")
@AdditionalPrinterColumn(name = "Reported", type = DATE, jsonPath = ".status.reportedAt")
@AdditionalPrinterColumn(name = "Age", type = DATE, jsonPath = Sandbar.CREATED)
@AdditionalPrinterColumn(name = "Digest", type = STRING, jsonPath = ".spec.digest", priority = 1)
public final class DeviceBundle extends CustomResource<DeviceBundleSpec, DeviceBundleStatus>
    implements Namespaced {
  private static final long serialVersionUID = 1L;
}
