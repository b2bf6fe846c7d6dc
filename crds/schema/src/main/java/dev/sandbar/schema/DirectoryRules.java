package dev.sandbar.schema;

import dev.sandbar.core.compile.QuotaLines;
import dev.sandbar.core.model.AppDirectory;
import dev.sandbar.core.model.DirectoryQuota;
import dev.sandbar.core.model.PortRange;
import java.util.Arrays;
import java.util.Map;

/** Rules of the admission policy for directories of an app's own. */
final class DirectoryRules {

  private static final String VALUE = "variables.permissions[k]";

  private static final String QUOTAS = "variables.quotas";

  private DirectoryRules() {}

  static void variables(Map<String, String> variables) {
    variables.put(
        "ownDirectories",
        Cel.list(Arrays.stream(AppDirectory.values()).map(it -> it.permission().key()).toList())
            + ".filter(k, k in variables.permissions && variables.permissions[k] != null)");
    variables.put("quotas", "variables.ownDirectories.filter(k, type(%s) == map)".formatted(VALUE));
  }

  static void add(Map<String, String> rules) {
    rules.put(
        "directoryShapes",
        "variables.ownDirectories.filter(k, type(%1$s) != map && type(%1$s) != bool).map(k, 'permissions.' + k + %2$s)"
            .formatted(
                VALUE,
                Cel.text(
                    " is not true, false or a map with quota: write for example state: true")));
    rules.put(
        "quotaFields",
        "%1$s.filter(k, %2$s.exists(f, f != 'quota')).map(k, 'unknown field in permissions.' + k + ': known here: quota')"
            .formatted(QUOTAS, VALUE));
    rules.put(
        "quotaSizes",
        "%1$s.filter(k, !('quota' in %2$s) || type(%2$s.quota) != string || !%3$s).map(k, 'permissions.' + k + %4$s)"
            .formatted(
                QUOTAS,
                VALUE,
                Cel.matches(VALUE + ".quota", "^(" + DirectoryQuota.PATTERN + ")$"),
                Cel.text(".quota is not a size: " + DirectoryQuota.HELP)));
    rules.put(
        "quotaWithoutNamespace",
        ("variables.closed && (variables.ports.exists(i, i.port > 0 && i.port < %d && !(%s)) ||"
                + " ('rawNetwork' in variables.permissions && variables.permissions.rawNetwork =="
                + " true) || variables.raw.exists(i, i.directive == 'PrivateUsers')) ? %s.map(k, 'permissions.' + k + %s) : []")
            .formatted(
                PortRange.UNPRIVILEGED,
                GivenSocketRules.GIVEN,
                QUOTAS,
                Cel.text(
                    ".quota: this app has no user namespace of its own, and can lift the quota of its"
                        + " directory: "
                        + QuotaLines.HELP)));
    rules.put(
        "quotaInOpenMode",
        "variables.closed ? [] : %s.map(k, 'permissions: ' + k + (variables.adopts ? %s : %s))"
            .formatted(
                QUOTAS,
                Cel.text(
                    ".quota is for a program of the app's own, and run.unit gives the service nothing:"
                        + " remove it"),
                Cel.text(
                    ".quota is for apps in closed mode: one in open mode is root, and no quota holds"
                        + " root: remove it, or use mode: Closed")));
  }
}
