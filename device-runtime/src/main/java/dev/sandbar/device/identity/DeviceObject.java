package dev.sandbar.device.identity;

import dev.sandbar.core.enrol.DeviceAnnotations;
import dev.sandbar.core.enrol.DeviceLabels;
import dev.sandbar.core.model.Node;
import dev.sandbar.device.kube.ApiAnswer;
import dev.sandbar.device.kube.Json;
import dev.sandbar.device.kube.KubeApi;
import java.util.List;
import java.util.SortedMap;

/** The Device of this device, made once and never taken over. */
record DeviceObject(KubeApi api, Member member) {

  /** What became of making it. */
  sealed interface Made {
    /**
     * It has this device's key.
     *
     * @param made whether that was just now
     * @param labelled whether it has the labels that were asked for
     */
    record Ours(String uid, boolean made, boolean labelled) implements Made {}

    /** It cannot be made. */
    record Refused(String message, String help) implements Made {}
  }

  Made ensure(IdentityKind kind, SortedMap<String, String> labels, DeviceKey key) {
    ApiAnswer made = new ApiAnswer.Refused("no attempt");
    for (Node metadata : metadata(labels)) {
      made = api.post(member.devicesPath(), device(kind, key, metadata));
      if (!(made instanceof ApiAnswer.Forbidden)) {
        break;
      }
    }
    return switch (made) {
      case ApiAnswer.Success(Node body) -> ours(body, true, labels);
      case ApiAnswer.AlreadyExists _ ->
          switch (api.get(member.devicePath())) {
            case ApiAnswer.Success(Node body) -> compared(body, key, labels);
            case ApiAnswer.Failure failure -> refused(failure);
          };
      case ApiAnswer.Failure failure -> refused(failure);
    };
  }

  /**
   * As what labels may be asked for, best first: given, if the token is for exactly these labels;
   * as a request, which the owner confirms; and given without one, as charts of earlier releases
   * have it.
   */
  private List<Node> metadata(SortedMap<String, String> wanted) {
    Node name = Node.text(member.name());
    if (wanted.isEmpty()) {
      return List.of(Json.object("name", name));
    }
    Node labels = Json.texts(wanted);
    Node annotations = Json.object(DeviceAnnotations.REQUESTED_LABELS, DeviceLabels.text(wanted));
    return List.of(
        Json.object("name", name, "labels", labels, "annotations", annotations),
        Json.object("name", name, "annotations", annotations),
        Json.object("name", name, "labels", labels));
  }

  private static Node device(IdentityKind kind, DeviceKey key, Node metadata) {
    return Json.object(
        "apiVersion",
        "sandbar.dev/v1alpha1",
        "kind",
        "Device",
        "metadata",
        metadata,
        "spec",
        Json.object("identity", Json.object("type", kind.word(), "publicKey", key.spki())));
  }

  private Made compared(Node device, DeviceKey key, SortedMap<String, String> labels) {
    String theirs = Json.text(device, "spec", "identity", "publicKey").orElse("");
    if (theirs.equals(key.spki())) {
      return ours(device, false, labels);
    }
    return new Made.Refused(
        "there is a Device "
            + member
            + (theirs.isEmpty() ? " without a key" : " with another key")
            + "; a name is never taken over",
        "Choose another --name, or, if it is this very device: kubectl -n %s delete device %s"
            .formatted(member.namespace(), member.name()));
  }

  private static Made ours(Node device, boolean made, SortedMap<String, String> labels) {
    boolean labelled =
        labels.entrySet().stream()
            .allMatch(
                label ->
                    Json.text(device, "metadata", "labels", label.getKey())
                        .filter(label.getValue()::equals)
                        .isPresent());
    return Json.text(device, "metadata", "uid")
        .<Made>map(uid -> new Made.Ours(uid, made, labelled))
        .orElseGet(() -> new Made.Refused("the server's Device has no UID", ""));
  }

  private Made refused(ApiAnswer.Failure failure) {
    return Refusals.of(failure, member, api.clock().ahead())
        .<Made>map(it -> new Made.Refused(it.message(), it.help()))
        .orElseGet(
            () ->
                new Made.Refused(
                    failure.message(), "Check the server and the network, then again"));
  }
}
