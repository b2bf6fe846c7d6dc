package dev.sandbar.core.compile;

import dev.sandbar.core.model.AskedNames;
import dev.sandbar.core.model.DevicePolicy;
import dev.sandbar.core.model.Diagnostic;
import dev.sandbar.core.model.FileSystem;
import dev.sandbar.core.model.Location;
import dev.sandbar.core.model.Node;
import dev.sandbar.core.model.Permission;
import dev.sandbar.core.model.Permissions;
import dev.sandbar.core.model.Problem;
import dev.sandbar.core.model.SafeText;
import java.util.List;

/** What the owner of a device says of what apps ask for by name: nothing that is not listed. */
final class ListedNames {

  private ListedNames() {}

  static void check(Permissions permissions, DevicePolicy policy, List<Diagnostic> denied) {
    permissions.get(Permission.MOUNTS).ifPresent(it -> readOnly(it, policy, denied));
    for (Permission permission : AskedNames.PERMISSIONS) {
      permissions
          .get(permission)
          .ifPresent(
              request ->
                  AskedNames.of(request.value())
                      .forEach(name -> one(permission, request.at(), name, policy, denied)));
    }
  }

  /** Who writes a file system that nobody is to write would get another one than it asks for. */
  private static void readOnly(
      Permissions.Request request, DevicePolicy policy, List<Diagnostic> denied) {
    if (!(request.value() instanceof Permissions.Value.Volumes(List<Permissions.Mount> mounts))) {
      return;
    }
    for (Permissions.Mount mount : mounts) {
      if (mount.writable()
          && policy.mount(mount.source()).filter(FileSystem::readOnly).isPresent()) {
        denied.add(
            Diagnostic.error(
                Problem.POLICY_DENIED,
                request.at(),
                "permissions.mounts: access ReadWrite to %s is denied by this device: its volume is read-only"
                    .formatted(SafeText.shown(mount.source())),
                "write access: ReadOnly, or remove readOnly from the volume in"
                    + " /etc/sandbar/agent.yaml of the device"));
      }
    }
  }

  /** The same of the spec of a manifest that is not read any more. */
  static void check(Node spec, DevicePolicy policy, List<Diagnostic> denied) {
    for (Permission permission : AskedNames.PERMISSIONS) {
      AskedNames.in(spec, permission)
          .forEach((name, at) -> one(permission, at, name, policy, denied));
    }
  }

  private static void one(
      Permission permission,
      Location at,
      String name,
      DevicePolicy policy,
      List<Diagnostic> denied) {
    if (policy.lists(permission, name)) {
      return;
    }
    if (permission == Permission.MOUNTS) {
      denied.add(
          Diagnostic.error(
              Problem.POLICY_DENIED,
              at,
              "permissions.mounts: %s is denied by this device: none of its volumes is a file system of this name"
                  .formatted(SafeText.shown(name)),
              "remove it, or add it under volumes: in /etc/sandbar/agent.yaml of the device, with"
                  + " what: and type:; a directory is asked for by permissions.storage"));
      return;
    }
    denied.add(
        Diagnostic.error(
            Problem.POLICY_DENIED,
            at,
            "permissions.%1$s: %2$s is denied by the policy of this device: policy.%1$s does not list it"
                .formatted(permission.key(), SafeText.shown(name)),
            "remove it, or add it to policy: {%s: [...]} in /etc/sandbar/agent.yaml of the device"
                .formatted(permission.key())));
  }
}
