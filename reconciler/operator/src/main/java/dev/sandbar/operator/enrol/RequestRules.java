package dev.sandbar.operator.enrol;

import dev.sandbar.crds.v1alpha1.Device;
import dev.sandbar.crds.v1alpha1.DeviceSpec;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/** The rules for requests in the name of a device. */
final class RequestRules {
  private static final Set<String> USAGES = Set.of("client auth", "digital signature");
  private static final Set<String> RSA_USAGES =
      Set.of("client auth", "digital signature", "key encipherment");

  private final Function<DeviceUser, Optional<Device>> devices;

  /**
   * The rules.
   *
   * @param devices reads the Device as it is now, not as it was
   */
  RequestRules(Function<DeviceUser, Optional<Device>> devices) {
    this.devices = devices;
  }

  /** Decides. */
  Decision decide(Request request) {
    if (!request.isOurs()) {
      return new Decision.NotOurs();
    }
    Optional<DeviceUser> user =
        request.commonNames().size() == 1
            ? DeviceUser.of(request.commonNames().getFirst())
            : Optional.empty();
    if (user.isEmpty() || request.otherParts()) {
      return new Decision.Deny(
          "The subject is not CN=sandbar:device:NAMESPACE:NAME with its groups as O.");
    }
    if (!request.usages().equals(USAGES)
        && !(request.rsa() && request.usages().equals(RSA_USAGES))) {
      return new Decision.Deny("The usages must be exactly: client auth, digital signature.");
    }
    if (request.extended()) {
      return new Decision.Deny("The request asks for extensions; a device's has none.");
    }
    DeviceUser name = user.get();
    Optional<Device> device = devices.apply(name);
    if (device.isEmpty() || device.get().isMarkedForDeletion()) {
      return new Decision.Deny("There is no Device " + name + ".");
    }
    return ofDevice(request, name, device.get());
  }

  private static Decision ofDevice(Request request, DeviceUser name, Device device) {
    DeviceSpec spec = device.getSpec();
    DeviceSpec.Identity identity = spec == null ? null : spec.identity();
    if (spec == null || identity == null) {
      return new Decision.Deny("The Device " + name + " has no key to compare with.");
    }
    if (identity.type() != DeviceSpec.Identity.Type.ClientCertificate) {
      return new Decision.Deny("The Device " + name + " is identified by a ServiceAccount.");
    }
    if (spec.decommission() != null) {
      return new Decision.Deny("The Device " + name + " is being decommissioned.");
    }
    String group = DeviceUser.groupOf(device.getMetadata().getUid());
    if (request.organizations().size() != 2
        || !request.organizations().contains(DeviceUser.ALL_DEVICES)
        || !request.organizations().contains(group)) {
      return new Decision.Deny(
          "The organizations must be exactly " + DeviceUser.ALL_DEVICES + " and " + group + ".");
    }
    Request.Requester requester = request.requester();
    if (requester.user().equals(request.commonNames().getFirst())) {
      return requester.groups().contains(DeviceUser.ALL_DEVICES)
              && requester.groups().contains(group)
          ? new Decision.Approve(name, "SandbarRenewal", "The device renews its own certificate.")
          : new Decision.Deny(
              "The certificate that asks was made for an earlier Device of the name " + name + ".");
    }
    if (!request.publicKey().equals(identity.publicKey())) {
      return new Decision.Deny(
          "The key is not the one that the Device " + name + " was made with.");
    }
    if (requester.user().startsWith("system:bootstrap:")
        && !requester.groups().contains(name.enrolling())) {
      return new Decision.Deny("The token is not for the namespace " + name.namespace() + ".");
    }
    return requester.user().startsWith("system:bootstrap:")
            && requester.groups().contains(name.enrollingApproved())
        ? new Decision.Approve(
            name, "SandbarEnrol", "The token lets devices in without an owner's consent.")
        : new Decision.Leave(name);
  }
}
