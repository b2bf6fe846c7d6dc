package dev.sandbar.operator.publish;

import dev.sandbar.core.bundle.BundleEntry;
import dev.sandbar.core.fleet.Seen;
import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.KeyDigest;
import dev.sandbar.core.model.Node;
import dev.sandbar.core.model.Sha256;
import java.lang.ref.WeakReference;
import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Keeps one copy of equal specs, of equal bundles, and of equal words of devices: a thousand
 * bundles hold the same. What nobody holds any more is let go.
 */
public final class Pool {
  private static final int SWEEP = 4_096;

  private final ConcurrentHashMap<Sha256, WeakReference<Spec>> specs = new ConcurrentHashMap<>();
  private final Shared<BundleEntry> entry = new Shared<>();
  private final Shared<SortedMap<AppName, BundleEntry>> entries = new Shared<>();
  private final Shared<Seen> seen = new Shared<>();
  private final Shared<SortedMap<String, Seen>> seenByApp = new Shared<>();

  /** A spec and its digest. */
  public record Spec(Node node, Sha256 digest) {}

  /** The one copy. */
  public Spec of(Node node) {
    // Exactly: what merely means the same may read differently, and belong to another tenant.
    var fresh = new Spec(node, new KeyDigest().node(node).digest());
    if (specs.size() > SWEEP) {
      specs.values().removeIf(reference -> reference.refersTo(null));
    }
    while (true) {
      WeakReference<Spec> kept =
          specs.computeIfAbsent(fresh.digest(), _ -> new WeakReference<>(fresh));
      Spec spec = kept.get();
      if (spec != null) {
        return spec;
      }
      specs.remove(fresh.digest(), kept);
    }
  }

  /** The one copy of what a bundle holds; of one that is like no other, each part is shared. */
  SortedMap<AppName, BundleEntry> entries(SortedMap<AppName, BundleEntry> fresh) {
    return entries.one(
        fresh,
        it -> {
          var parts = new TreeMap<AppName, BundleEntry>();
          it.values()
              .forEach(
                  app -> {
                    BundleEntry one = entry.one(app);
                    parts.put(one.name(), one);
                  });
          return Collections.unmodifiableSortedMap(parts);
        });
  }

  /** The one copy of what a device says of its apps. */
  SortedMap<String, Seen> seen(SortedMap<String, Seen> fresh) {
    return seenByApp.one(
        fresh,
        it -> {
          var parts = new TreeMap<String, Seen>();
          it.forEach((name, app) -> parts.put(name.intern(), seen.one(app)));
          return Collections.unmodifiableSortedMap(parts);
        });
  }
}
