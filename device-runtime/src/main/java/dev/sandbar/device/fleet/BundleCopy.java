package dev.sandbar.device.fleet;

import dev.sandbar.core.bundle.BundleReading;
import dev.sandbar.core.model.Node;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A bundle as this device has it.
 *
 * @param uid of the object; another uid means that it was deleted and made again
 * @param generation of the object
 * @param owner uid of the Device that the bundle belongs to; empty if it does not say
 * @param spec as it was read, to be kept on disk
 * @param reading the same, read
 * @param settled whether the object has stood long enough for absence to mean removal
 * @param live whether the server was asked in this life of the agent; false of a copy from the disk
 */
public record BundleCopy(
    String uid,
    long generation,
    String owner,
    Node spec,
    BundleReading reading,
    boolean settled,
    boolean live) {

  /** Whether an app's absence means that it was removed. */
  public boolean complete() {
    return live && settled && reading.complete();
  }

  BundleCopy settled(boolean now) {
    return new BundleCopy(uid, generation, owner, spec, reading, now, live);
  }

  boolean sameContent(BundleCopy other) {
    return uid.equals(other.uid)
        && live == other.live
        && reading.digest().equals(other.reading.digest())
        && reading.complete() == other.reading.complete()
        && reading.bundle().decommission() == other.reading.bundle().decommission();
  }

  /** From an object of the API server; empty if it is none. */
  static Optional<BundleCopy> of(Node object) {
    Map<String, Node> fields = object.fields();
    Node metadata = fields.getOrDefault("metadata", nothing());
    String uid = text(metadata, "uid");
    if (uid.isEmpty()) {
      return Optional.empty();
    }
    Node spec = fields.getOrDefault("spec", nothing());
    return Optional.of(
        new BundleCopy(
            uid,
            number(metadata, "generation"),
            owner(metadata),
            spec,
            BundleReading.read(spec),
            true,
            true));
  }

  private static String owner(Node metadata) {
    if (metadata.fields().get("ownerReferences") instanceof Node.Sequence(_, var owners)) {
      return owners.stream()
          .filter(owner -> text(owner, "kind").equals("Device"))
          .map(owner -> text(owner, "uid"))
          .findFirst()
          .orElse("");
    }
    return "";
  }

  /** As a document for the disk. */
  Node toNode() {
    return Node.mapping(
        List.of(
            Node.entry("uid", Node.text(uid)),
            Node.entry("generation", Node.number(generation)),
            Node.entry("owner", Node.text(owner)),
            Node.entry("settled", Node.flag(settled)),
            Node.entry("spec", spec)));
  }

  /** From the disk; empty if it is no copy. */
  static Optional<BundleCopy> read(Node node) {
    String uid = text(node, "uid");
    Node spec = node.fields().getOrDefault("spec", nothing());
    return uid.isEmpty()
        ? Optional.empty()
        : Optional.of(
            new BundleCopy(
                uid,
                number(node, "generation"),
                text(node, "owner"),
                spec,
                BundleReading.read(spec),
                text(node, "settled").equals("true"),
                false));
  }

  static Node nothing() {
    return Node.mapping(List.of());
  }

  static String text(Node node, String key) {
    return node.fields().get(key) instanceof Node.Scalar scalar ? scalar.text() : "";
  }

  static long number(Node node, String key) {
    try {
      return Long.parseLong(text(node, key));
    } catch (NumberFormatException e) {
      return 0;
    }
  }
}
