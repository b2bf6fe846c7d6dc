package dev.sandbar.core.model;

import dev.sandbar.core.model.AppSpec.DriftMode;
import dev.sandbar.core.model.AppSpec.DriftSpec;
import dev.sandbar.core.model.AppSpec.EnforcementMode;
import dev.sandbar.core.model.AppSpec.Mode;
import dev.sandbar.core.model.AppSpec.Network;
import dev.sandbar.core.model.AppSpec.RawDirective;
import dev.sandbar.core.model.AppSpec.Root;
import dev.sandbar.core.model.AppSpec.Run;
import dev.sandbar.core.model.AppSpec.SystemCalls;
import dev.sandbar.core.window.Maintenance;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.function.Function;

/**
 * Turns a document into an {@link AppSpec}, strictly: what is not understood is an error with its
 * place and how to fix it, never ignored, because an ignored line would be a sandbox other than the
 * one declared.
 */
public final class SpecReader {

  /** The apiVersion of every object. */
  public static final String API_VERSION = "sandbar.dev/v1alpha1";

  /** The kind that this reads. */
  public static final String KIND = "AppSandbox";

  /** The field of a spec that has devices leave the app as it is. */
  public static final String SUSPEND = "suspend";

  private static final String ENFORCEMENT = "enforcement";
  private static final String MAINTENANCE = "maintenance";
  private static final List<String> SPEC_FIELDS =
      List.of(
          "devices",
          "image",
          DeviceVariables.FIELD,
          "run",
          "files",
          "secrets",
          "mode",
          "permissions",
          "network",
          "systemCalls",
          "directives",
          OpenedWall.KEY,
          ENFORCEMENT,
          "health",
          "drift",
          SUSPEND,
          HoldReader.HOLD,
          ReadyWhenReader.READY_WHEN,
          MAINTENANCE);
  private static final SequencedMap<String, Mode> MODES =
      NodeValidator.words(List.of(Mode.values()), m -> m == Mode.CLOSED ? "Closed" : "Open");
  private static final SequencedMap<String, Network> NETWORKS =
      NodeValidator.words(List.of(Network.values()), Network::text);
  private static final SequencedMap<String, EnforcementMode> ENFORCEMENT_MODES =
      NodeValidator.words(List.of(EnforcementMode.values()), EnforcementMode::text);

  /** What to do about a spec that is too large. */
  public static final String TOO_LARGE_MEND = "shorten the files and texts in it";

  private final DocumentDiagnostics findings = new DocumentDiagnostics();
  private final NodeValidator expect = new NodeValidator(findings);

  private SpecReader() {}

  /** What became of a document. */
  public sealed interface Outcome {
    /** Everything found; of a {@link Read} warnings only. */
    List<Diagnostic> diagnostics();

    /** This with errors that were found elsewhere: one makes it refused. */
    default Outcome with(List<Diagnostic> errors) {
      if (errors.isEmpty()) {
        return this;
      }
      var all = new ArrayList<>(errors);
      all.addAll(diagnostics());
      return switch (this) {
        case Read(var app, _) -> new Refused(app.name().value(), app.at(), all);
        case Refused(var name, var at, _) -> new Refused(name, at, all);
      };
    }
  }

  /** The document is an app. */
  public record Read(AppSpec app, List<Diagnostic> diagnostics) implements Outcome {
    public Read {
      diagnostics = List.copyOf(diagnostics);
    }
  }

  /**
   * The document is not used.
   *
   * @param name the app's name as far as it could be read, so that what runs under it is left
   *     alone; empty if it could not
   */
  public record Refused(String name, Location at, List<Diagnostic> diagnostics) implements Outcome {
    public Refused {
      diagnostics = List.copyOf(diagnostics);
    }
  }

  /** What is wrong with a spec of so many bytes. */
  private static String tooLarge(long bytes) {
    return "spec has %d bytes, at most %d are read".formatted(bytes, SpecBounds.MOST_BYTES);
  }

  /** Reads one document. A fault of the reader itself refuses that document alone. */
  public static Outcome read(Node document) {
    try {
      return new SpecReader().document(document);
    } catch (RuntimeException | StackOverflowError e) {
      String what = "this is a fault of Sandbar: " + e.getClass().getSimpleName();
      return new Refused(
          nameAlone(document),
          document.at(),
          List.of(
              Diagnostic.error(
                  Problem.DEFECT, document.at(), what, "report it together with the document")));
    }
  }

  /** Whether a spec has devices leave the app as it is, however wrong the rest of it is. */
  public static boolean suspends(Node spec) {
    return spec.fields().get(SUSPEND) instanceof Node.Scalar(_, var kind, var text)
        && kind == Node.Kind.BOOLEAN
        && Boolean.parseBoolean(text);
  }

