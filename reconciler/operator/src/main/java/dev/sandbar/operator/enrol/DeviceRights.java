package dev.sandbar.operator.enrol;

import dev.sandbar.core.enrol.DeviceUser;
import dev.sandbar.crds.v1alpha1.Device;
import dev.sandbar.operator.publish.DeviceFields;
import dev.sandbar.operator.publish.ObjectFields;
import dev.sandbar.operator.publish.Writes;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.OwnerReferenceBuilder;
import io.fabric8.kubernetes.api.model.ServiceAccount;
import io.fabric8.kubernetes.api.model.ServiceAccountBuilder;
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
import java.util.Optional;
import java.util.function.IntSupplier;

/**
 * What a device may: see and report on what is its own, by name, and nothing else. Everything here
 * is owned by the Device: the cluster's garbage collector takes it away with it. That may take a
 * while, so {@link #withdraw} ends the rights at once. What somebody else has made under a name of
 * these is never changed.
 */
final class DeviceRights {
  private static final String RBAC = "rbac.authorization.k8s.io";
  private static final String SANDBAR = "sandbar.dev";
  private static final String DEVICE_LABEL = "sandbar.dev/device";

  /**
   * Counts up with every change of what {@link #rules} gives: devices that were let in with an
   * earlier edition get their rights anew when an operator begins. Without that they would miss a
   * right that a policy of the same release asks for. The first edition had no number.
   */
  static final int EDITION = 4;

  private final KubernetesClient client;
  private final Writes writes;
  private final IntSupplier leaseSeconds;

  /**
   * Of devices of this cluster.
   *
   * @param leaseSeconds duration of Leases, as the size of the fleet demands
   */
  DeviceRights(KubernetesClient client, Writes writes, IntSupplier leaseSeconds) {
    this.client = client;
    this.writes = writes;
    this.leaseSeconds = leaseSeconds;
  }

  /** The name of what belongs to a device, beside the Device itself. */
  static String nameOf(Device device) {
    return nameOf(device.getMetadata().getName());
  }

  private static String nameOf(String device) {
    return "sandbar-device-" + device;
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
    if (!writes.createIfAbsent(account)) {
      Optional<ServiceAccount> other = known(account).filter(it -> !isOwnedBy(it, device));
      if (other.isPresent()) {
        demandOurs(other.get(), device);
        // Tokens of an account that was another device's must not open this one's things.
        writes.deleteVersion(other.get());
        throw new KubernetesClientException(
            "an earlier Device's ServiceAccount is being removed; trying again");
      }
    }
  }

  /** Leaves a device that is on its way out what it needs to leave, and no next certificate. */
  void narrow(Device device) {
    Role wanted = role(device);
    known(wanted)
        .filter(it -> isOwnedBy(it, device) && !it.getRules().equals(wanted.getRules()))
        .ifPresent(
            known -> {
              known.setRules(wanted.getRules());
              var _ = writes.update(known);
            });
  }

  /**
   * Ends the rights of a Device that is gone or going.
   *
   * @param stays uid of the Device that has the name now and keeps its rights; empty if none does
   */
  void withdraw(DeviceUser name, String stays) {
    Optional.ofNullable(
            client
                .rbac()
                .roleBindings()
                .inNamespace(name.namespace())
                .withName(nameOf(name.name()))
                .get())
        .filter(it -> isOurs(it, name.name()))
        .filter(it -> !isOwnedBy(it, stays))
        .ifPresent(writes::deleteVersion);
  }

  /** The object of this name as it stands in the cluster. */
  private <T extends HasMetadata> Optional<T> known(T wanted) {
    return Optional.ofNullable(client.resource(wanted).get());
  }

  /** The one that a write has just found there. */
  private <T extends HasMetadata> T existing(T wanted) {
    return known(wanted)
        .orElseThrow(
            () ->
                new KubernetesClientException(
                    "the " + wanted.getKind() + " was removed meanwhile; trying again"));
  }

