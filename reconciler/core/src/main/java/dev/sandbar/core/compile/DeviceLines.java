package dev.sandbar.core.compile;

import dev.sandbar.core.catalog.Extent;
import dev.sandbar.core.catalog.Resolution;
import dev.sandbar.core.catalog.Sandbox;
import dev.sandbar.core.model.HardwareLinks;
import java.util.List;
import java.util.TreeSet;

/**
 * Device nodes. An app needs three things to open one: the node in its own /dev (else ENOENT), a
 * place in the cgroup's list (else EPERM), and a group that may open it (else EACCES).
 */
final class DeviceLines {

  private DeviceLines() {}

  static void write(Draft draft, Sandbox.Files files, Membership membership, Resolution why) {
    write(draft, files, why);
    if (!membership.groups().isEmpty()) {
      draft.service(
          "SupplementaryGroups",
          EscapedText.words(List.copyOf(membership.groups())),
          membership.because());
    }
  }

  private static void write(Draft draft, Sandbox.Files files, Resolution why) {
    Extent<String> devices = files.devices();
    if (devices.isAll()) {
      return;
    }
    String closed = why.closed(s -> s.files().devices().isAll());
    draft.yes("PrivateDevices", closed);
    draft.service("DevicePolicy", EscapedText.words("closed"), closed);
    var paths = new TreeSet<String>();
    devices.items().forEach(access -> paths.add(access.substring(2)));
    boolean bus = false;
    for (String node : paths) {
      boolean writable = devices.contains("w " + node);
      String because = why.opened(s -> s.files().devices().contains("r " + node));
      draft.service("BindPaths", EscapedText.paths(List.of("-" + node)), because);
      if (node.startsWith(HardwareLinks.USB) && !bus) {
        // libusb opens devices by bus and number; the cgroup's list holds all others closed.
        bus = true;
        draft.service("BindPaths", EscapedText.paths(List.of("-" + HardwareLinks.BUS)), because);
      }
      String access = writable ? "rw" : "r";
      draft.service(
          "DeviceAllow",
          NodeNames.classOf(node)
              .map(nodes -> EscapedText.words(nodes + " " + access))
              .orElseGet(() -> EscapedText.device(node, access)),
          because);
    }
  }
}
