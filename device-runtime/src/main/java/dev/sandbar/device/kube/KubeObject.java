package dev.sandbar.device.kube;

import dev.sandbar.core.bind.NodeBinder;
import dev.sandbar.core.model.Node;
import java.util.List;

/** An object of the API server, as far as a device looks at any. What is missing is empty. */
public record KubeObject(Meta metadata, Node spec, Node status) {

  /** From an answer. */
  public static KubeObject read(Node node) {
    return NodeBinder.readLenient(KubeObject.class, node);
  }

  /**
   * The metadata of an object, or of a list of them.
   *
   * @param annotations a map of texts, as the server sent it
   */
  public record Meta(
      String name,
      String uid,
      String resourceVersion,
      long generation,
      Node annotations,
      List<Owner> ownerReferences) {}

  /** Whom an object belongs to. */
  public record Owner(String kind, String uid) {}

  /** One event of a watch. */
  public record Event(String type, Node object) {}

  /** The object of an event that says why a watch is over. */
  public record Trouble(int code, String message) {}
}
