package dev.sandbar.cli;

import dev.sandbar.core.model.FileContent;
import dev.sandbar.core.model.Sha256;
import dev.sandbar.core.model.SpecBounds;
import dev.sandbar.device.store.ContentStore;
import dev.sandbar.source.ContentKeeper;
import java.io.IOException;
import java.util.HashSet;
import java.util.Set;

/**
 * Has the contents of large files on a device while a command runs, which writes them where apps
 * have them bound. What an agent keeps there stays.
 */
final class UsedContents implements ContentKeeper, AutoCloseable {
  private final ContentStore store;
  private final boolean agent;
  private final Set<Sha256> added = new HashSet<>();

  /**
   * @param agent whether one clears the store: it may come to need what this command has added
   */
  UsedContents(ContentStore store, boolean agent) {
    this.store = store;
    this.agent = agent;
  }

  @Override
  public int most() {
    return SpecBounds.MOST_KEPT;
  }

  @Override
  public FileContent.Kept keep(Sha256 digest, byte[] content) throws IOException {
    var kept = new FileContent.Kept(digest, content.length);
    if (!store.has(kept)) {
      added.add(digest);
      store.keep(digest, content);
    }
    return kept;
  }

  /** Removes those that were not there before, if nobody else does. */
  @Override
  public void close() throws IOException {
    if (!agent) {
      store.remove(added);
    }
  }
}
