package dev.sandbar.crds.v1alpha1;

import static io.fabric8.crd.generator.annotation.AdditionalPrinterColumn.Type.BOOLEAN;
import static io.fabric8.crd.generator.annotation.AdditionalPrinterColumn.Type.DATE;
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

/** A repository whose manifests are applied to the cluster. */
@JsonClassDescription(
    "A repository whose AppSandbox manifests are applied to the namespace of this" + " object.")
@Group(Sandbar.GROUP)
@Version(Sandbar.VERSION)
@Plural("gitsources")
@Singular("gitsource")
@ShortNames("gits")
@Categories(Sandbar.CATEGORY)
@AdditionalPrinterColumn(name = "Ready", type = STRING, jsonPath = Sandbar.READY_STATUS)
@AdditionalPrinterColumn(name = "Status", type = STRING, jsonPath = Sandbar.READY_REASON)
@AdditionalPrinterColumn(name = "Suspended", type = BOOLEAN, jsonPath = ".spec.suspend")
@AdditionalPrinterColumn(name = "Age", type = DATE, jsonPath = Sandbar.CREATED)
@AdditionalPrinterColumn(name = "URL", type = STRING, jsonPath = ".spec.url", priority = 1)
@AdditionalPrinterColumn(
    name = "Revision",
    type = STRING,
    jsonPath = ".status.lastAppliedRevision",
    priority = 1)
@AdditionalPrinterColumn(
    name = "Message",
    type = STRING,
    jsonPath = Sandbar.READY_MESSAGE,
    priority = 1)
public final class GitSource extends CustomResource<GitSourceSpec, GitSourceStatus>
    implements Namespaced {
  private static final long serialVersionUID = 1L;
}
