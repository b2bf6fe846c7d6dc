package dev.sandbar.crds.v1alpha1;

import static io.fabric8.crd.generator.annotation.AdditionalPrinterColumn.Type.BOOLEAN;
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

/** One app: which devices run it, its program, and what it may do. */
@JsonClassDescription(
    "One app: which devices run it, its program, and what it may do. What is not"
        + " granted is withheld, and every device proves that its kernel enforces it.")
@Group(Sandbar.GROUP)
@Version(Sandbar.VERSION)
@Plural("appsandboxes")
@Singular("appsandbox")
@ShortNames("asb")
@Categories(Sandbar.CATEGORY)
@AdditionalPrinterColumn(name = "Desired", type = INTEGER, jsonPath = ".status.devices.desired")
@AdditionalPrinterColumn(name = "Updated", type = INTEGER, jsonPath = ".status.devices.updated")
@AdditionalPrinterColumn(name = "Ready", type = INTEGER, jsonPath = ".status.devices.ready")
@AdditionalPrinterColumn(name = "Drifted", type = INTEGER, jsonPath = ".status.devices.drifted")
@AdditionalPrinterColumn(name = "Status", type = STRING, jsonPath = Sandbar.READY_REASON)
@AdditionalPrinterColumn(name = "Age", type = DATE, jsonPath = Sandbar.CREATED)
@AdditionalPrinterColumn(
    name = "Suspended",
    type = BOOLEAN,
    jsonPath = ".spec.suspend",
    priority = 1)
@AdditionalPrinterColumn(
    name = "Unreachable",
    type = INTEGER,
    jsonPath = ".status.devices.unreachable",
    priority = 1)
@AdditionalPrinterColumn(
    name = "Cannot-Enforce",
    type = INTEGER,
    jsonPath = ".status.devices.cannotEnforce",
    priority = 1)
@AdditionalPrinterColumn(name = "Hold", type = STRING, jsonPath = ".spec.hold", priority = 1)
@AdditionalPrinterColumn(
    name = "Message",
    type = STRING,
    jsonPath = Sandbar.READY_MESSAGE,
    priority = 1)
public final class AppSandbox extends CustomResource<AppSandboxSpec, AppSandboxStatus>
    implements Namespaced {
  private static final long serialVersionUID = 1L;
}
