package dev.sandbar.operator.reconcile;

import dev.sandbar.core.bundle.BundleEntry;
import dev.sandbar.core.fleet.FleetCondition;
import dev.sandbar.core.model.AppSandbox;
import dev.sandbar.core.model.Diagnostic;
import dev.sandbar.core.model.Selector;
import dev.sandbar.core.model.SelectorReader;
import dev.sandbar.core.model.SpecReader;
import dev.sandbar.operator.publish.Pool;
import dev.sandbar.operator.publish.Trees;
import dev.sandbar.operator.report.StatusText;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import java.util.List;
import java.util.Map;

/**
 * An AppSandbox as it stands in the cluster.
 *
 * @param version resourceVersion
 * @param revision of the source, or {@code generation/N}
 * @param requestedAt when somebody asked to look again; empty if nobody did
 * @param status that stands in the cluster, as text
 */
record DeclaredApp(
    Key key,
    String version,
    long generation,
    String revision,
    String requestedAt,
    Pool.Spec spec,
    Reading reading,
    Selector selector,
    List<FleetCondition> conditions,
    String status) {

  /** Annotation of the revision that an object came from. */
  static final String REVISION = "sandbar.dev/revision";

  /** Annotation that asks to look again. */
  static final String REQUESTED_AT = "sandbar.dev/requestedAt";

  private static final int LONGEST = 128;

  DeclaredApp {
    conditions = List.copyOf(conditions);
  }

  /** What the spec says. */
  sealed interface Reading {
    /** It can be used. */
    record Valid(AppSandbox app) implements Reading {}

    /**
     * It cannot.
     *
     * @param message what is wrong, with the mend
     */
    record Invalid(String message) implements Reading {}
  }

  /** Reads an object of the API server. */
  static DeclaredApp read(GenericKubernetesResource object, Pool pool) {
    Key key = Key.of(object);
    Map<String, String> annotations =
        object.getMetadata().getAnnotations() == null
            ? Map.of()
            : object.getMetadata().getAnnotations();
    Long generation = object.getMetadata().getGeneration();
    long number = generation == null ? 0 : generation;
    Pool.Spec spec = pool.of(Trees.field(object, "spec"));
    Reading reading =
        switch (SpecReader.read(BundleEntry.document(key.name(), spec.node()))) {
          case SpecReader.Read(var app, _) -> new Reading.Valid(app);
          case SpecReader.Refused(_, _, var diagnostics) -> new Reading.Invalid(text(diagnostics));
        };
    Selector selector =
        switch (reading) {
          case Reading.Valid(var app) -> app.devices();
          case Reading.Invalid _ -> selectorAlone(spec);
        };
    var status = Trees.field(object, "status");
    return new DeclaredApp(
        key,
        object.getMetadata().getResourceVersion(),
        number,
        cut(annotations.getOrDefault(REVISION, "generation/" + number)),
        cut(annotations.getOrDefault(REQUESTED_AT, "")),
        spec,
        reading,
        selector,
        StatusText.conditions(status),
        StatusText.canonical(status));
  }

  /** Even of a spec that is otherwise wrong it can be told which devices wait for it. */
  private static Selector selectorAlone(Pool.Spec spec) {
    var devices = spec.node().fields().get("devices");
    return devices == null
        ? Selector.EVERYTHING
        : SelectorReader.alone(devices).orElse(Selector.EVERYTHING);
  }

  private static String text(List<Diagnostic> diagnostics) {
    List<Diagnostic> errors =
        diagnostics.stream().filter(d -> d.severity() == Diagnostic.Severity.ERROR).toList();
    Diagnostic first = errors.getFirst();
    String mend = first.mend().isEmpty() ? "" : " (" + first.mend() + ")";
    String more = errors.size() > 1 ? "; and " + (errors.size() - 1) + " more" : "";
    return first.message() + mend + more;
  }

  private static String cut(String text) {
    return text.length() > LONGEST ? text.substring(0, LONGEST) : text;
  }
}
