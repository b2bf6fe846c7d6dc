package dev.sandbar.core.bundle;

import dev.sandbar.core.bind.NodeBinder;
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
import org.jspecify.annotations.Nullable;

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
   * The digest of apps and of how the device is decommissioned: whoever vouches for the apps
   * vouches for their removal too.
   */
  static Sha256 digest(Node apps, Node decommission) {
    return CanonicalText.digest(
        Node.mapping(List.of(Node.entry("apps", apps), Node.entry("decommission", decommission))));
  }

  /** How the device ends its service, as in {@code spec.decommission}; empty if it does not. */
  public Optional<Node> end() {
    return switch (decommission) {
      case NONE -> Optional.empty();
      case KEEP_APPS, REMOVE_APPS ->
          Optional.of(NodeBinder.write(new End(decommission == Decommission.REMOVE_APPS)));
    };
  }

  /** The whole {@code spec}. */
  public Node toNode() {
    return NodeBinder.write(new Spec(digest().hex(), apps(), end().orElse(null)));
  }

  /** The {@code spec} as it stands there; the digest is of the documents as they are. */
  public record Spec(String digest, Node apps, @Nullable Node decommission) {}

  private record End(boolean removeApps) {}

  /** Read back from {@code spec.decommission}. */
  public static Decommission decommission(@Nullable Node end) {
    if (!(end instanceof Node.Mapping)) {
      return Decommission.NONE;
    }
    return NodeBinder.readLenient(End.class, end).removeApps()
        ? Decommission.REMOVE_APPS
        : Decommission.KEEP_APPS;
  }
}
