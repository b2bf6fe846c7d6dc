package dev.sandbar.device.fleet;

import dev.sandbar.core.model.Node;
import dev.sandbar.device.kube.ApiAnswer;
import dev.sandbar.device.kube.KubeObject;
import java.time.Duration;
import java.util.Optional;
import java.util.function.LongUnaryOperator;

/** What is asked about the bundle of the device, as sparing as its link wants it. */
final class BundleRequests {
  /** Servers send a bookmark about every minute; a connection that is silent for longer is dead. */
  private static final Duration QUIET = Duration.ofSeconds(100);

  private final FleetApi api;
  private final FleetAddress address;
  private final LinkUse use;
  private final LongUnaryOperator jitter;

  BundleRequests(FleetApi api, FleetAddress address, LinkUse use, LongUnaryOperator jitter) {
    this.api = api;
    this.address = address;
    this.use = use;
    this.jitter = jitter;
  }

  /**
   * A watch.
   *
   * @param path what is asked for
   * @param quiet the longest silence of one that lives
   */
  record Watch(String path, Duration quiet) {}

  Watch watch(String version) {
    // Not all watches of a fleet shall end in the same moment.
    long seconds = use.watch().toSeconds() + jitter.applyAsLong(use.watch().toSeconds());
    String path =
        address.bundles()
            + (use.bookmarks() ? "&watch=true&allowWatchBookmarks=true" : "&watch=true")
            + "&timeoutSeconds="
            + seconds
            + "&resourceVersion="
            + version;
    return new Watch(path, use.bookmarks() ? QUIET : QUIET.plusSeconds(seconds));
  }

  /**
   * Asks, where bytes count, whether the bundle is still the one that was seen last: the answer has
   * none of what it holds.
   *
   * @param seen version of the object, which is another after each write to it; empty if unknown
   * @return from where to watch; empty if the bundle must be read
   */
  Optional<String> unchanged(String seen) throws InterruptedException {
    if (use.bookmarks()
        || seen.isEmpty()
        || !(api.getMetadata(address.bundles()) instanceof ApiAnswer.Success(Node list))
        || !(list.fields().get("items") instanceof Node.Sequence(_, var items))) {
      return Optional.empty();
    }
    boolean same =
        items.stream()
            .map(item -> KubeObject.read(item).metadata())
            .anyMatch(
                it -> it.name().equals(address.device()) && it.resourceVersion().equals(seen));
    return Optional.of(KubeObject.read(list).metadata().resourceVersion())
        .filter(it -> same && !it.isEmpty());
  }
}