  private static Role role(Device device) {
    return new RoleBuilder()
        .withMetadata(metadata(device, nameOf(device)))
        .withRules(rules(device))
        .build();
  }

  private void ensureRole(Device device) {
    Role wanted = role(device);
    if (!writes.createIfAbsent(wanted)) {
      Role known = existing(wanted);
      if (!known.getRules().equals(wanted.getRules()) || !isOwnedBy(known, device)) {
        replace(wanted, known, device);
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
    if (!writes.createIfAbsent(wanted)) {
      RoleBinding known = existing(wanted);
      if (!wanted.getSubjects().equals(known.getSubjects())
          || !wanted.getRoleRef().equals(known.getRoleRef())
          || !isOwnedBy(known, device)) {
        replace(wanted, known, device);
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
    if (!writes.createIfAbsent(wanted)) {
      known(wanted)
          .filter(it -> !isOwnedBy(it, device))
          .ifPresent(known -> replace(wanted, known, device));
    }
  }

  /** Puts what is wanted in the place of what was made for a device of this name. */
  private void replace(HasMetadata wanted, HasMetadata known, Device device) {
    demandOurs(known, device);
    wanted.getMetadata().setResourceVersion(known.getMetadata().getResourceVersion());
    var _ = writes.update(wanted);
  }

  private static void demandOurs(HasMetadata known, Device device) {
    if (!isOurs(known, device.getMetadata().getName())) {
      throw new KubernetesClientException(
          "the %s '%s' belongs to somebody else (Give the Device another name)"
              .formatted(known.getKind(), known.getMetadata().getName()));
    }
  }

  /** Whether it was made here for a device of this name, perhaps an earlier one. */
  private static boolean isOurs(HasMetadata object, String device) {
    return device.equals(ObjectFields.labels(object).get(DEVICE_LABEL));
  }

  private static boolean isOwnedBy(HasMetadata object, Device device) {
    return isOwnedBy(object, device.getMetadata().getUid());
  }

  private static boolean isOwnedBy(HasMetadata object, String uid) {
    return object.getMetadata().getOwnerReferences().stream()
        .anyMatch(owner -> uid.equals(owner.getUid()));
  }

  private static Subject subject(Device device) {
    return DeviceFields.isAccount(device)
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

  /**
   * The rules of the Role, of this {@link #EDITION}. The operator's own ClusterRole must hold all
   * of them.
   */
  static List<PolicyRule> rules(Device device) {
    String name = device.getMetadata().getName();
    boolean isAccount = DeviceFields.isAccount(device);
    boolean stays = DeviceFields.decommission(device).isEmpty();
    var rules = new ArrayList<PolicyRule>();
    rules.add(rule(SANDBAR, "devices", name, "get"));
    rules.add(rule(SANDBAR, "devices/status", name, "get", "patch"));
    if (!isAccount && stays && device.getSpec() != null) {
      // No resource of the API: the admission policy asks whether its user may have certificates.
      rules.add(rule(SANDBAR, "devices/certificates", name, "create"));
    }
    rules.add(rule(SANDBAR, "devicebundles", name, "get", "list", "watch"));
    rules.add(rule(SANDBAR, "devicebundles/status", name, "get", "patch"));
    // Each has a name that nobody can guess, which stands in the bundle of who may have it.
    rules.add(
        new PolicyRuleBuilder()
            .withApiGroups(SANDBAR)
            .withResources("appcontents")
            .withVerbs("get")
            .build());
    rules.add(rule(SANDBAR, "devicequeries", name, "get"));
    rules.add(rule(SANDBAR, "devicequeries/status", name, "get", "patch"));
    rules.add(rule("coordination.k8s.io", "leases", name, "get", "update", "patch"));
    rules.add(
        new PolicyRuleBuilder()
            .withApiGroups("")
            .withResources("events")
            .withVerbs("create")
            .build());
    if (isAccount && stays) {
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
