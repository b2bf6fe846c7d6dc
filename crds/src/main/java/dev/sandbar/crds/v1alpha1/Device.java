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

/** One device of the fleet. */
@JsonClassDescription(
    "One device of the fleet. It makes the object itself when it enrols; its owner"
        + " labels it, and apps select it by its labels.")
@Group(Sandbar.GROUP)
@Version(Sandbar.VERSION)
@Plural("devices")
@Singular("device")
@ShortNames("dvc")
@Categories(Sandbar.CATEGORY)
@AdditionalPrinterColumn(name = "Ready", type = STRING, jsonPath = Sandbar.READY_STATUS)
@AdditionalPrinterColumn(name = "Drifted", type = INTEGER, jsonPath = ".status.apps.drifted")
@AdditionalPrinterColumn(name = "Apps", type = INTEGER, jsonPath = ".status.apps.desired")
@AdditionalPrinterColumn(name = "Status", type = STRING, jsonPath = Sandbar.READY_REASON)
@AdditionalPrinterColumn(name = "Suspended", type = BOOLEAN, jsonPath = ".spec.suspend")
@AdditionalPrinterColumn(name = "Age", type = DATE, jsonPath = Sandbar.CREATED)
@AdditionalPrinterColumn(
    name = "systemd",
    type = INTEGER,
    jsonPath = ".status.facts.systemd",
    priority = 1)
@AdditionalPrinterColumn(
    name = "Kernel",
    type = STRING,
    jsonPath = ".status.facts.kernel",
    priority = 1)
@AdditionalPrinterColumn(
    name = "Architecture",
    type = STRING,
    jsonPath = ".status.facts.architecture",
    priority = 1)
@AdditionalPrinterColumn(
    name = "Agent",
    type = STRING,
    jsonPath = ".status.facts.agent",
    priority = 1)
@AdditionalPrinterColumn(name = "Hold", type = STRING, jsonPath = ".spec.hold", priority = 1)
@AdditionalPrinterColumn(
    name = "Message",
    type = STRING,
    jsonPath = Sandbar.READY_MESSAGE,
    priority = 1)
public final class Device extends CustomResource<DeviceSpec, DeviceStatus> implements Namespaced {
  private static final long serialVersionUID = 1L;
}
