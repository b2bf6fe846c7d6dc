package dev.sandbar.core.compile;

import dev.sandbar.core.catalog.HostAddresses;
import dev.sandbar.core.catalog.PermissionCatalog;
import dev.sandbar.core.catalog.Resolution;
import dev.sandbar.core.catalog.Sandbox;
import dev.sandbar.core.model.AppSpec;
import dev.sandbar.core.model.AppSpec.Mode;
import dev.sandbar.core.model.AppSpec.RawDirective;
import dev.sandbar.core.model.DevicePolicy;
import dev.sandbar.core.model.Diagnostic;
import dev.sandbar.core.model.Location;
import dev.sandbar.core.model.Node;
import dev.sandbar.core.model.OpenedWall;
import dev.sandbar.core.model.Permission;
import dev.sandbar.core.model.PermissionSpelling;
import dev.sandbar.core.model.Permissions;
import dev.sandbar.core.model.Permissions.Value;
import dev.sandbar.core.model.Problem;
import dev.sandbar.core.model.SpecReader;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Judges an app by the whole policy of the device's owner. It is asked before anything else is
 * judged, about the spec as it is written, so that no other fault hides a denial. Where it cannot
 * be said how much an app has, the most that it can be counts; what cannot be judged at all is
 * denied wherever the policy denies anything.
 */
final class OwnersPolicy {

  /** What bears on the sandbox of an app. */
  private static final Set<String> SANDBOX =
      Set.of("mode", "permissions", "network", "systemCalls", "directives", OpenedWall.KEY);

  private static final Map<Permission, Feature> QUOTAS =
      new EnumMap<>(
          Map.of(
              Permission.STATE, Feature.STATE_QUOTA,
              Permission.CACHE, Feature.CACHE_QUOTA,
              Permission.LOGS, Feature.LOGS_QUOTA));

  private static final Set<Feature> CONTROLLERS =
      Set.of(
          Feature.PIDS_CONTROLLER,
          Feature.MEMORY_CONTROLLER,
          Feature.CPU_CONTROLLER,
          Feature.IO_CONTROLLER);

  private OwnersPolicy() {}

  /** What it denies of an app; that of {@link #limits} comes to it. */
  static List<Diagnostic> denied(AppSpec app, DeviceFacts facts) {
    DevicePolicy policy = facts.policy();
    try {
      var denied = new ArrayList<>(SpecPolicy.denied(app, policy));
      denied.addAll(permissions(app, facts));
      return denied;
    } catch (RuntimeException | StackOverflowError e) {
      return policy.deniesAnything() ? List.of(unjudged(app.at())) : List.of();
    }
  }

  /** The same of a manifest that this release no longer reads. */
  static List<Diagnostic> denied(Node manifest, DeviceFacts facts) {
    DevicePolicy policy = facts.policy();
    try {
      var denied = new ArrayList<>(SpecPolicy.denied(manifest, policy));
      if (policy.deniesPermissions()) {
        denied.addAll(permissions(manifest, facts));
      }
      if (denied.isEmpty()
          && policy.deniesAnything()
          && !(manifest.fields().get("spec") instanceof Node.Mapping)) {
        denied.add(unjudged(manifest.at()));
      }
      return denied;
    } catch (RuntimeException | StackOverflowError e) {
      return policy.deniesAnything() ? List.of(unjudged(manifest.at())) : List.of();
    }
  }

  /**
   * What it says of limits that the device cannot hold, where the lines of the unit are not known.
   */
  static List<Diagnostic> limits(AppSpec app, DeviceFacts facts) {
    if (facts.policy().unlimited()) {
      return List.of();
    }
    try {
      return lacking(app, facts);
    } catch (RuntimeException | StackOverflowError e) {
      return List.of(unjudged(app.at()));
    }
  }

  private static List<Diagnostic> lacking(AppSpec app, DeviceFacts facts) {
    var lacking = new TreeMap<Feature, SortedSet<String>>();
    if (app.mode() == Mode.CLOSED) {
      lacking(facts, "TasksMax", lacking);
    }
    app.directives().forEach(it -> lacking(facts, it.name(), lacking));
    QUOTAS.forEach(
        (permission, feature) ->
            app.permissions()
                .get(permission)
                .filter(it -> it.value() instanceof Value.Limited && !facts.has(feature))
                .ifPresent(
                    _ ->
                        lacking
                            .computeIfAbsent(feature, _ -> new TreeSet<>())
                            .add("the quota of " + permission.key())));
    var denied = new ArrayList<Diagnostic>();
    lacking.forEach(
        (feature, names) ->
            denied.add(
                Enforceability.unlimited(
                    app.at(), feature, feature.title(), String.join(", ", names))));
    return denied;
  }

  private static void lacking(
      DeviceFacts facts, String directive, SortedMap<Feature, SortedSet<String>> lacking) {
    Feature.neededBy(directive)
        .filter(it -> CONTROLLERS.contains(it) && !facts.has(it))
        .ifPresent(it -> lacking.computeIfAbsent(it, _ -> new TreeSet<>()).add(directive));
  }

