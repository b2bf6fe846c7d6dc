package dev.sandbar.operator.publish;

import dev.sandbar.core.bind.NodeBinder;
import dev.sandbar.core.bundle.Bundle;
import dev.sandbar.core.bundle.BundleEntry;
import dev.sandbar.core.bundle.Decommission;
import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.Node;
import dev.sandbar.crds.v1alpha1.Sandbar;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.util.ArrayList;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Writes bundles. A write names only the apps that changed, and carries the resourceVersion that it
 * was decided on: of two operators, or of an old decision and a new one, the late one is refused.
 *
 * <p>A JSON patch (RFC 6902) and not a merge patch: a merge would leave what a new spec no longer
 * has.
 */
public final class BundlePublisher {

  private final Writes writes;
  private final Pool pool;
  private final Consumer<String> results;

  /** Who a bundle belongs to. */
  public record Owner(String namespace, String name, String uid) {}

  /** What became of a write. */
  public sealed interface Outcome {
    /** Written; the bundle as it stands now. */
    record Written(PublishedBundle bundle) implements Outcome {}

    /** Somebody else was faster; look again. */
    record Conflict() implements Outcome {}

    /** There is nothing to write to. */
    record Gone() implements Outcome {}
  }

  /**
   * A publisher.
   *
   * @param results gets what became of each write: created, changed, conflict, error
   */
  public BundlePublisher(Writes writes, Pool pool, Consumer<String> results) {
    this.writes = writes;
    this.pool = pool;
    this.results = results;
  }

  /** Makes a bundle that does not exist, with all its apps at once. */
  public Outcome create(
      Owner owner, SortedMap<AppName, BundleEntry> wanted, Decommission decommission) {
    var metadata =
        new ObjectMetaBuilder()
            .withNamespace(owner.namespace())
            .withName(owner.name())
            .addNewOwnerReference()
            .withApiVersion(Sandbar.GROUP + "/" + Sandbar.VERSION)
            .withKind("Device")
            .withName(owner.name())
            .withUid(owner.uid())
            .withController(true)
            .endOwnerReference()
            .build();
    try {
      GenericKubernetesResource made =
          writes.create(
              Writes.Kind.DEVICE_BUNDLE, metadata, new Bundle(wanted, decommission).toNode());
      results.accept("created");
      return new Outcome.Written(PublishedBundle.read(made, pool));
    } catch (KubernetesClientException e) {
      return failed(e);
    }
  }

  /**
   * Changes what differs in a bundle. Where that is refused, what is taken away is written by
   * itself: a removal, or the end of a device's service, must not wait for what cannot be added.
   */
  public Outcome change(
      Owner owner,
      PublishedBundle now,
      SortedMap<AppName, BundleEntry> wanted,
      Decommission decommission) {
    try {
      return written(owner, now, wanted, decommission);
    } catch (KubernetesClientException e) {
      var less = new TreeMap<>(now.entries());
      less.keySet().retainAll(wanted.keySet());
      boolean takes = now.sound() && !now.isExactly(less, decommission) && !less.equals(wanted);
      if (takes && ApiFailure.of(e) != ApiFailure.NO_ANSWER) {
        Outcome _ = written(owner, now, less, decommission);
      }
      throw e;
    }
  }

  private Outcome written(
      Owner owner,
      PublishedBundle now,
      SortedMap<AppName, BundleEntry> wanted,
      Decommission decommission) {
    var steps = new ArrayList<Node>();
    Bundle bundle = new Bundle(wanted, decommission);
    if (!now.sound() || now.entries().isEmpty()) {
      steps.add(step("add", "/spec/apps", bundle.apps()));
    } else {
      now.entries().keySet().stream()
          .filter(name -> !wanted.containsKey(name))
          .forEach(name -> steps.add(step("remove", "/spec/apps/" + name, null)));
      wanted.forEach(
          (name, entry) -> {
            if (!entry.equals(now.entries().get(name))) {
              steps.add(step("add", "/spec/apps/" + name, entry.toNode()));
            }
          });
    }
    steps.add(step("add", "/spec/digest", Node.text(bundle.digest().hex())));
    if (decommission != now.decommission()) {
      steps.add(
          bundle
              .end()
              .map(end -> step("add", "/spec/decommission", end))
              .orElseGet(() -> step("remove", "/spec/decommission", null)));
    }
    try {
      GenericKubernetesResource changed =
          writes.patch(
              new Writes.Target(Writes.Kind.DEVICE_BUNDLE, owner.namespace(), owner.name()),
              now.version(),
              steps);
      results.accept("changed");
      return new Outcome.Written(PublishedBundle.read(changed, pool));
    } catch (KubernetesClientException e) {
      return failed(e);
    }
  }

  private Outcome failed(KubernetesClientException e) {
    ApiFailure failure = ApiFailure.of(e);
    results.accept(failure.isOutdated() ? "conflict" : "error");
    return switch (failure) {
      case CONFLICT -> new Outcome.Conflict();
      case NOT_FOUND -> new Outcome.Gone();
      case INVALID, FORBIDDEN, UNAVAILABLE, NO_ANSWER -> throw e;
    };
  }

  /** One operation of a JSON patch; only a removal has no value. */
  private record Step(String op, String path, @Nullable Node value) {}

  private static Node step(String op, String path, @Nullable Node value) {
    return NodeBinder.write(new Step(op, path, value));
  }
}
