package dev.sandbar.cli;

import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.BusName;
import dev.sandbar.core.model.Destination;
import dev.sandbar.core.model.KernelSetting;
import dev.sandbar.core.model.ModuleName;
import dev.sandbar.core.model.Permissions.DeviceNode;
import dev.sandbar.core.model.Permissions.Mount;
import dev.sandbar.core.model.Permissions.Port;
import dev.sandbar.core.model.Permissions.Request;
import dev.sandbar.core.model.Permissions.Value;
import dev.sandbar.core.model.UnitName;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Permissions in words. */
final class PermissionText {
  private PermissionText() {}

  /** What exactly is asked for, for example {@code 8080/tcp}; empty if it is all or nothing. */
  static String detail(Request request) {
    return switch (request.value()) {
      case Value.Withheld(), Value.Granted() -> "";
      case Value.Limited(var quota) -> "at most " + quota;
      case Value.Destinations(var all) ->
          all.stream().map(Destination::toString).collect(Collectors.joining(", "));
      case Value.Ports(var ports) ->
          ports.stream().map(Port::shown).collect(Collectors.joining(", "));
      case Value.Devices(var nodes) ->
          nodes.stream().map(PermissionText::node).collect(Collectors.joining(", "));
      case Value.Volumes(var mounts) ->
          mounts.stream().map(PermissionText::mount).collect(Collectors.joining(", "));
      case Value.Namespace(var name) -> name;
      case Value.Apps(var names) ->
          names.stream().map(AppName::value).collect(Collectors.joining(", "));
      case Value.Settings(var all) ->
          all.stream().map(KernelSetting::toString).collect(Collectors.joining(", "));
      case Value.Modules(var names) ->
          names.stream().map(ModuleName::value).collect(Collectors.joining(", "));
      case Value.Units(var names) ->
          names.stream().map(UnitName::value).collect(Collectors.joining(", "));
      case Value.BusNames(var talk, var own) ->
          Stream.concat(talk.stream().map(BusName::value), own.stream().map(name -> "as " + name))
              .collect(Collectors.joining(", "));
    };
  }

  private static String node(DeviceNode node) {
    return node.path() + (node.writable() ? "" : " (read only)");
  }

  private static String mount(Mount mount) {
    return mount.source() + " at " + mount.mountPath() + (mount.writable() ? "" : " (read only)");
  }
}
