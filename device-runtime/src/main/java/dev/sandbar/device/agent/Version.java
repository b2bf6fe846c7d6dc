package dev.sandbar.device.agent;

import dev.sandbar.core.compile.CompiledApp;
import dev.sandbar.core.model.Node;
import dev.sandbar.core.model.Sha256;
import org.jspecify.annotations.Nullable;

/**
 * One version of an app, complete enough to compile it again without its source.
 *
 * @param manifest the object as it was declared
 * @param generation of the unit that it compiled to
 * @param revision of the source that declared it
 * @param rendered digest of that unit; null where it is the generation, as without hosts that
 *     devices resolve
 */
record Version(Node manifest, Sha256 generation, String revision, @Nullable Sha256 rendered) {

  Version {
    rendered = generation.equals(rendered) ? null : rendered;
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
    return new Version(manifest, app.generation(), revision, app.rendered());
  }
}
