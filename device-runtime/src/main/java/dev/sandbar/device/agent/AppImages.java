package dev.sandbar.device.agent;

import dev.sandbar.core.compile.Compilation;
import dev.sandbar.core.compile.CompiledApp;
import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.AppSpec.Root;
import dev.sandbar.core.plan.Plan;
import dev.sandbar.device.agent.AppRecord.Past;
import java.util.HashSet;
import java.util.SortedSet;

/** Which images the apps need, now or to go back to. */
final class AppImages {
  private final Memory memory;
  private final Recompiled recompiled;

  AppImages(Memory memory, Recompiled recompiled) {
    this.memory = memory;
    this.recompiled = recompiled;
  }

  /** Digest of the image of a version, in hexadecimal; empty if it has none. */
  String of(Version version) {
    return recompiled.of(version) instanceof Compilation.Compiled(var app, _) ? of(app) : "";
  }

  private static String of(CompiledApp app) {
    return app.spec().root() instanceof Root.Image image ? image.digest().hex() : "";
  }

  /**
   * The plan without removals of images that are needed. A version that proved itself keeps its
   * image, and so does one that waits for its next try. A look at a few apps says nothing of the
   * others' images, and neither does half a source.
   */
  Plan kept(Plan plan, Declared declared, boolean everything, SortedSet<AppName> remove) {
    var needed = new HashSet<String>();
    for (Compilation compilation : declared.compiled().values()) {
      if (compilation instanceof Compilation.Compiled(var app, _)) {
        needed.add(of(app));
      }
    }
    boolean certain = everything && declared.complete();
    for (AppRecord record : memory.records().values()) {
      if (record.lastGood() instanceof Past.Good(var version) && !remove.contains(record.name())) {
        needed.add(of(version));
      }
    }
    return new Plan(
        plan.steps().stream()
            .filter(
                step ->
                    !(step instanceof Plan.RemoveImage(var digest, _))
                        || (certain && !needed.contains(digest.hex())))
            .toList());
  }
}
