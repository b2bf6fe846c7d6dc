package dev.sandbar.core.plan;

import dev.sandbar.core.model.Sha256;
import dev.sandbar.core.model.UnitName;
import dev.sandbar.core.plan.ObservedUnit.File;
import java.util.List;

/** The unit's own file, and every file that changes or hides it. */
final class FileLayer {

  static final String MISSING = "missing";

  /** How the device's writer of files makes them; what an app is given stands in its unit. */
  private static final String ACCESS = "mode 0600, owner 0:0";

  private FileLayer() {}

  static void compare(
      UnitName unit, String text, ObservedUnit observed, List<Difference> differences) {
    String own = UnitFiles.own(unit);
    String digest = Sha256.of(text).hex();
    String found = MISSING;
    for (File file : observed.files()) {
      if (file.path().equals(own)) {
        found = file.sha256().equals(digest) ? "" : describe(file.sha256());
        if (found.isEmpty() && !file.access().isEmpty()) {
          differences.add(new Difference(unit, new Subject.UnitFile(own), ACCESS, file.access()));
        }
      }
    }
    if (!found.isEmpty()) {
      differences.add(
          new Difference(
              unit, new Subject.UnitFile(own), "sha256 " + digest.substring(0, 12), found));
    }
    for (File file : observed.files()) {
      if (!file.path().equals(own) && isOthers(unit, file)) {
        differences.add(
            new Difference(
                unit, new Subject.UnitFile(file.path()), "(none)", UnitFiles.describe(unit, file)));
      }
    }
  }

  /** Beside a service of the device its owner has files; what they come to is compared. */
  private static boolean isOthers(UnitName unit, File file) {
    return UnitFiles.isAdopted(unit)
        ? UnitFiles.hides(unit, file.path())
        : !UnitFiles.isTolerated(file.path());
  }

  private static String describe(String sha256) {
    if (sha256.isEmpty()) {
      return "unreadable";
    }
    if (sha256.equals(UnitFiles.MASK)) {
      return "a link that masks the unit";
    }
    if (sha256.startsWith(UnitFiles.LINK)) {
      return "a link to " + sha256.substring(UnitFiles.LINK.length());
    }
    return "sha256 " + (sha256.length() > 12 ? sha256.substring(0, 12) : sha256);
  }
}
