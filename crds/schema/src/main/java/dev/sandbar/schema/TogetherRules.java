package dev.sandbar.schema;

import dev.sandbar.core.model.AppSpec.Mode;
import dev.sandbar.core.model.Permission;
import dev.sandbar.core.model.PermissionRules;
import java.util.List;
import java.util.Map;

/** Permissions that come with what others open ({@link PermissionRules#comesWith}). */
final class TogetherRules {

  private TogetherRules() {}

  private static String keys(Permission opener, Mode mode) {
    return Cel.list(
        PermissionRules.within(opener, mode).stream().sorted().map(Permission::key).toList());
  }

  static void add(Map<String, String> rules) {
    for (Permission opener : List.of(Permission.NESTED_SANDBOX, Permission.ASYNC_IO)) {
      rules.put(
          opener.key() + "ComesWith",
          "'%1$s' in variables.permissions && variables.permissions.%1$s == true ? (variables.closed ? %2$s : %3$s).filter(k, k in variables.permissions && (variables.permissions[k] == false || variables.permissions[k] == [])).map(k, 'permissions: %1$s comes with what ' + k + ': false withholds: remove one of them') : []"
              .formatted(opener.key(), keys(opener, Mode.CLOSED), keys(opener, Mode.OPEN)));
    }
    rules.put(
        "rawNetworkInOpenMode",
        PolicyRules.conflict(
            "!variables.closed && 'rawNetwork' in variables.permissions &&"
                + " variables.permissions.rawNetwork == true",
            "rawNetwork is for apps in closed mode: one in open mode is root, and does it itself: use"
                + " mode: Closed, or remove the line; a service of the device keeps it in mode: Open"));
    rules.put(
        "systemInfoAndNestedSandbox",
        PolicyRules.conflict(
            "variables.closed && ['nestedSandbox', 'systemInfo'].all(k, k in variables.permissions &&"
                + " variables.permissions[k] == true)",
            "nestedSandbox and systemInfo cannot be combined: the inner /proc could not be mounted:"
                + " remove systemInfo: the inner /proc shows the same"));
  }
}
