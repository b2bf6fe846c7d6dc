package dev.sandbar.core.compile;

import dev.sandbar.core.catalog.Extent;
import dev.sandbar.core.catalog.Resolution;
import dev.sandbar.core.catalog.Sandbox;
import java.util.List;
import java.util.TreeSet;

/**
 * Device nodes. An app needs three things to open one: the node in its own /dev (else ENOENT), a
 * place in the cgroup's list (else EPERM), and a group that may open it (else EACCES).
 */
final class DeviceLines {

  private DeviceLines() {}

  static void write(Draft draft, Sandbox.Files files, Resolution why) {
    Extent<String> devices = files.devices();
    if (devices.isAll()) {
      return;
    }
    String closed = why.closed(s -> s.files().devices().isAll());
    draft.yes("PrivateDevices", closed);
    draft.service("DevicePolicy", UnitText.words("closed"), closed);
    var nodes = new TreeSet<String>();
    devices.items().forEach(access -> nodes.add(access.substring(2)));
    for (String node : nodes) {
      boolean writable = devices.contains("w " + node);
      String because = why.opened(s -> s.files().devices().contains("r " + node));
      draft.service("BindPaths", UnitText.paths(List.of("-" + node)), because);
      draft.service("DeviceAllow", UnitText.device(node, writable ? "rw" : "r"), because);
    }
    if (!files.groups().isNone()) {
      draft.service(
          "SupplementaryGroups",
          UnitText.words(files.groups().items()),
          why.opened(s -> !s.files().groups().isNone()));
    }
  }
}
