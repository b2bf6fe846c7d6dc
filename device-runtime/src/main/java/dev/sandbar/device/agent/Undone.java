package dev.sandbar.device.agent;

import dev.sandbar.core.bundle.Granted;
import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.AppSpec;
import dev.sandbar.core.model.Diagnostic;
import dev.sandbar.core.model.Node;
import dev.sandbar.core.model.SpecReader;
import dev.sandbar.core.model.StoredSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What a suspension or a wait keeps from the device. That a permission was withdrawn and is still
 * granted is said by name: who may suspend an app must not keep its permissions unseen.
 */
final class Undone {
  /** So many permissions are named. */
  private static final int NAMED = 5;

  private Undone() {}

  /**
   * For every suspended app what is declared and not done; empty if nothing is.
   *
   * @param targets what each app would be if nothing were suspended
   */
  static SortedMap<AppName, String> of(
      Set<AppName> suspended, SortedMap<AppName, Target> targets, Memory memory) {
    var undone = new TreeMap<AppName, String>();
    for (AppName name : suspended) {
      Optional<Version> running = memory.get(name).current();
      undone.put(
          name,
          switch (Objects.requireNonNull(targets.get(name))) {
            case Target.Run run when run.newest() -> newest(run, running);
            case Target.Remove _ -> "no longer declared, and not removed until it is resumed";
            case Target.Run _, Target.Hold _, Target.Deny _ -> "";
          });
    }
    return undone;
  }

  private static String newest(Target.Run run, Optional<Version> running) {
    if (running.isEmpty()) {
      return "suspended before it was applied";
    }
    if (running.get().generation().equals(run.app().generation())) {
      return "";
    }
    return "what is declared now is not applied until it is resumed"
        + withdrawn(running.get(), run.app().spec());
  }

  /**
   * Why the newest version is refused, with what it takes back: that of an app that cannot be
   * applied is withdrawn too, and is granted until it can.
   *
   * @param declared its manifest; null if it is not known
   */
  static List<Diagnostic> named(
      List<Diagnostic> errors, AppRecord record, @Nullable Node declared) {
    if (declared == null
        || record.current().isEmpty()
        || !(SpecReader.read(StoredSpec.document(declared))
            instanceof SpecReader.Read(var app, _))) {
      return errors;
    }
    String withdrawn = withdrawn(record.current().get(), app);
    return withdrawn.isEmpty()
        ? errors
        : errors.stream()
            .map(
                it ->
                    new Diagnostic(
                        it.severity(), it.problem(), it.at(), it.message() + withdrawn, it.help()))
            .toList();
  }

  /** What a version that is not applied takes back, to be put behind a message. */
  static String withdrawn(Version running, AppSpec newest) {
    List<String> withdrawn = new ArrayList<>(spec(running).map(Granted::of).orElse(List.of()));
    withdrawn.removeAll(Granted.of(newest));
    if (withdrawn.isEmpty()) {
      return "";
    }
    int more = withdrawn.size() - NAMED;
    return "; withdrawn but still granted: "
        + String.join(", ", withdrawn.subList(0, Math.min(NAMED, withdrawn.size())))
        + (more > 0 ? " and " + more + " more" : "");
  }

  private static Optional<AppSpec> spec(Version version) {
    return SpecReader.read(StoredSpec.document(version.manifest()))
            instanceof SpecReader.Read(var app, _)
        ? Optional.of(app)
        : Optional.empty();
  }
}
