package dev.sandbar.core.compile;

import dev.sandbar.core.catalog.Sandbox;
import dev.sandbar.core.model.AppDirectory;
import dev.sandbar.core.model.AppSpec;
import dev.sandbar.core.model.DirectoryQuota;
import dev.sandbar.core.model.Permissions.Request;
import dev.sandbar.core.model.Permissions.Value;
import dev.sandbar.core.model.Problem;
import java.util.List;
import java.util.Optional;

/**
 * How much the directories of an app's own may hold: a project quota of their file system
 * (quotactl(2)), which systemd sets when the app starts.
 */
public final class QuotaLines {

  /** What an app can do without that has a quota and no user namespace. */
  public static final String HELP =
      "remove the quota, or what needs a capability of the device: a port below 1024 without via:"
          + " Socket, rawNetwork, or PrivateUsers in raw";

  private QuotaLines() {}

  static void write(Draft draft, AppSpec app, AppDirectory directory, String because) {
    request(app, directory)
        .flatMap(QuotaLines::quota)
        .ifPresent(
            quota ->
                draft.service(directory.quota(), EscapedText.words(quota.toString()), because));
  }

  private static Optional<Request> request(AppSpec app, AppDirectory directory) {
    return app.permissions().get(directory.permission());
  }

  private static Optional<DirectoryQuota> quota(Request request) {
    return request.value() instanceof Value.Limited(var quota)
        ? Optional.of(quota)
        : Optional.empty();
  }

  /**
   * Who owns a directory takes it out of its project, in the user namespace of the device and in no
   * other (ioctl_fs, FS_IOC_FSSETXATTR; user_namespaces(7)): such an app would hold itself to its
   * quota, or not.
   *
   * @param permitted what the permissions come to
   * @param lines of the unit, as they are in the end
   */
  static void check(AppSpec app, Sandbox permitted, List<Directive> lines, Complaints complaints) {
    if (!permitted.kernel().isPrivileged()
        && lines.stream().anyMatch(line -> line.line().equals("PrivateUsers=yes"))) {
      return;
    }
    for (AppDirectory directory : AppDirectory.values()) {
      request(app, directory)
          .filter(request -> quota(request).isPresent())
          .ifPresent(
              request ->
                  complaints.error(
                      Problem.CONFLICT,
                      request.at(),
                      "permissions.%s.quota: this app has no user namespace of its own, and can lift the quota of its directory"
                          .formatted(directory.permission().key()),
                      HELP));
    }
  }
}
