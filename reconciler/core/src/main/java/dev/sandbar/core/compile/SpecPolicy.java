package dev.sandbar.core.compile;

import dev.sandbar.core.model.AppSpec;
import dev.sandbar.core.model.AppSpec.EnforcementMode;
import dev.sandbar.core.model.AppSpec.Mode;
import dev.sandbar.core.model.AppSpec.Root;
import dev.sandbar.core.model.DevicePolicy;
import dev.sandbar.core.model.Diagnostic;
import dev.sandbar.core.model.ImagePolicy;
import dev.sandbar.core.model.ImageSource;
import dev.sandbar.core.model.Location;
import dev.sandbar.core.model.ManifestImage;
import dev.sandbar.core.model.Node;
import dev.sandbar.core.model.OpenedWall;
import dev.sandbar.core.model.PathText;
import dev.sandbar.core.model.Permission;
import dev.sandbar.core.model.PermissionSpelling;
import dev.sandbar.core.model.Permissions.Value;
import dev.sandbar.core.model.Problem;
import dev.sandbar.core.model.SafeText;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What the policy of the device's owner says of a spec before it is compiled. */
final class SpecPolicy {

  private SpecPolicy() {}

  /** What the policy says of open mode, whatever else is wrong with the app. */
  private static Diagnostic openModeDenied(Location at) {
    return Diagnostic.error(
        Problem.POLICY_DENIED,
        at,
        "mode: Open gives the app everything, and the policy of this device denies that",
        "name the permissions that the app needs, or add policy: {openMode: Allow} to"
            + " /etc/sandbar/agent.yaml of the device");
  }

  /** What the policy says of an app that runs though its sandbox is not enforced. */
  private static Diagnostic permissiveDenied(Location at) {
    return Diagnostic.error(
        Problem.POLICY_DENIED,
        at,
        "enforcement: Permissive lets the app run where its sandbox is not enforced, and the policy"
            + " of this device denies that",
        "remove enforcement: Permissive, or add policy: {permissive: Allow} to"
            + " /etc/sandbar/agent.yaml of the device");
  }

  /** What the policy says of a service of the device that an app confines. */
  private static Diagnostic adoptionDenied(Location at, String unit) {
    return Diagnostic.error(
        Problem.POLICY_DENIED,
        at,
        "run.unit confines %s, and the policy of this device does not list it"
            .formatted(SafeText.shown(unit)),
        "add it to policy: {adopt: [...]} in /etc/sandbar/agent.yaml of the device");
  }

  /** What the policy says of a wall that an app opens by {@code raw}. */
  private static Optional<Diagnostic> raw(Location at, String directive, DevicePolicy policy) {
    return policy
        .objectionToRaw(directive)
        .map(
            why ->
                Diagnostic.error(
                    Problem.POLICY_DENIED,
                    at,
                    "raw: %s is denied by the policy of this device: %s"
                        .formatted(SafeText.shown(directive), why),
                    "remove the entry, or add it to policy: {raw: [...]} in"
                        + " /etc/sandbar/agent.yaml of the device"));
  }

  /** What the policy says of a permission that it must list with the directives of {@code raw}. */
  static Optional<Diagnostic> dangerous(Location at, Permission permission, DevicePolicy policy) {
    return permission.isListedWithRaw()
        ? policy
            .objectionToRaw(permission.key())
            .map(
                why ->
                    Diagnostic.error(
                        Problem.POLICY_DENIED,
                        at,
                        "permissions.%s is denied by the policy of this device: %s"
                            .formatted(permission.key(), why),
                        "do without it, or add it to policy: {raw: [...]} in"
                            + " /etc/sandbar/agent.yaml of the device"))
        : Optional.empty();
  }

  /** What the policy says of an image that no signature can be found for. */
  private static Diagnostic unsigned(Location at, String what) {
    return Diagnostic.error(
        Problem.POLICY_DENIED,
        at,
        "the policy of this device wants images to be signed, and %s".formatted(what),
        "name it by oci, or by the path of an OCI layout, with a signature of cosign; or except its"
            + " place: policy: {images: {unsigned: [...]}} in /etc/sandbar/agent.yaml of the"
            + " device");
  }

  /**
   * What of an image is known without asking for its signature: only registries and OCI layouts
   * have one.
   */
  private static Optional<Diagnostic> unsigned(Root.Image image, ImagePolicy policy) {
    ImageSource source = image.source();
    if (!policy.covers(source)) {
      return Optional.empty();
    }
    if (policy.keys(source).isEmpty()) {
      return Optional.of(
          unsigned(image.at(), "none of its keys may sign those from " + source.shown()));
    }
    return switch (source) {
      case ImageSource.Registry _, ImageSource.Layout _ -> Optional.empty();
      case ImageSource.File _, ImageSource.Web _ ->
          Optional.of(
              unsigned(image.at(), "beside %s there is no signature".formatted(source.shown())));
    };
  }

