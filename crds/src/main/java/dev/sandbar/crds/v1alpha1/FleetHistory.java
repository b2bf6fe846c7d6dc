package dev.sandbar.crds.v1alpha1;

import static io.fabric8.crd.generator.annotation.AdditionalPrinterColumn.Type.DATE;

import com.fasterxml.jackson.annotation.JsonClassDescription;
import io.fabric8.crd.generator.annotation.AdditionalPrinterColumn;
import io.fabric8.kubernetes.api.model.Namespaced;
import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.model.annotation.Group;
import io.fabric8.kubernetes.model.annotation.Plural;
import io.fabric8.kubernetes.model.annotation.ShortNames;
import io.fabric8.kubernetes.model.annotation.Singular;
import io.fabric8.kubernetes.model.annotation.Version;

/** What has changed in a namespace. In no category: it is as large as many objects. */
@JsonClassDescription(
    "What has changed in the fleet of a namespace, newest last. There is one, named fleet. The"
        + " operator alone writes it, at most once in five seconds and only when something has"
        + " changed. Read it with kubectl sandbar history.")
@Group(Sandbar.GROUP)
@Version(Sandbar.VERSION)
@Plural("fleethistories")
@Singular("fleethistory")
@ShortNames("fhist")
@AdditionalPrinterColumn(name = "Age", type = DATE, jsonPath = Sandbar.CREATED)
public final class FleetHistory extends CustomResource<FleetHistorySpec, Void>
    implements Namespaced {
  private static final long serialVersionUID = 1L;
}
