package dev.sandbar.source;

import dev.sandbar.core.model.ConfigMapKey;
import dev.sandbar.core.model.FileContent;
import dev.sandbar.core.model.SecretRef;

/** Where the content of files is taken from that manifests do not hold themselves. */
public interface ContentLookup {

  /** The file at a path, from the root of the source. */
  Included file(String path);

  /** A value of a ConfigMap. */
  Included configMap(ConfigMapKey key);

  /**
   * A value of a Secret. It never becomes text of a manifest: what names it stays where only a
   * cluster knows it, and is replaced by what is sealed to each device.
   */
  Included secret(SecretRef ref);

  /** What an AppContent holds, which only the operator of a fleet writes and reads. */
  default Included appContent(FileContent.Kept kept) {
    return FoundContent.noContents();
  }

  /**
   * What an object of an API server can name: ConfigMaps and Secrets, whose values are put in
   * later.
   */
  static ContentLookup inCluster() {
    return new ContentLookup() {
      @Override
      public Included file(String path) {
        return FoundContent.noFiles();
      }

      @Override
      public Included configMap(ConfigMapKey key) {
        return new Included.InCluster();
      }

      @Override
      public Included secret(SecretRef ref) {
        return new Included.InCluster();
      }

      @Override
      public Included appContent(FileContent.Kept kept) {
        return new Included.Large(kept);
      }
    };
  }
}
