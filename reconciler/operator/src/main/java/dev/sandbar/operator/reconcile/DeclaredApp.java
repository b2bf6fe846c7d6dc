package dev.sandbar.operator.reconcile;

import dev.sandbar.core.bundle.Bundle;
import dev.sandbar.core.bundle.BundleEntry;
import dev.sandbar.core.bundle.StatusLimits;
import dev.sandbar.core.model.AppSpec;
import dev.sandbar.core.model.Diagnostic;
import dev.sandbar.core.model.EncodedSize;
import dev.sandbar.core.model.HoldReader;
import dev.sandbar.core.model.HoldSpec;
import dev.sandbar.core.model.Node;
import dev.sandbar.core.model.ReadyWhen;
import dev.sandbar.core.model.ReadyWhenReader;
import dev.sandbar.core.model.SecretRef;
import dev.sandbar.core.model.Selector;
import dev.sandbar.core.model.SelectorReader;
import dev.sandbar.core.model.SpecBounds;
import dev.sandbar.core.model.SpecReader;
import dev.sandbar.core.plan.PruneGuard.Consent;
import dev.sandbar.core.report.Condition;
import dev.sandbar.core.report.Reason;
import dev.sandbar.crds.v1alpha1.AppSandboxStatus;
import dev.sandbar.operator.publish.BoundedApp;
import dev.sandbar.operator.publish.ObjectFields;
import dev.sandbar.operator.publish.ObjectTrees;
import dev.sandbar.operator.publish.Pool;
import dev.sandbar.operator.report.StatusText;
import dev.sandbar.source.ContentLookup;
import dev.sandbar.source.Inclusion;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * An AppSandbox as it stands in the cluster.
 *
 * @param version resourceVersion
 * @param revision of the source, or {@code generation/N}
 * @param requestedAt when somebody asked to look again; empty if nobody did
 * @param consent to how many devices that lose the app at once
 * @param declared the spec as it stands in the cluster, if it names ConfigMaps; else as {@code
 *     spec}
 * @param spec with the values of the ConfigMaps that it names; Secrets are still named
 * @param suspend whether devices leave it as it is, also while its spec cannot be used
 * @param hold whether devices keep the version that runs, also while its spec cannot be used
 * @param status digest of the one that stands in the cluster
 */
