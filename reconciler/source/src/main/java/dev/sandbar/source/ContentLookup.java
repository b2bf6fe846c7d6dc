package dev.sandbar.source;

import dev.sandbar.core.model.ConfigMapKey;

/** Where the content of files is taken from that manifests do not hold themselves. */
public interface ContentLookup {

  /** The file at a path, from the root of the source. */
  Included file(String path);

  /** A value of a ConfigMap. */
  Included configMap(ConfigMapKey key);

  /** What an object of an API server can name: ConfigMaps, whose values are put in later. */
  static ContentLookup inCluster() {
    return new ContentLookup() {
      @Override
      public Included file(String path) {
        return Inclusion.noFiles();
      }

      @Override
      public Included configMap(ConfigMapKey key) {
        return new Included.InCluster();
      }
    };
  }
}
