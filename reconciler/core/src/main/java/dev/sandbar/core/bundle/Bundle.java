package dev.sandbar.core.bundle;

import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.Node;
import dev.sandbar.core.model.Sha256;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/** Everything that one device must run. {@link BundleReading} reads it. */
public record Bundle(SortedMap<AppName, BundleEntry> entries, Decommission decommission) {

  /** More apps than this are not read. */
  public static final int MAX_APPS = 500;

  public Bundle {
    entries = Collections.unmodifiableSortedMap(new TreeMap<>(entries));
  }

  /** A bundle of these apps. */
  public static Bundle of(Collection<BundleEntry> entries) {
    var byName = new TreeMap<AppName, BundleEntry>();
    entries.forEach(entry -> byName.put(entry.name(), entry));
    return new Bundle(byName, Decommission.NONE);
  }

  /** The map of apps, as in {@code spec.apps}. */
  public Node apps() {
    var apps = new ArrayList<Node.Entry>();
    entries.forEach((name, entry) -> apps.add(Node.entry(name.value(), entry.toNode())));
    return Node.mapping(apps);
  }

  /** The digest of all that a device acts on, as in {@code spec.digest}. */
  public Sha256 digest() {
    Node apps = apps();
    return end().map(end -> digest(apps, end)).orElseGet(() -> digest(apps));
  }

  /**
   * The digest of a map of apps, whoever wrote it: fields that this version does not know count
   * too; the order of keys and fields without a value do not.
   */
  public static Sha256 digest(Node apps) {
    return CanonicalText.digest(apps);
  }

  /**
   * The digest of apps and of how the device ends its service: whoever vouches for the apps vouches
   * for their removal too.
   */
  static Sha256 digest(Node apps, Node decommission) {
    return CanonicalText.digest(
        Node.mapping(List.of(Node.entry("apps", apps), Node.entry("decommission", decommission))));
  }

  private Optional<Node> end() {
    return switch (decommission) {
      case NONE -> Optional.empty();
      case KEEP_APPS, REMOVE_APPS ->
          Optional.of(
              Node.mapping(
                  List.of(
                      Node.entry(
                          "removeApps", Node.flag(decommission == Decommission.REMOVE_APPS)))));
    };
  }

  /** The whole {@code spec}. */
  public Node toNode() {
    var fields = new ArrayList<Node.Entry>();
    fields.add(Node.entry("digest", Node.text(digest().hex())));
    fields.add(Node.entry("apps", apps()));
    end().ifPresent(node -> fields.add(Node.entry("decommission", node)));
    return Node.mapping(fields);
  }
}
