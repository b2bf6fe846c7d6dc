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
import dev.sandbar.core.model.Permission;
import dev.sandbar.core.model.PermissionSpelling;
import dev.sandbar.core.model.Permissions.Value;
import dev.sandbar.core.model.Problem;
import dev.sandbar.core.model.SafeText;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What the policy of the device's owner says of a spec before it is compiled. */
final class SpecPolicy {

  private SpecPolicy() {}

  /** What the policy says of open mode, whatever else is wrong with the app. */
  private static Diagnostic openModeDenied(Location at) {
    return Diagnostic.error(
        Problem.POLICY_DENIED,
        at,
        "mode: Open gives the app everything, and the policy of this device denies that",
        "name the permissions that the app needs, or set policy: {openMode: Allow} in"
            + " /etc/sandbar/agent.yaml of the device");
  }

  /** What the policy says of an app that runs though its sandbox is not enforced. */
  private static Diagnostic permissiveDenied(Location at) {
    return Diagnostic.error(
        Problem.POLICY_DENIED,
        at,
        "enforcement: Permissive lets the app run where its sandbox is not enforced, and the policy"
            + " of this device denies that",
        "remove enforcement: Permissive, or set policy: {permissive: Allow} in"
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

  /** The same of an image that an app names by its path alone. */
  static List<Diagnostic> rootImage(AppSpec app, String path, DevicePolicy policy) {
    return !path.isEmpty() && policy.images().covers(new ImageSource.File(path))
        ? List.of(unsigned(app.at(), rootImage(path)))
        : List.of();
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
          policy.covers(new ImageSource.File(path))
              ? Optional.of(unsigned(at, rootImage(path)))
              : Optional.empty();
      case ManifestImage.Unreadable(var at) ->
          Optional.of(unsigned(at, "which one this app has cannot be read"));
    };
  }

  /** What of a spec needs no compiling to be denied. */
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
    return denied;
  }

  /**
   * The same of a manifest that is not read as a spec any more: what the owner denies must not
   * outlive the policy by a spec that is refused.
   */
  static List<Diagnostic> denied(Node manifest, DevicePolicy policy) {
    Node spec = manifest.fields().getOrDefault("spec", Node.mapping(List.of()));
    var denied = new ArrayList<Diagnostic>();
    if (spec.fields().getOrDefault("run", Node.mapping(List.of())).fields().get("unit")
        instanceof Node.Scalar(var at, _, var unit)) {
      if (!policy.adopts(unit)) {
        denied.add(adoptionDenied(at, unit));
      }
    } else if (!policy.openMode()
        && spec.fields().get("mode") instanceof Node.Scalar(var at, _, var text)
        && text.equals("Open")) {
      denied.add(openModeDenied(at));
    }
    if (!policy.permissive()
        && spec.fields().get("enforcement") instanceof Node.Scalar(var at, _, var text)
        && text.equals(EnforcementMode.PERMISSIVE.text())) {
      denied.add(permissiveDenied(at));
    }
    if (spec.fields().get(OpenedWall.KEY) instanceof Node.Sequence(_, var walls)) {
      for (Node wall : walls) {
        String directive =
            wall.fields().get("directive") instanceof Node.Scalar(_, _, var text) ? text : "";
        raw(wall.at(), directive, policy).ifPresent(denied::add);
      }
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
}
