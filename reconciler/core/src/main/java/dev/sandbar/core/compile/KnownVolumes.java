package dev.sandbar.core.compile;

import dev.sandbar.core.catalog.Sandbox;
import dev.sandbar.core.model.AppSpec;
import dev.sandbar.core.model.Permissions.Mount;
import dev.sandbar.core.model.Permissions.Request;
import dev.sandbar.core.model.Problem;
import java.util.HashSet;

/** Whether a device has the volumes that an app asks for. */
final class KnownVolumes {

  private KnownVolumes() {}

  /** Of file systems the policy of the device says it. */
  static void check(AppSpec app, Sandbox sandbox, DeviceFacts facts, Complaints complaints) {
    var reported = new HashSet<String>();
    for (Mount mount : sandbox.files().mounts().items()) {
      String source = mount.source();
      if (mount.fileSystem() || facts.volumes().containsKey(source) || !reported.add(source)) {
        continue;
      }
      boolean mounted = facts.policy().mount(source).isPresent();
      complaints.error(
          Problem.CANNOT_ENFORCE,
          app.permissions().get(mount.permission()).map(Request::at).orElse(app.at()),
          mounted
              ? "permissions.storage: volume %s of this device is a file system".formatted(source)
              : "permissions.storage: this device has no volume " + source,
          mounted
              ? "ask for it by permissions.mounts"
              : "add it under volumes: in /etc/sandbar/agent.yaml of the device, or correct"
                  + " the name");
    }
  }
}