  private static Diagnostic unjudged(Location at) {
    return Diagnostic.error(
        Problem.POLICY_DENIED,
        at,
        "what the app may do cannot be judged by the policy of this device, so it counts as denied",
        "declare the app with a spec that this release reads");
  }

  /** A service that an app confines has what its owner gave it. */
  private static List<Diagnostic> permissions(AppSpec app, DeviceFacts facts) {
    if (!facts.policy().deniesPermissions() || app.run().adopts()) {
      return List.of();
    }
    var denied = new Complaints();
    new PolicyCheck(app, widest(app, facts), facts.policy(), denied).check();
    return denied.errors();
  }

  private static List<Diagnostic> permissions(Node manifest, DeviceFacts facts) {
    Node spec = manifest.fields().getOrDefault("spec", Node.mapping(List.of()));
    Node run = spec.fields().getOrDefault("run", Node.mapping(List.of()));
    if (run.fields().containsKey("unit")) {
      return List.of();
    }
    if (SpecReader.read(alone(spec)) instanceof SpecReader.Read(var app, _)) {
      return permissions(app, facts);
    }
    var denied = new ArrayList<Diagnostic>();
    PermissionSpelling.plain(spec)
        .fields()
        .getOrDefault("permissions", Node.mapping(List.of()))
        .fields()
        .forEach(
            (key, value) ->
                Permission.find(key)
                    .filter(
                        _ ->
                            !(value instanceof Node.Scalar(_, _, var text) && text.equals("false")))
                    .ifPresent(
                        it ->
                            facts
                                .policy()
                                .objection(it)
                                .ifPresent(
                                    why -> denied.add(PolicyCheck.named(value.at(), it, why)))));
    return denied.isEmpty() ? List.of(unjudged(spec.at())) : denied;
  }

  /** A document of what bears on the sandbox; where a program lies opens nothing. */
  private static Node alone(Node spec) {
    var fields = new ArrayList<Node.Entry>();
    fields.add(
        Node.entry(
            "run",
            Node.mapping(
                List.of(Node.entry("command", Node.list(List.of(Node.text("/usr/bin/true"))))))));
    if (spec instanceof Node.Mapping(_, var entries)) {
      entries.stream().filter(it -> SANDBOX.contains(it.key())).forEach(fields::add);
    }
    return Node.mapping(
        List.of(
            Node.entry("apiVersion", Node.text(SpecReader.API_VERSION)),
            Node.entry("kind", Node.text(SpecReader.KIND)),
            Node.entry("metadata", Node.mapping(List.of(Node.entry("name", Node.text("app"))))),
            Node.entry("spec", new Node.Mapping(spec.at(), fields))));
  }

  /** The most that an app can do in the end, whatever hosts have for addresses. */
  static Sandbox widest(AppSpec app, DeviceFacts device) {
    // What a device does not say of its groups is not what an app may do without being judged.
    DeviceFacts facts =
        device.syscallGroups().isEmpty() ? device.with(ReferenceDevice.calls()) : device;
    Resolution permitted = Resolution.of(app.mode(), HostAddresses.anywhere(app.permissions()));
    var found = new Complaints();
    DirectiveOverrides overrides =
        new DirectiveOverridesReader(app, facts.volumes(), permitted.sandbox(), found).read();
    Resolution.Contribution contribution =
        found.errors().isEmpty() ? overrides.contribution() : widest(app, overrides);
    Sandbox sandbox = permitted.lowered(contribution).sandbox();
    var named = new Complaints();
    Calls calls = new CallReader(app, facts, named).read(overrides, sandbox.kernel().calls());
    if (!named.errors().isEmpty()) {
      var all = new ArrayList<>(calls.allow());
      app.systemCalls().allow().forEach(it -> all.addAll(expanded(it.name(), facts)));
      calls = new Calls(calls.only(), all, calls.deny(), calls.hatchDeny());
    }
    return calls.openedIn(RawWalls.widest(app, facts).openedIn(sandbox));
  }

  /** Of directives that are not usable none closes anything, and each that can opens. */
  private static Resolution.Contribution widest(AppSpec app, DirectiveOverrides overrides) {
    Sandbox opens = overrides.contribution().opens();
    for (RawDirective directive : app.directives()) {
      if (directive.name().equals("NetworkNamespacePath")) {
        opens =
            opens.join(
                PermissionCatalog.grant(
                    Permission.NETWORK_NAMESPACE, new Permissions.Value.Namespace("unknown")));
      }
      if (directive.name().equals(KernelLines.MEMORY_LIMIT)) {
        opens = opens.join(DirectiveOverrides.LOCKED_MEMORY);
      }
    }
    return new Resolution.Contribution(DirectiveOverrides.BECAUSE, opens, Sandbox.TOP);
  }

  private static SortedSet<String> expanded(String name, DeviceFacts facts) {
    return Optional.ofNullable(facts.syscallGroups().get(name))
        .orElseGet(() -> new TreeSet<>(List.of(name)));
  }
}
