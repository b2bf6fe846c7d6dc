package dev.sandbar.schema;

import dev.sandbar.core.model.Permission;
import dev.sandbar.core.model.PermissionRules;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** Permissions that come with what others open ({@link PermissionRules#comesWith}). */
final class TogetherRules {

  private TogetherRules() {}

  static void add(Map<String, String> rules) {
    for (Permission opener : List.of(Permission.NESTED_SANDBOX, Permission.ASYNC_IO)) {
      rules.put(
          opener.key() + "ComesWith",
          "variables.closed && '%1$s' in variables.permissions && variables.permissions.%1$s == true ? %2$s.filter(k, k in variables.permissions && variables.permissions[k] == false).map(k, 'permissions: %1$s comes with what ' + k + ': false withholds: remove one of them') : []"
              .formatted(
                  opener.key(),
                  Cel.list(
                      Arrays.stream(Permission.values())
                          .filter(p -> PermissionRules.comesWith(opener, p))
                          .map(Permission::key)
                          .toList())));
    }
    rules.put(
        "systemInfoAndNestedSandbox",
        PolicyRules.conflict(
            "variables.closed && ['nestedSandbox', 'systemInfo'].all(k, k in variables.permissions &&"
                + " variables.permissions[k] == true)",
            "nestedSandbox and systemInfo cannot be combined: the inner /proc could not be mounted:"
                + " remove systemInfo: the inner /proc shows the same"));
  }
}
