package dev.sandbar.core.compile;

import dev.sandbar.core.model.AppFile;
import dev.sandbar.core.model.AppSpec;
import dev.sandbar.core.model.Location;
import dev.sandbar.core.model.PathText;
import dev.sandbar.core.model.Permissions.Mount;
import dev.sandbar.core.model.Permissions.Request;
import dev.sandbar.core.model.Problem;
import dev.sandbar.core.model.SafeText;
import java.util.Collection;
import java.util.SortedMap;

/**
 * Where the program and the volumes of a closed app may be: no path is both writable and
 * executable, and no mount point opens what is hidden.
 */
final class PlaceRules {

  private final AppSpec app;
  private final DeviceFacts facts;
  private final SortedMap<String, String> volumes;
  private final boolean host;
  private final Complaints complaints;

  /**
   * @param host whether the app's root is the device's own
   */
  PlaceRules(AppSpec app, DeviceFacts facts, boolean host, Complaints complaints) {
    this.app = app;
    this.facts = facts;
    this.volumes = facts.volumes();
    this.host = host;
    this.complaints = complaints;
  }

  void check(Collection<Mount> mounts) {
    for (String program : app.run().programs().stream().filter(p -> !app.supplies(p)).toList()) {
      program(program, mounts);
    }
    if (host) {
      mounts.forEach(this::mountPoint);
    }
    app.files().forEach(file -> file(file, mounts));
  }

  /**
   * Whoever may write where a file is shown could lead it elsewhere, or make systemd fail there.
   */
  private void file(AppFile file, Collection<Mount> mounts) {
    boolean inMount =
        mounts.stream()
            .anyMatch(
                m -> within(file.path(), m.mountPath()) || within(m.mountPath(), file.path()));
    boolean inVolume =
        host && volumes.values().stream().anyMatch(place -> within(file.path(), place));
    if (inMount || inVolume) {
      complaints.error(
          Problem.UNSAFE_PATH,
          file.at(),
          "files: %s lies in a volume, or a volume in it".formatted(SafeText.shown(file.path())),
          "use a path below /run, or of a file in /etc");
    }
  }

  private void program(String program, Collection<Mount> mounts) {
    String folder = FileLines.programFolder(program);
    boolean inMount =
        mounts.stream()
            .anyMatch(m -> within(program, m.mountPath()) || within(folder, m.mountPath()));
    boolean inVolume = host && volumes.values().stream().anyMatch(v -> within(program, v));
    // Paths are compared as text, systemd follows links: a folder of the device may lead into what
    // the app writes (/var/srv is /srv on some systems). Only the usual ones are known not to.
    boolean doubtful =
        host
            && mounts.stream().anyMatch(Mount::writable)
            && FileLines.PROGRAMS.stream().noneMatch(p -> within(program, p));
    if (inMount || inVolume || doubtful || FileLines.cannotExecute(program)) {
      complaints.error(
          Problem.UNSAFE_PATH,
          app.run().at(),
          "run: %s stands where %s"
              .formatted(
                  SafeText.shown(program),
                  inMount || inVolume
                      ? "no app can execute anything, in a volume"
                      : doubtful
                          ? "a link could lead into what the app may write"
                          : "no app can execute anything"),
          "put the program below /usr or /opt");
    }
  }

  /** A mount in a place that is hidden would show what is hidden there. */
  private void mountPoint(Mount mount) {
    String own = MountUnit.source(mount, facts);
    boolean inVolume =
        !mount.mountPath().equals(own)
            && volumes.values().stream().anyMatch(place -> within(mount.mountPath(), place));
    boolean hidden =
        FileLines.HIDDEN_ON_HOST.stream().anyMatch(place -> within(mount.mountPath(), place));
    if (inVolume || hidden) {
      Location at = app.permissions().get(mount.permission()).map(Request::at).orElse(app.at());
      complaints.error(
          Problem.UNSAFE_PATH,
          at,
          "permissions.%s: mountPath %s lies in %s"
              .formatted(
                  mount.permission().key(),
                  SafeText.shown(mount.mountPath()),
                  inVolume ? "a volume of the device" : "what is hidden from apps"),
          "use a folder of its own, for example /data");
    }
  }

  private static boolean within(String path, String folder) {
    return PathText.within(path, folder);
  }
}
