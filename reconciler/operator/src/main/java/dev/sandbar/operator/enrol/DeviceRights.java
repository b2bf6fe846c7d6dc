package dev.sandbar.operator.enrol;

import dev.sandbar.crds.v1alpha1.Device;
import dev.sandbar.crds.v1alpha1.DeviceSpec;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.OwnerReferenceBuilder;
import io.fabric8.kubernetes.api.model.ServiceAccountBuilder;
import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import io.fabric8.kubernetes.api.model.coordination.v1.LeaseBuilder;
import io.fabric8.kubernetes.api.model.rbac.PolicyRule;
import io.fabric8.kubernetes.api.model.rbac.PolicyRuleBuilder;
import io.fabric8.kubernetes.api.model.rbac.Role;
import io.fabric8.kubernetes.api.model.rbac.RoleBinding;
import io.fabric8.kubernetes.api.model.rbac.RoleBindingBuilder;
import io.fabric8.kubernetes.api.model.rbac.RoleBuilder;
import io.fabric8.kubernetes.api.model.rbac.Subject;
import io.fabric8.kubernetes.api.model.rbac.SubjectBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.IntSupplier;

/**
 * What a device may: see and report on what is its own, by name, and nothing else. Everything here
 * is owned by the Device: the cluster's garbage collector takes it away with it.
 */
final class DeviceRights {
  private static final String RBAC = "rbac.authorization.k8s.io";
  private static final String SANDBAR = "sandbar.dev";
  private static final String DEVICE_LABEL = "sandbar.dev/device";
  private static final int CONFLICT = 409;

  private final KubernetesClient client;
  private final IntSupplier leaseSeconds;

  /**
   * Of devices of this cluster.
   *
   * @param leaseSeconds duration of Leases, as the size of the fleet demands
   */
  DeviceRights(KubernetesClient client, IntSupplier leaseSeconds) {
    this.client = client;
    this.leaseSeconds = leaseSeconds;
  }

  /** The name of what belongs to a device, beside the Device itself. */
  static String nameOf(Device device) {
    return "sandbar-device-" + device.getMetadata().getName();
  }

  /** Makes what is missing and corrects what differs. */
  void ensure(Device device) {
    // First, since the Role lets the device write what has this name.
    ensureLease(device);
    ensureRole(device);
    ensureBinding(device);
  }

  /** Makes the ServiceAccount of a device that is identified by one. */
  void ensureAccount(Device device) {
    var account =
        new ServiceAccountBuilder()
            .withMetadata(metadata(device, nameOf(device)))
            .withAutomountServiceAccountToken(false)
            .build();
    if (!create(account)) {
      var resource =
          client
              .serviceAccounts()
              .inNamespace(account.getMetadata().getNamespace())
              .withName(account.getMetadata().getName());
      var known = resource.get();
      if (known != null && !isOwnedBy(known, device)) {
        // Tokens of an account that was another device's must not open this one's things.
        resource.delete();
        throw new KubernetesClientException(
            "an earlier Device's ServiceAccount is being removed; trying again");
      }
    }
  }

  private void ensureRole(Device device) {
    Role wanted =
        new RoleBuilder()
            .withMetadata(metadata(device, nameOf(device)))
            .withRules(rules(device))
            .build();
    if (!create(wanted)) {
      var resource =
          client
              .rbac()
              .roles()
              .inNamespace(wanted.getMetadata().getNamespace())
              .withName(wanted.getMetadata().getName());
      Role known = resource.get();
      if (known == null
          || !known.getRules().equals(wanted.getRules())
          || !isOwnedBy(known, device)) {
        var _ = client.resource(wanted).update();
      }
    }
  }

  private void ensureBinding(Device device) {
    RoleBinding wanted =
        new RoleBindingBuilder()
            .withMetadata(metadata(device, nameOf(device)))
            .withNewRoleRef(RBAC, "Role", nameOf(device))
            .withSubjects(subject(device))
            .build();
    if (!create(wanted)) {
      RoleBinding known =
          client
              .rbac()
              .roleBindings()
              .inNamespace(wanted.getMetadata().getNamespace())
              .withName(wanted.getMetadata().getName())
              .get();
      if (known == null
          || !wanted.getSubjects().equals(known.getSubjects())
          || !isOwnedBy(known, device)) {
        var _ = client.resource(wanted).update();
      }
    }
  }

