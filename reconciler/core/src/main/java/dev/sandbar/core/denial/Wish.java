package dev.sandbar.core.denial;

import dev.sandbar.core.model.AliasSetting;
import dev.sandbar.core.model.Location;
import dev.sandbar.core.model.Permission;
import dev.sandbar.core.model.Permissions.Request;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * A permission that is missing.
 *
 * @param values after the equals sign of its alias, and of those that have to come with it
 * @param line in YAML
 */
record Wish(Permission permission, Map<Permission, String> values, String line) {

  Wish {
    values = Map.copyOf(values);
  }

  Wish(Permission permission, String value, String line) {
    this(permission, Map.of(permission, value), line);
  }

  /** One that is granted by {@code true}. */
  static Wish of(Permission permission) {
    return new Wish(permission, "yes", permission.key() + ": true");
  }

  /** One permission with the entries of several lists. */
  static Wish joined(List<Wish> all) {
    Permission permission = all.getFirst().permission();
    int begin = permission.key().length() + ": [".length();
    return new Wish(
        permission,
        all.stream().map(it -> it.values.get(permission)).collect(Collectors.joining(",")),
        all.stream()
            .map(it -> it.line().substring(begin, it.line().length() - 1))
            .collect(Collectors.joining(", ", permission.key() + ": [", "]")));
  }

  /** This, with another one that has to come with it. */
  Wish after(Wish other) {
    var both = new TreeMap<>(values);
    both.putAll(other.values);
    return new Wish(permission, both, other.line + ", " + line);
  }

  /** This, by the name of another one that comes with it. */
  Wish as(Permission other) {
    return new Wish(other, values, line);
  }

  /** As a spec has it; empty where no app can, as with /dev/mem. */
  Optional<Map<Permission, Request>> requests() {
    var requests = new TreeMap<Permission, Request>();
    for (Map.Entry<Permission, String> each : values.entrySet()) {
      String setting = each.getKey().alias() + "=" + each.getValue();
      if (!(AliasSetting.parse(setting, Location.NOWHERE)
          instanceof AliasSetting.Accepted accepted)) {
        return Optional.empty();
      }
      requests.put(each.getKey(), accepted.request());
    }
    return Optional.of(requests);
  }
}
