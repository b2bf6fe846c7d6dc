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
                new Subject.StoredFile(file.path()),
                "sha256 " + file.digest().abbreviated(),
                seen.files().containsKey(name) ? "another content or mode" : FileLayer.MISSING));
      }
    }
  }

  /** The steps that put them there. */
  static void store(CompiledApp desired, List<Difference> found, boolean drift, PlanDraft draft) {
    for (AppFile file : desired.files()) {
      List<Difference> why =
          found.stream()
              .filter(d -> d.subject().equals(new Subject.StoredFile(file.path())))
              .toList();
      if (!why.isEmpty()) {
        draft.add(new Plan.StoreFile(desired.unit(), file, Reasons.of(why, drift)));
      }
    }
  }
}
