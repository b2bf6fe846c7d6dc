package dev.sandbar.operator.gitsource;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Compares a declared app with the one of the API server. Pure: asks nobody. That a difference is
 * new in Git, and not made by hand, is seen by the digest that was written with the last apply; so
 * it is known also after a restart of the operator.
 */
final class Judge {
  private final String source;
  private final Function<String, Object> parse;

  /**
   * @param source name of the GitSource
   * @param parse reads canonical JSON
   */
  Judge(String source, Function<String, Object> parse) {
    this.source = source;
    this.parse = parse;
  }

  /**
   * Judges one app.
   *
   * @param live empty if there is none
   * @param owned whether it was ours when it was last seen
   * @param lastDeclared digest of what was declared when it was last seen; empty if unknown
   */
  Verdict judge(GitApp desired, @Nullable Live live, boolean owned, String lastDeclared) {
    String digest = desired.digest().hex();
    if (live == null) {
      boolean same = lastDeclared.isEmpty() || lastDeclared.equals(digest);
      return owned && same
          ? new Verdict.Drifted(List.of(FieldDifference.DELETED), "")
          : new Verdict.New();
    }
    if (live.deleting()) {
      return new Verdict.Going();
    }
    boolean labelled = live.owner().equals(source);
    boolean released =
        live.owner().isEmpty() && owned && !live.annotation(ObjectNames.DECLARED).isEmpty();
    if (!labelled && !released) {
      return isOffered(live) ? new Verdict.Changed() : new Verdict.Foreign(owner(live));
    }
    if (!live.annotation(ObjectNames.DECLARED).equals(digest)) {
      return new Verdict.Changed();
    }
    List<FieldDifference> differences = differences(desired, live);
    return differences.isEmpty()
        ? new Verdict.Settled()
        : new Verdict.Drifted(differences, live.changedBy());
  }

  private static String owner(Live live) {
    if (!live.owner().isEmpty()) {
      return live.owner();
    }
    return live.annotation(ObjectNames.DECLARED).isEmpty()
        ? live.changedBy()
        : "the GitSource that wrote " + ObjectNames.DECLARED;
  }

  /**
   * Whether it may be taken over. What carries the mark of another source is that source's, also
   * when its label has been removed: who may annotate an app must not take it out of its
   * repository.
   */
  private boolean isOffered(Live live) {
    return live.annotation(ObjectNames.ADOPT).equals(source)
        && live.owner().isEmpty()
        && live.annotation(ObjectNames.DECLARED).isEmpty();
  }

  /** Everything that is not as declared; of labels and annotations only those that Git names. */
  List<FieldDifference> differences(GitApp desired, Live live) {
    var found = new ArrayList<FieldDifference>();
    if (!live.has(desired.spec())) {
      found.addAll(
          FieldDifference.between("spec", parse.apply(desired.spec()), parse.apply(live.spec())));
    }
    if (!desired.suspend().isEmpty()) {
      found.addAll(
          FieldDifference.between(
              "spec.suspend", desired.suspend(), String.valueOf(live.suspend())));
    }
    if (!desired.hold().equals(GitApp.NO_HOLD)) {
      found.addAll(
          FieldDifference.between("spec", parse.apply(desired.hold()), parse.apply(live.hold())));
    }
    named("metadata.labels", desired.labels(), live.labels(), found);
    named("metadata.labels", Map.of(ObjectNames.SOURCE, source), live.labels(), found);
    named("metadata.annotations", desired.annotations(), live.annotations(), found);
    return found;
  }

  private static void named(
      String path,
      Map<String, String> declared,
      SortedMap<String, String> observed,
      List<FieldDifference> found) {
    declared.forEach(
        (key, value) ->
            found.addAll(FieldDifference.between(path + "." + key, value, observed.get(key))));
  }
}
