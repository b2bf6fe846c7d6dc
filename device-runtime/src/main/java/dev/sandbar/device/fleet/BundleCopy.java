package dev.sandbar.device.fleet;

import dev.sandbar.core.bind.NodeBinder;
import dev.sandbar.core.bundle.BundleReading;
import dev.sandbar.core.model.Node;
import dev.sandbar.device.kube.KubeObject;
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
  static Optional<BundleCopy> of(KubeObject object) {
    KubeObject.Meta meta = object.metadata();
    String owner =
        meta.ownerReferences().stream()
            .filter(one -> one.kind().equals("Device"))
            .map(KubeObject.Owner::uid)
            .findFirst()
            .orElse("");
    return of(new Saved(meta.uid(), meta.generation(), owner, true, object.spec()), true);
  }

  /** As on the disk. */
  private record Saved(String uid, long generation, String owner, boolean settled, Node spec) {}

  private static Optional<BundleCopy> of(Saved saved, boolean live) {
    return saved.uid().isEmpty()
        ? Optional.empty()
        : Optional.of(
            new BundleCopy(
                saved.uid(),
                saved.generation(),
                saved.owner(),
                saved.spec(),
                BundleReading.read(saved.spec()),
                saved.settled(),
                live));
  }

  /** For the disk. */
  Record saved() {
    return new Saved(uid, generation, owner, settled, spec);
  }

  /** From the disk; empty if it is no copy. */
  static Optional<BundleCopy> read(Node node) {
    return of(NodeBinder.readLenient(Saved.class, node), false);
  }
}