  /** The same of an image that an app names by its path alone; no other path is excepted. */
  private static boolean isUnsigned(String path, ImagePolicy policy) {
    return PathText.problemIn(path).isEmpty()
        ? policy.covers(new ImageSource.File(path))
        : !policy.signedBy().isEmpty();
  }

  private static String rootImage(String path) {
    return "directives.RootImage names %s without one".formatted(SafeText.shown(path));
  }

  private static Optional<Diagnostic> unsigned(Node manifest, ImagePolicy policy) {
    if (policy.signedBy().isEmpty()) {
      return Optional.empty();
    }
    return switch (ManifestImage.of(manifest)) {
      case ManifestImage.None() -> Optional.empty();
      case ManifestImage.Named(var image) -> unsigned(image, policy);
      case ManifestImage.ByPath(var at, var path) ->
          isUnsigned(path, policy) ? Optional.of(unsigned(at, rootImage(path))) : Optional.empty();
      case ManifestImage.Unreadable(var at) ->
          Optional.of(unsigned(at, "which one this app has cannot be read"));
    };
  }

  /** What of a spec is denied by what it names. */
  static List<Diagnostic> denied(AppSpec app, DevicePolicy policy) {
    var denied = new ArrayList<Diagnostic>();
    if (app.run().adopts()) {
      // It takes from what the owner runs; its mode gives the service nothing.
      if (!policy.adopts(app.run().unit())) {
        denied.add(adoptionDenied(app.run().at(), app.run().unit()));
      }
    } else if (app.mode() == Mode.OPEN && !policy.openMode()) {
      denied.add(openModeDenied(app.at()));
    }
    if (app.enforcement() == EnforcementMode.PERMISSIVE && !policy.permissive()) {
      denied.add(permissiveDenied(app.at()));
    }
    ListedNames.check(app.permissions(), policy, denied);
    app.raw().forEach(wall -> raw(wall.at(), wall.directive(), policy).ifPresent(denied::add));
    app.permissions()
        .requests()
        .forEach(
            (permission, request) -> {
              if (!(request.value() instanceof Value.Withheld)) {
                dangerous(request.at(), permission, policy).ifPresent(denied::add);
              }
            });
    if (app.root() instanceof Root.Image image) {
      unsigned(image, policy.images()).ifPresent(denied::add);
    }
    app.directives().stream()
        .filter(it -> it.name().equals("RootImage"))
        .flatMap(it -> it.values().stream())
        .filter(path -> isUnsigned(path, policy.images()))
        .forEach(path -> denied.add(unsigned(app.at(), rootImage(path))));
    return denied;
  }

  /**
   * The same of a manifest that is not read as a spec any more: what the owner denies must not
   * outlive the policy by a spec that is refused.
   */
  static List<Diagnostic> denied(Node manifest, DevicePolicy policy) {
    Node spec = manifest.fields().getOrDefault("spec", Node.mapping(List.of()));
    var denied = new ArrayList<Diagnostic>();
    Node unit = spec.fields().getOrDefault("run", Node.mapping(List.of())).fields().get("unit");
    if (unit != null) {
      if (!policy.adopts(text(unit))) {
        denied.add(adoptionDenied(unit.at(), text(unit)));
      }
    } else if (!policy.openMode() && !isAbsentOr("Closed", spec.fields().get("mode"))) {
      denied.add(openModeDenied(spec.fields().getOrDefault("mode", spec).at()));
    }
    if (!policy.permissive()
        && !isAbsentOr(EnforcementMode.STRICT.text(), spec.fields().get("enforcement"))) {
      denied.add(permissiveDenied(spec.fields().getOrDefault("enforcement", spec).at()));
    }
    Node walls = spec.fields().get(OpenedWall.KEY);
    if (walls instanceof Node.Sequence(_, var items)) {
      for (Node wall : items) {
        Node directive = wall.fields().get("directive");
        raw(wall.at(), directive == null ? "" : text(directive), policy).ifPresent(denied::add);
      }
    } else if (walls != null) {
      raw(walls.at(), "", policy).ifPresent(denied::add);
    }
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
                    .flatMap(it -> dangerous(value.at(), it, policy))
                    .ifPresent(denied::add));
    ListedNames.check(spec, policy, denied);
    unsigned(manifest, policy.images()).ifPresent(denied::add);
    return denied;
  }

  /** What cannot be read counts as another word. */
  private static boolean isAbsentOr(String word, @Nullable Node node) {
    return node == null || text(node).equals(word);
  }

  /** Empty for what is no text. */
  private static String text(Node node) {
    return node instanceof Node.Scalar(_, _, var text) ? text : "";
  }
}
