package dev.sandbar.crds.v1alpha1;

import static io.fabric8.crd.generator.annotation.AdditionalPrinterColumn.Type.DATE;
import static io.fabric8.crd.generator.annotation.AdditionalPrinterColumn.Type.INTEGER;

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
 * The content of a file that no bundle has room for. In no category: {@code kubectl get sandbar}
 * would read megabytes.
 */
@JsonClassDescription(
    "The content of one file of an app, which is too large for the DeviceBundles of its devices."
        + " The operator makes it of a value of a ConfigMap, or of a file of a repository, once the"
        + " bundle of a device is to name it: one for each content of a namespace. Devices get it by"
        + " its name, which only their bundles say. It is deleted an hour after no bundle names it"
        + " any more.")
@Group(Sandbar.GROUP)
@Version(Sandbar.VERSION)
@Plural("appcontents")
@Singular("appcontent")
@ShortNames("apc")
@AdditionalPrinterColumn(name = "Bytes", type = INTEGER, jsonPath = ".spec.bytes")
@AdditionalPrinterColumn(name = "Age", type = DATE, jsonPath = Sandbar.CREATED)
public final class AppContent extends CustomResource<AppContentSpec, Void> implements Namespaced {
  private static final long serialVersionUID = 1L;
}
