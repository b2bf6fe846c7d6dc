package dev.sandbar.core.plan;

import dev.sandbar.core.compile.CompiledApp;
import dev.sandbar.core.compile.FileStorePath;
import dev.sandbar.core.model.AppFile;
import java.util.List;

/** Whether the store holds the files of the spec, with that very content. */
final class StoredFiles {

  private StoredFiles() {}

  static void compare(CompiledApp desired, Observation seen, List<Difference> out) {
    for (AppFile file : desired.files()) {
      String name = FileStorePath.name(file);
      if (!Boolean.TRUE.equals(seen.files().get(name))) {
        out.add(
            new Difference(
                desired.unit(),
                new Subject.StoredFile(file.path(), file.reloads()),
                "sha256 " + file.digest().abbreviated(),
                isThere(file, name, seen) ? "another content or mode" : FileLayer.MISSING));
      }
    }
  }

  /** One of a folder has another name with another content. */
  private static boolean isThere(AppFile file, String name, Observation seen) {
    return file.reloads()
        ? seen.files().keySet().stream().anyMatch(it -> it.startsWith(file.reloadedIn() + "-"))
        : seen.files().containsKey(name);
  }

  /** Those that differ, of which a running app gets another content by a reload. */
  static List<AppFile> reloaded(CompiledApp desired, List<Difference> found) {
    return desired.files().stream()
        .filter(file -> file.reloads() && !why(file, found).isEmpty())
        .toList();
  }

  static List<Difference> why(AppFile file, List<Difference> found) {
    var subject = new Subject.StoredFile(file.path(), file.reloads());
    return found.stream().filter(d -> d.subject().equals(subject)).toList();
  }

  /** The steps that put the others there. */
  static void store(CompiledApp desired, List<Difference> found, boolean drift, PlanDraft draft) {
    for (AppFile file : desired.files()) {
      List<Difference> why = why(file, found);
      if (!why.isEmpty() && !file.reloads()) {
        draft.add(new Plan.StoreFile(desired.unit(), file, Reasons.of(why, drift)));
      }
    }
  }
}