  private void ensureLease(Device device) {
    String name = device.getMetadata().getName();
    ObjectMeta metadata = metadata(device, name);
    var wanted =
        new LeaseBuilder()
            .withMetadata(metadata)
            .withNewSpec()
            .withLeaseDurationSeconds(leaseSeconds.getAsInt())
            .endSpec()
            .build();
    if (!create(wanted)) {
      Lease known = client.leases().inNamespace(metadata.getNamespace()).withName(name).get();
      if (known != null && !isOwnedBy(known, device)) {
        if (!isHeartbeat(known, name)) {
          throw new KubernetesClientException(
              "the Lease '"
                  + name
                  + "' belongs to somebody else, as that of a leader does (Give the Device another"
                  + " name)");
        }
        wanted.getMetadata().setResourceVersion(known.getMetadata().getResourceVersion());
        var _ = client.resource(wanted).update();
      }
    }
  }

  private boolean create(HasMetadata object) {
    try {
      var _ = client.resource(object).create();
      return true;
    } catch (KubernetesClientException e) {
      if (e.getCode() == CONFLICT) {
        return false;
      }
      throw e;
    }
  }

  /** Whether it is the heartbeat of a device of this name, perhaps an earlier one. */
  private static boolean isHeartbeat(Lease lease, String device) {
    Map<String, String> labels = lease.getMetadata().getLabels();
    return labels != null && device.equals(labels.get(DEVICE_LABEL));
  }

  private static boolean isOwnedBy(HasMetadata object, Device device) {
    return object.getMetadata().getOwnerReferences().stream()
        .anyMatch(owner -> device.getMetadata().getUid().equals(owner.getUid()));
  }

  private static boolean isAccount(Device device) {
    var spec = device.getSpec();
    return spec != null
        && spec.identity() != null
        && spec.identity().type() == DeviceSpec.Identity.Type.ServiceAccount;
  }

  private static Subject subject(Device device) {
    return isAccount(device)
        ? new SubjectBuilder()
            .withKind("ServiceAccount")
            .withName(nameOf(device))
            .withNamespace(device.getMetadata().getNamespace())
            .build()
        : new SubjectBuilder()
            .withKind("Group")
            .withApiGroup(RBAC)
            .withName(DeviceUser.groupOf(device.getMetadata().getUid()))
            .build();
  }

  /** The rules of the Role. The operator's own ClusterRole must hold all of them. */
  private static List<PolicyRule> rules(Device device) {
    String name = device.getMetadata().getName();
    var rules = new ArrayList<PolicyRule>();
    rules.add(rule(SANDBAR, "devices", name, "get"));
    rules.add(rule(SANDBAR, "devices/status", name, "get", "patch"));
    rules.add(rule(SANDBAR, "devicebundles", name, "get", "list", "watch"));
    rules.add(rule(SANDBAR, "devicebundles/status", name, "get", "patch"));
    rules.add(rule("coordination.k8s.io", "leases", name, "get", "update", "patch"));
    rules.add(
        new PolicyRuleBuilder()
            .withApiGroups("")
            .withResources("events")
            .withVerbs("create")
            .build());
    if (isAccount(device)) {
      rules.add(rule("", "serviceaccounts/token", nameOf(device), "create"));
    }
    return rules;
  }

  private static PolicyRule rule(String group, String resource, String name, String... verbs) {
    return new PolicyRuleBuilder()
        .withApiGroups(group)
        .withResources(resource)
        .withResourceNames(name)
        .withVerbs(verbs)
        .build();
  }

  private static ObjectMeta metadata(Device device, String name) {
    return new ObjectMetaBuilder()
        .withName(name)
        .withNamespace(device.getMetadata().getNamespace())
        .withLabels(
            Map.of(
                DEVICE_LABEL,
                device.getMetadata().getName(),
                "app.kubernetes.io/managed-by",
                "sandbar"))
        .withOwnerReferences(
            new OwnerReferenceBuilder()
                .withApiVersion(device.getApiVersion())
                .withKind(device.getKind())
                .withName(device.getMetadata().getName())
                .withUid(device.getMetadata().getUid())
                .withController(true)
                .build())
        .build();
  }
}
