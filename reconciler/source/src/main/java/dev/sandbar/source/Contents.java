package dev.sandbar.source;

import dev.sandbar.core.model.ConfigMapKey;

/** Where the content of files is taken from that manifests do not hold themselves. */
public interface Contents {

  /** The file at a path, from the root of the source. */
  Included file(String path);

  /** A value of a ConfigMap. */
  Included configMap(ConfigMapKey key);
}