record DeclaredApp(
    Key key,
    String version,
    long generation,
    String revision,
    String requestedAt,
    Consent consent,
    Pool.Spec declared,
    Pool.Spec spec,
    Reading reading,
    Selector selector,
    boolean suspend,
    HoldSpec hold,
    ReadyWhen readyWhen,
    List<Condition> conditions,
    String status) {

  /** Annotation of the revision that an object came from. */
  static final String REVISION = "sandbar.dev/revision";

  /** Annotation that asks to look again. */
  static final String REQUESTED_AT = "sandbar.dev/requestedAt";

  /** Annotation with which somebody consents that so many devices lose the app at once. */
  static final String MAX_REMOVALS = "sandbar.dev/maxRemovals";

  private static final int LONGEST = 128;

  /** A value in the document, and once more in the app that was read from it. */
  private static final int VALUE = 120;

  DeclaredApp {
    conditions = List.copyOf(conditions);
  }

  /** What the spec says. */
  sealed interface Reading {
    /**
     * It can be used once the values are known that it names.
     *
     * @param values which they are
     */
    record Unresolved(NamedValues.Named values) implements Reading {}

    /**
     * It can be used.
     *
     * @param secrets the values of Secrets that it names, which stand in no spec
     */
    record Valid(AppSpec app, SortedMap<SecretRef, SecretValue> secrets) implements Reading {
      public Valid {
        secrets = Collections.unmodifiableSortedMap(secrets);
      }
    }

    /**
     * It cannot.
     *
     * @param message what is wrong and how to fix it
     */
    record Invalid(String message) implements Reading {}
  }

  /** Reads an object of the API server. */
  static DeclaredApp read(GenericKubernetesResource object, Pool pool) {
    Key key = Key.of(object);
    Map<String, String> annotations = ObjectFields.annotations(object);
    long number = ObjectFields.generation(object);
    Node spec = ObjectTrees.field(object, "spec");
    Content content =
        object instanceof BoundedApp bounded && bounded.oversize()
            ? Content.OVERSIZE
            : Content.of(object.getMetadata(), forDevices(spec), pool);
    AppSandboxStatus status = StatusText.appStatus(object);
    return new DeclaredApp(
        key,
        object.getMetadata().getResourceVersion(),
        number,
        cut(annotations.getOrDefault(REVISION, "generation/" + number)),
        cut(annotations.getOrDefault(REQUESTED_AT, "")),
        consent(annotations.getOrDefault(MAX_REMOVALS, "")),
        content.spec(),
        content.spec(),
        content.reading(),
        content.selector(),
        content.suspend(),
        content.hold(),
        ReadyWhenReader.alone(spec),
        conditions(status),
        StatusText.digest(status));
  }

  /** Without what is for the operator alone: an agent may be older than the field. */
  private static Node forDevices(Node spec) {
    return spec instanceof Node.Mapping mapping
            && mapping.fields().containsKey(ReadyWhenReader.READY_WHEN)
        ? Node.mapping(
            mapping.entries().stream()
                .filter(entry -> !entry.key().equals(ReadyWhenReader.READY_WHEN))
                .toList())
        : spec;
  }

  /** What is no number consents to nothing. */
  private static Consent consent(String text) {
    return text.matches("[0-9]{1,9}") ? Consent.to(Integer.parseInt(text)) : Consent.NONE;
  }

  /**
   * What is kept of a spec. Of one that is not used nothing but its digest is: what stands there
   * may be as large as its author likes.
   */
  private record Content(
      Pool.Spec spec, Reading reading, Selector selector, boolean suspend, HoldSpec hold) {
    private static final Node EMPTY = Node.mapping(List.of());
    private static final Content OVERSIZE =
        new Content(
            new Pool.Spec(EMPTY, Bundle.digest(EMPTY)),
            new Reading.Invalid(
                "spec is larger than the %d bytes that are read (%s)"
                    .formatted(SpecBounds.MOST_BYTES, SpecReader.TOO_LARGE_MEND)),
            Selector.EVERYTHING,
            false,
            HoldSpec.NONE);

    static Content of(ObjectMeta metadata, Node node, Pool pool) {
      if (EncodedSize.upTo(node, SpecBounds.MOST_BYTES) > SpecBounds.MOST_BYTES) {
        return OVERSIZE;
      }
      Node document = BundleEntry.document(metadata.getName(), node);
      var values =
          new NamedValues.Named(Inclusion.configMaps(document), Inclusion.secrets(document));
      Inclusion.Expanded expanded = Inclusion.expand("", document, ContentLookup.inCluster());
      return switch (expanded.outcome()) {
        case SpecReader.Read(var app, _) ->
            new Content(
                pool.of(
                    values.isEmpty()
                        ? expanded.document().fields().getOrDefault("spec", node)
                        : node),
                values.isEmpty()
                    ? new Reading.Valid(app, new TreeMap<>())
                    : new Reading.Unresolved(values),
                app.devices(),
                app.suspend(),
                app.hold());
        case SpecReader.Refused(_, _, var diagnostics) ->
            new Content(
                new Pool.Spec(EMPTY, Bundle.digest(node)),
                new Reading.Invalid(text(diagnostics)),
                selectorAlone(node),
                SpecReader.suspends(node),
                HoldReader.alone(node));
      };
    }
  }

  /** Even of a spec that is otherwise wrong it is known which devices wait for it. */
  static Selector selectorAlone(Node spec) {
    return Optional.ofNullable(spec.fields().get("devices"))
        .flatMap(SelectorReader::alone)
        .orElse(Selector.EVERYTHING);
  }

  /** Whether its spec names ConfigMaps or Secrets. */
  boolean namesValues() {
    return reading instanceof Reading.Unresolved
        || !declared.equals(spec)
        || (reading instanceof Reading.Valid(_, var secrets) && !secrets.isEmpty());
  }

  /** The same app with the values that its spec names; of large ones with their digests. */
  DeclaredApp resolved(ReadValues contents, Pool pool) {
    return resolved(contents, contents.secrets(), pool);
  }

  /** The same with values of Secrets. */
  DeclaredApp resolved(
      ContentLookup contents, SortedMap<SecretRef, SecretValue> secrets, Pool pool) {
    Inclusion.Expanded expanded =
        Inclusion.expand("", BundleEntry.document(key.name(), declared.node()), contents);
    return switch (expanded.outcome()) {
      case SpecReader.Read(var app, _) ->
          with(
              pool.of(expanded.document().fields().getOrDefault("spec", Content.EMPTY)),
              new Reading.Valid(app, secrets));
      case SpecReader.Refused(_, _, var diagnostics) ->
          with(
              new Pool.Spec(Content.EMPTY, declared.digest()),
              new Reading.Invalid(text(diagnostics)));
    };
  }

  /** The same app with what became of the same spec. */
  DeclaredApp resolvedAs(DeclaredApp other) {
    return with(other.spec, other.reading);
  }

  /** Whether its spec is the same, and names values that the other one has. */
  boolean isResolvedBy(DeclaredApp other) {
    return reading instanceof Reading.Unresolved
        && !(other.reading instanceof Reading.Unresolved)
        && declared.digest().equals(other.declared.digest())
        && declared.node().equals(other.declared.node());
  }

  /** Whether devices make the same of it. */
  boolean isReadAs(DeclaredApp other) {
    return spec.digest().equals(other.spec.digest())
        && switch (reading) {
          case Reading.Valid(_, var secrets) ->
              other.reading instanceof Reading.Valid(_, var others) && secrets.equals(others);
          case Reading.Unresolved _, Reading.Invalid _ -> reading.equals(other.reading);
        };
  }

  private DeclaredApp with(Pool.Spec fresh, Reading read) {
    return new DeclaredApp(
        key,
        version,
        generation,
        revision,
        requestedAt,
        consent,
        declared,
        fresh,
        read,
        selector,
        suspend,
        hold,
        readyWhen,
        conditions,
        status);
  }

  /** The same app, of which the operator keeps nothing but that it is there. */
  DeclaredApp without(String why) {
    return new DeclaredApp(
        key,
        version,
        generation,
        revision,
        requestedAt,
        consent,
        Content.OVERSIZE.spec(),
        Content.OVERSIZE.spec(),
        new Reading.Invalid(why),
        Selector.EVERYTHING,
        suspend,
        hold,
        readyWhen,
        conditions,
        status);
  }

  /** The same app with the status that it has got. */
  DeclaredApp with(GenericKubernetesResource answer) {
    AppSandboxStatus fresh = StatusText.appStatus(answer);
    return new DeclaredApp(
        key,
        answer.getMetadata().getResourceVersion(),
        generation,
        revision,
        requestedAt,
        consent,
        declared,
        spec,
        reading,
        selector,
        suspend,
        hold,
        readyWhen,
        conditions(fresh),
        StatusText.digest(fresh));
  }

  /** Without their words, of which others may write there as many as they like, and nobody asks. */
  private static List<Condition> conditions(AppSandboxStatus status) {
    return StatusText.conditions(status.conditions()).stream()
        .limit(StatusLimits.MAX_CONDITIONS)
        .map(c -> new Condition(c.type(), c.status(), kept(c), "", c.lastTransitionTime()))
        .toList();
  }

  private static String kept(Condition condition) {
    return Arrays.stream(Reason.values())
        .map(Reason::text)
        .filter(condition.reason()::equals)
        .findFirst()
        .orElse("");
  }

  /** Whether its status says that it stays on devices until somebody consents. */
  boolean isHeldBack() {
    return conditions.stream()
        .anyMatch(
            c ->
                c.type() == Condition.Type.STALLED
                    && c.holds()
                    && c.reason().equals(Reason.APPS_WITHDRAWN.text()));
  }

  /** About how many bytes of memory the content takes. */
  long weight() {
    long content =
        switch (reading) {
          case Reading.Valid(_, var secrets) ->
              weight(spec.node()) + secrets.values().stream().mapToLong(SecretValue::weight).sum();
          case Reading.Unresolved _ -> weight(spec.node());
          case Reading.Invalid(var message) -> VALUE + message.length() + weight(selector);
        };
    return declared.equals(spec) ? content : content + weight(declared.node());
  }

  private static long weight(Selector selector) {
    return selector.matchLabels().entrySet().stream()
            .mapToLong(label -> 2 * VALUE + label.getKey().length() + label.getValue().length())
            .sum()
        + selector.matchExpressions().stream()
            .mapToLong(
                expression ->
                    2 * VALUE
                        + expression.key().length()
                        + expression.values().stream().mapToLong(v -> VALUE + v.length()).sum())
            .sum();
  }

  private static long weight(Node node) {
    return switch (node) {
      case Node.Scalar(_, _, var text) -> VALUE + text.length();
      case Node.Sequence(_, var items) ->
          VALUE + items.stream().mapToLong(DeclaredApp::weight).sum();
      case Node.Mapping(_, var entries) ->
          VALUE
              + entries.stream().mapToLong(e -> VALUE + e.key().length() + weight(e.value())).sum();
    };
  }

  private static String text(List<Diagnostic> diagnostics) {
    List<Diagnostic> errors =
        diagnostics.stream().filter(d -> d.severity() == Diagnostic.Severity.ERROR).toList();
    Diagnostic first = errors.getFirst();
    String help = first.help().isEmpty() ? "" : " (" + first.help() + ")";
    String more = errors.size() > 1 ? "; and " + (errors.size() - 1) + " more" : "";
    return first.message() + help + more;
  }

  /** Of an annotation no more is kept than this operator writes. */
  static String cut(String text) {
    return text.length() > LONGEST ? text.substring(0, LONGEST) : text;
  }
}
