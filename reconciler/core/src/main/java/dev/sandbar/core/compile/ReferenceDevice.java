package dev.sandbar.core.compile;

import dev.sandbar.core.model.AppSpec;
import dev.sandbar.core.model.Permission;
import dev.sandbar.core.model.Permissions.Value;
import dev.sandbar.core.property.Syscalls;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/** A device that can do everything, for compiling and explaining where no device is at hand. */
public final class ReferenceDevice {

  /** The systemd of Debian 13. */
  public static final int SYSTEMD = 257;

  /** What it is, for people. */
  public static final String TITLE = "Debian 13, systemd 257, x86-64";

  private static final Syscalls SYSCALLS = syscalls();

  private ReferenceDevice() {}

  private static Syscalls syscalls() {
    var groups = ReferenceSyscalls.groups();
    var calls = new TreeSet<String>();
    groups.values().forEach(calls::addAll);
    return new Syscalls(groups, calls);
  }

  /** The system calls that it knows. */
  static Syscalls calls() {
    return SYSCALLS;
  }

  /** Its facts, with every volume that the app asks for. */
  public static DeviceFacts facts(AppSpec app) {
    var volumes = new TreeMap<String, String>();
    app.permissions()
        .get(Permission.STORAGE)
        .ifPresent(
            request -> {
              if (request.value() instanceof Value.Volumes(var mounts)) {
                mounts.forEach(m -> volumes.put(m.source(), "/srv/" + m.source()));
              }
            });
    return facts().configured(Map.of(), volumes);
  }

  /** Its facts. It has no volumes and no labels. */
  public static DeviceFacts facts() {
    return new DeviceFacts(
        SYSTEMD,
        "6.12.0",
        "x86-64",
        new TreeSet<>(Arrays.asList(Feature.values())),
        SYSCALLS,
        new TreeMap<>(),
        new TreeMap<>());
  }
}
