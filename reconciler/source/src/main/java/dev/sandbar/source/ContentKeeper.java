package dev.sandbar.source;

import dev.sandbar.core.model.Sha256;
import dev.sandbar.core.model.SpecBounds;
import java.io.IOException;

/** Where the files that manifests name are kept, if a spec has no room for them. */
public interface ContentKeeper {

  /** Nowhere: what manifests name has to fit into their specs. */
  ContentKeeper NONE =
      new ContentKeeper() {
        @Override
        public int most() {
          return SpecBounds.MOST_BYTES;
        }

        @Override
        public void keep(Sha256 digest, byte[] content) {
          throw new IllegalStateException("nothing is kept");
        }
      };

  /** For who only checks specs: as a device would, and nothing is kept. */
  ContentKeeper UNUSED =
      new ContentKeeper() {
        @Override
        public int most() {
          return SpecBounds.MOST_KEPT;
        }

        @Override
        public void keep(Sha256 digest, byte[] content) {}
      };

  /** The largest file, in bytes; as large as a spec if nothing is kept. */
  int most();

  /**
   * Keeps a file. One that is kept already is kept once.
   *
   * @throws IOException if it cannot be kept now
   */
  void keep(Sha256 digest, byte[] content) throws IOException;
}