  private static String nameAlone(Node document) {
    Node metadata = document.fields().getOrDefault("metadata", Node.mapping(List.of()));
    return metadata.fields().get("name") instanceof Node.Scalar(_, _, var name)
            && AppName.isValid(name)
        ? name
        : "";
  }

  private Outcome document(Node node) {
    var fields =
        expect.fields(
            node, "the document", List.of("apiVersion", "kind", "metadata", "spec", "status"));
    identity(fields, node, "apiVersion", API_VERSION);
    identity(fields, node, "kind", KIND);
    if (fields.containsKey("status")) {
      findings.warning(
          Problem.UNKNOWN_FIELD,
          node.at(),
          "status is written by Sandbar and not read",
          "remove status");
    }
    Optional<AppName> name =
        expect.required(fields, node, "the document", "metadata").flatMap(this::metadata);
    Optional<AppSpec> app =
        expect
            .required(fields, node, "the document", "spec")
            .flatMap(spec -> spec(name.orElse(new AppName("unnamed")), node.at(), spec));
    if (findings.hasErrors() || name.isEmpty() || app.isEmpty()) {
      return new Refused(name.map(AppName::value).orElse(""), node.at(), findings.all());
    }
    return new Read(app.get(), findings.all());
  }

  private void identity(Map<String, Node> fields, Node parent, String key, String wanted) {
    expect
        .required(fields, parent, "the document", key)
        .flatMap(node -> expect.text(node, key).map(text -> Map.entry(node.at(), text)))
        .filter(found -> !found.getValue().equals(wanted))
        .ifPresent(
            found ->
                findings.error(
                    Problem.UNKNOWN_KIND,
                    found.getKey(),
                    "%s is %s".formatted(key, NodeValidator.shown(found.getValue())),
                    "write " + key + ": " + wanted));
  }

  private Optional<AppName> metadata(Node node) {
    var fields =
        expect.fields(node, "metadata", List.of("name", "namespace", "labels", "annotations"));
    for (String key : List.of("labels", "annotations")) {
      Optional.ofNullable(fields.get(key)).ifPresent(n -> checkTexts(n, "metadata." + key));
    }
    Optional.ofNullable(fields.get("namespace"))
        .ifPresent(
            n ->
                findings.warning(
                    Problem.UNKNOWN_FIELD,
                    n.at(),
                    "metadata.namespace means nothing on a device and is ignored",
                    "remove metadata.namespace"));
    return expect
        .required(fields, node, "metadata", "name")
        .flatMap(
            n ->
                expect
                    .text(n, "metadata.name")
                    .flatMap(
                        text -> {
                          if (AppName.isValid(text)) {
                            return Optional.of(new AppName(text));
                          }
                          expect.invalid(
                              n.at(),
                              "metadata.name",
                              text,
                              "cannot be the name of an app",
                              "use at most %d of a-z, 0-9 and inner '-'"
                                  .formatted(AppName.MAX_LENGTH));
                          return Optional.empty();
                        }));
  }

  private void checkTexts(Node node, String path) {
    for (Node.Entry entry : expect.entries(node, path)) {
      if (expect.text(entry.value(), NodeValidator.child(path, entry.key())).isEmpty()) {
        return;
      }
    }
  }

