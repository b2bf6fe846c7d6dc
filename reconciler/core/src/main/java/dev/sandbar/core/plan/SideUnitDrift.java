package dev.sandbar.core.plan;

/** Files of units beside those of apps. */
final class SideUnitDrift {

  private SideUnitDrift() {}

  /**
   * Whether a difference ends; what is of every such unit of the device, or of a package, stays.
   */
  static boolean isCorrected(Subject subject, ObservedUnit observed) {
    return switch (subject) {
      case Subject.UnitFile(var path) -> isCorrected(path, observed);
      case Subject.Loading.DROP_IN_PATHS ->
          ManagerLayer.foreignDropIns(observed.loaded().dropInPaths()).stream()
              .anyMatch(path -> isCorrected(path, observed));
      case Subject _ -> true;
    };
  }

  private static boolean isCorrected(String path, ObservedUnit observed) {
    return observed.files().stream()
        .filter(file -> file.path().equals(path))
        .allMatch(file -> UnitFiles.isRemovable(observed.name(), file));
  }
}
