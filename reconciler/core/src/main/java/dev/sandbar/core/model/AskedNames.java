package dev.sandbar.core.model;

import dev.sandbar.core.model.Permissions.Mount;
import dev.sandbar.core.model.Permissions.Value;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/** What of the device an app asks for by its name: only what its owner lists. */
public final class AskedNames {

  /** The permissions that list such names. */
  public static final List<Permission> PERMISSIONS =
      List.of(
          Permission.KERNEL_TUNING,
          Permission.KERNEL_MODULES,
          Permission.READ_LOGS,
          Permission.DBUS,
          Permission.MOUNTS);

  /** Of {@link Permission#DBUS} what the app calls; what it is itself nobody lists. */
  private static final String TALK = "talk";

  private AskedNames() {}

  /** The names in the value of one of them, in its order; none in another value. */
  public static List<String> of(Value value) {
    if (value instanceof Value.Settings(List<KernelSetting> settings)) {
      return settings.stream().map(KernelSetting::name).toList();
    }
    if (value instanceof Value.Modules(List<ModuleName> modules)) {
      return modules.stream().map(ModuleName::value).toList();
    }
    if (value instanceof Value.Volumes(List<Mount> mounts)) {
      // One may be seen at several places.
      return mounts.stream().map(Mount::source).distinct().toList();
    }
    if (value instanceof Value.BusNames(List<BusName> talk, _)) {
      return talk.stream().map(BusName::value).toList();
    }
    if (value instanceof Value.Units(List<UnitName> units)) {
      return units.stream().map(UnitName::value).toList();
    }
    return List.of();
  }

  /**
   * What a spec names, which need not be one that is read.
   *
   * @return name, empty where none can be read, to where it stands
   */
  public static SortedMap<String, Location> in(Node spec, Permission permission) {
    var named = new TreeMap<String, Location>();
    Node permissions = spec.fields().getOrDefault("permissions", Node.mapping(List.of()));
    for (String key : List.of(permission.key(), permission.alias())) {
      Node written = permissions.fields().getOrDefault(key, Node.flag(false));
      Node value = PermissionSpelling.value(permission, key, written);
      if (permission == Permission.DBUS && value instanceof Node.Mapping whole) {
        value = whole.fields().getOrDefault(TALK, Node.flag(false));
      }
      switch (value) {
        case Node.Sequence(_, var items) -> items.forEach(it -> named.put(name(it), it.at()));
        case Node.Scalar(_, _, var text) when text.equals("false") -> {}
        case Node.Scalar _, Node.Mapping _ -> named.put("", value.at());
      }
    }
    return named;
  }

  /** Written alone, or with what is asked of it. */
  private static String name(Node item) {
    Node name = item.fields().getOrDefault("name", item.fields().getOrDefault("source", item));
    return name instanceof Node.Scalar(_, _, var text) ? text : "";
  }
}
