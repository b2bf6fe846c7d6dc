package dev.sandbar.device.agent;

import dev.sandbar.core.compile.Compilation;
import dev.sandbar.core.compile.CompiledApp;
import dev.sandbar.core.model.Node;
import dev.sandbar.core.model.Sha256;
import java.util.List;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * One version of an app, complete enough to compile it again without its source.
 *
 * @param manifest the object as it was declared
 * @param generation of the unit that it compiled to
 * @param revision of the source that declared it
 * @param rendered digest of that unit; null where it is the generation, as without hosts that
 *     devices resolve
 * @param withdrawn what the manifest was declared with and has no more, for a newer version was
 *     declared without it; null if that is nothing
 */
record Version(
    Node manifest,
    Sha256 generation,
    String revision,
    @Nullable Sha256 rendered,
    @Nullable List<String> withdrawn) {

  Version {
    rendered = generation.equals(rendered) ? null : rendered;
    withdrawn = withdrawn == null || withdrawn.isEmpty() ? null : List.copyOf(withdrawn);
  }

  /** One that has all that it was declared with. */
  Version(Node manifest, Sha256 generation, String revision, @Nullable Sha256 rendered) {
    this(manifest, generation, revision, rendered, null);
  }

  /** One whose unit no host changes. */
  Version(Node manifest, Sha256 generation, String revision) {
    this(manifest, generation, revision, null);
  }

  /** Digest of the unit that was applied. */
  Sha256 unit() {
    return rendered == null ? generation : rendered;
  }

  /** This, compiled to the unit of this app. */
  Version compiled(CompiledApp app) {
    return new Version(manifest, app.generation(), revision, app.rendered(), withdrawn);
  }

  /** This without what a newer version was declared without. */
  Version without(List<String> more, Node narrowed, Compilation compilation) {
    var all = new TreeSet<>(withdrawn == null ? List.<String>of() : withdrawn);
    all.addAll(more);
    var version = new Version(narrowed, generation, revision, rendered, List.copyOf(all));
    return compilation instanceof Compilation.Compiled(var app, _)
        ? version.compiled(app)
        : version;
  }
}