  private Optional<AppSpec> spec(AppName name, Location at, Node node) {
    long size = EncodedSize.of(node);
    if (size > SpecBounds.MOST_BYTES) {
      // Nothing more is said of it: what is as large as that may hold as many mistakes.
      findings.error(Problem.TOO_LARGE, node.at(), tooLarge(size), TOO_LARGE_MEND);
      return Optional.empty();
    }
    var fields = expect.fields(node, "spec", SPEC_FIELDS);
    Mode declared = option(fields, "mode", n -> expect.word(n, "spec.mode", MODES), Mode.CLOSED);
    // What stays with a service of the device is what nothing takes from it.
    Optional<AdoptedMode> adopted = AdoptedMode.of(fields, declared);
    Mode mode = adopted.isPresent() ? Mode.OPEN : declared;
    EnforcementMode enforcement =
        option(
            fields,
            ENFORCEMENT,
            n -> expect.word(n, "spec.enforcement", ENFORCEMENT_MODES),
            EnforcementMode.STRICT);
    DriftSpec drift =
        option(
            fields,
            "drift",
            n -> Optional.of(new DriftReader(findings).read(n)),
            DriftSpec.of(DriftMode.DETECT));
    Maintenance maintenance =
        option(
            fields,
            MAINTENANCE,
            n -> Optional.of(new MaintenanceReader(findings, "spec.maintenance").readOfApp(n)),
            Maintenance.NONE);
    boolean suspend = option(fields, SUSPEND, n -> expect.flag(n, "spec.suspend"), false);
    HoldSpec hold =
        option(
            fields,
            HoldReader.HOLD,
            n -> Optional.of(new HoldReader(findings).read(n)),
            HoldSpec.NONE);
    // It is for the operator: a device reports what it runs in any case.
    ReadyWhen _ =
        option(
            fields,
            ReadyWhenReader.READY_WHEN,
            n -> Optional.of(new ReadyWhenReader(findings).read(n)),
            ReadyWhen.ALL);
    Permissions named =
        option(
            fields,
            "permissions",
            n -> Optional.of(new PermissionReader(findings).read(n)),
            Permissions.NONE);
    Permissions permissions = adopted.map(it -> it.permissions(named)).orElse(named);
    findings.addAll(PermissionRules.check(permissions, mode, adopted.isPresent()));
    Node network = fields.get("network");
    Network scope =
        option(fields, "network", n -> expect.word(n, "spec.network", NETWORKS), Network.SHARED);
    Selector devices =
        option(
            fields,
            "devices",
            n -> Optional.of(new SelectorReader(findings).read(n)),
            Selector.EVERYTHING);
    var program = new ProgramReader(findings);
    Root root = option(fields, "image", program::image, new Root.Host());
    HealthSpec health = option(fields, "health", program::health, HealthSpec.NONE);
    List<AppFile> files =
        option(
            fields, "files", n -> Optional.of(new FilesReader(findings, name).read(n)), List.of());
    List<AppSecret> secrets =
        option(fields, "secrets", n -> Optional.of(new SecretsReader(findings).read(n)), List.of());
    SystemCalls spelled =
        option(
            fields,
            "systemCalls",
            n -> new SystemCallsReader(findings).read(n),
            new SystemCalls(List.of(), List.of()));
    SystemCalls calls = adopted.map(it -> it.calls(spelled, named)).orElse(spelled);
    List<DeclaredVariable> variables =
        option(
            fields,
            DeviceVariables.FIELD,
            n -> Optional.of(new VariablesReader(findings).read(n)),
            List.of());
    List<RawDirective> directives = option(fields, "directives", this::directives, List.of());
    List<OpenedWall> raw =
        option(
            fields,
            OpenedWall.KEY,
            n -> Optional.of(new RawReader(findings).read(n, mode, adopted.isPresent())),
            List.of());
    Optional<Run> run = expect.required(fields, node, "spec", "run").flatMap(program::run);
    Optional<AppSpec> app =
        run.map(
            r ->
                new AppSpec(
                    name,
                    at,
                    devices,
                    root,
                    r,
                    files,
                    secrets,
                    mode,
                    permissions,
                    scope,
                    calls,
                    directives,
                    raw,
                    enforcement,
                    health,
                    drift,
                    suspend,
                    hold,
                    maintenance,
                    variables));
    app.ifPresent(it -> findings.addAll(DeviceVariables.unknown(it)));
    app.ifPresent(it -> findings.addAll(AdoptionRules.check(it)));
    app.ifPresent(it -> findings.addAll(BusyFileRules.check(it, node)));
    app.ifPresent(it -> findings.addAll(OwnNetworkRules.shared(it)));
    app.ifPresent(it -> findings.addAll(ReloadRules.check(it)));
    app.ifPresent(it -> findings.addAll(RuntimeDirectories.check(it)));
    if (network != null) {
      app.ifPresent(it -> findings.addAll(OwnNetworkRules.check(it, network.at())));
    }
    return app;
  }

  private static <T> T option(
      Map<String, Node> fields,
      String key,
      Function<Node, ? extends Optional<? extends T>> reader,
      T otherwise) {
    Node node = fields.get(key);
    if (node == null) {
      return otherwise;
    }
    Optional<? extends T> value = reader.apply(node);
    return value.isPresent() ? value.get() : otherwise;
  }

  private Optional<List<RawDirective>> directives(Node node) {
    var directives = new ArrayList<RawDirective>();
    for (Node.Entry entry :
        expect.entries(
            node,
            "spec.directives",
            SpecBounds.MOST_ITEMS,
            "use permissions for what they cover")) {
      String path = NodeValidator.child("spec.directives", entry.key());
      List<Node> values =
          entry.value() instanceof Node.Sequence
              ? expect.items(entry.value(), path, SpecBounds.MOST_ITEMS)
              : List.of(entry.value());
      List<String> texts =
          values.stream().map(v -> expect.scalar(v, path)).flatMap(Optional::stream).toList();
      if (texts.isEmpty() && values.isEmpty()) {
        expect.invalid(
            entry.value().at(), path, "[]", "gives no value", "give a value or remove the line");
      }
      directives.add(new RawDirective(entry.key(), texts, entry.keyAt()));
    }
    return Optional.of(directives);
  }
}
