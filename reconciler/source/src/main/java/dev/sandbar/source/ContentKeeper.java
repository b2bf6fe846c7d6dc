package dev.sandbar.source;

import dev.sandbar.core.model.FileContent;
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
        public FileContent.Kept keep(Sha256 digest, byte[] content) {
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
        public FileContent.Kept keep(Sha256 digest, byte[] content) {
          return new FileContent.Kept(digest, content.length);
        }
      };

  /** The largest file, in bytes; as large as a spec if nothing is kept. */
  int most();

  /**
   * Keeps a file. One that is kept already is kept once.
   *
   * @return what stands in a spec in its place
   * @throws IOException if it cannot be kept now
   */
  FileContent.Kept keep(Sha256 digest, byte[] content) throws IOException;
}
