package dev.sandbar.device.identity;

import dev.sandbar.core.model.Node;
import dev.sandbar.device.kube.ApiAnswer;
import dev.sandbar.device.kube.Json;
import dev.sandbar.device.kube.KubeApi;

/** The Device of this device, made once and never taken over. */
record DeviceObject(KubeApi api, Member member) {

  /** What became of making it. */
  sealed interface Made {
    /** It has this device's key. */
    record Ours(String uid, boolean made) implements Made {}

    /** It cannot be made. */
    record Refused(String message, String help) implements Made {}
  }

  Made ensure(EnrolRequest request, DeviceKey key) {
    Node device =
        Json.object(
            "apiVersion",
            "sandbar.dev/v1alpha1",
            "kind",
            "Device",
            "metadata",
            Json.object("name", member.name(), "labels", Json.texts(request.labels())),
            "spec",
            Json.object(
                "identity", Json.object("type", request.kind().word(), "publicKey", key.spki())));
    return switch (api.post(member.devicesPath(), device)) {
      case ApiAnswer.Success(Node body) -> ours(body, true);
      case ApiAnswer.AlreadyExists _ ->
          switch (api.get(member.devicePath())) {
            case ApiAnswer.Success(Node body) -> compared(body, key);
            case ApiAnswer.Failure failure -> refused(failure);
          };
      case ApiAnswer.Failure failure -> refused(failure);
    };
  }

  private Made compared(Node device, DeviceKey key) {
    String theirs = Json.text(device, "spec", "identity", "publicKey").orElse("");
    if (theirs.equals(key.spki())) {
      return ours(device, false);
    }
    return new Made.Refused(
        "there is a Device "
            + member
            + (theirs.isEmpty() ? " without a key" : " with another key")
            + "; a name is never taken over",
        "Choose another --name, or, if it is this very device: kubectl -n %s delete device %s"
            .formatted(member.namespace(), member.name()));
  }

  private static Made ours(Node device, boolean made) {
    return Json.text(device, "metadata", "uid")
        .<Made>map(uid -> new Made.Ours(uid, made))
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
