package dev.sandbar.operator.enrol;

import dev.sandbar.core.enrol.Decision;
import dev.sandbar.core.enrol.DeviceUser;
import dev.sandbar.core.enrol.RequestRules;
import dev.sandbar.core.report.Condition;
import dev.sandbar.core.report.Reason;
import dev.sandbar.crds.v1alpha1.Device;
import dev.sandbar.crds.v1alpha1.DeviceSpec;
import dev.sandbar.crds.v1alpha1.DeviceStatus;
import dev.sandbar.operator.history.OwnActs;
import dev.sandbar.operator.publish.DeviceFields;
import dev.sandbar.operator.publish.ObjectFields;
import dev.sandbar.operator.publish.Writes;
import dev.sandbar.operator.reconcile.Controllers;
import dev.sandbar.operator.reconcile.SlimStore;
import dev.sandbar.operator.reconcile.VersionForm;
import dev.sandbar.operator.report.EventRecorder;
import dev.sandbar.report.OneLine;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.authentication.TokenRequest;
import io.fabric8.kubernetes.api.model.authentication.TokenRequestBuilder;
import io.fabric8.kubernetes.api.model.certificates.v1.CertificateSigningRequest;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.javaoperatorsdk.operator.api.config.informer.Field;
import io.javaoperatorsdk.operator.api.config.informer.Informer;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import io.javaoperatorsdk.operator.api.reconciler.ControllerConfiguration;
import io.javaoperatorsdk.operator.api.reconciler.Reconciler;
import io.javaoperatorsdk.operator.api.reconciler.UpdateControl;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Clock;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.IntSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lets devices in. Follows the requests for client certificates: denies those in a device's name
 * that break the rules, approves those that need nobody's word, and gives each approved device the
 * rights to its own things. Devices that are identified by a ServiceAccount come by {@link
 * #deviceSeen}.
 */
@ControllerConfiguration(
    informer =
        @Informer(fieldSelector = @Field(path = "spec.signerName", value = RequestRules.SIGNER)))
public final class EnrolmentReconciler
    implements Reconciler<CertificateSigningRequest>, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(EnrolmentReconciler.class);

  /** Each may be as long as the store takes it, whatever it asks for. */
  private static final long AT_ONCE = 8;

  private static final Duration FIRST_TOKEN = Duration.ofHours(1);

  private final KubernetesClient client;
  private final Clock clock;
  private final Set<String> namespaces;
  private final Requests decisions;
  private final RequestRules rules;
  private final DeviceRights rights;
  private final EnrolledCondition enrolled;
  private final Work work = new Work();
  private final OwnActs acts;
  private final EventRecorder events;
  private final RequestFlood flood;
  private final Controllers controllers;

  /**
   * Nothing is followed yet.
   *
   * @param leaseSeconds duration that new Leases of devices shall have
   * @param namespaces whose devices are let in; empty means all
   * @param acts gets how each device was let in
   * @param fatal takes the reason why this cannot go on
   */
  public EnrolmentReconciler(
      KubernetesClient client,
      Clock clock,
      MeterRegistry registry,
      IntSupplier leaseSeconds,
      Set<String> namespaces,
      OwnActs acts,
      Consumer<String> fatal) {
    this.client = client;
    this.acts = acts;
    this.namespaces = namespaces;
    var writes = new Writes(client);
    this.controllers = new Controllers(client, fatal);
    this.clock = clock;
    this.decisions = new Requests(client, writes, registry);
    this.rules =
        new RequestRules(
            this::isWatched,
            name ->
                read(name).filter(it -> !it.isMarkedForDeletion()).map(EnrolmentReconciler::known));
    this.rights = new DeviceRights(client, writes, leaseSeconds);
    this.enrolled = new EnrolledCondition(writes, clock);
    this.events = new EventRecorder(client, clock, "sandbar-enrol");
    this.flood = new RequestFlood(events, registry, System::nanoTime);
  }

  /** Begins; returns when every request that there is has been seen. */
  public void start() {
    controllers.run(
        "certificatesigningrequest",
        "",
        this,
        controller ->
            controller
                .withItemStore(
                    new SlimStore<>(new VersionForm<>(CertificateSigningRequest::new), false))
                .withOnAddFilter(this::isNew)
                .withOnUpdateFilter((request, _) -> isOpen(request))
                .withInformerListLimit(AT_ONCE));
  }

  /** Why it does not go on at this moment; empty if it does. */
  public String trouble() {
    return controllers.trouble();
  }

  private boolean isNew(CertificateSigningRequest request) {
    if (Requests.isUndecided(request)) {
      flood.seen(request);
    }
    return isOpen(request);
  }

  /** A device that renews has to see why it was denied. */
  private static boolean isOpen(CertificateSigningRequest request) {
    return !Requests.isRefused(request) || Requests.device(request).isPresent();
  }

  /** By its name alone: what waits would hold all that was asked, as long as anybody likes. */
  @Override
  public UpdateControl<CertificateSigningRequest> reconcile(
      CertificateSigningRequest known, Context<CertificateSigningRequest> context)
      throws InterruptedException {
    String name = known.getMetadata().getName();
    work.once(
        "csr",
        () -> {
          try {
            request(name).ifPresent(this::handle);
          } catch (RuntimeException e) {
            LOG.warn("csr={} action=retry failed={}", name, OneLine.of(e));
            throw e;
          }
        });
    return UpdateControl.noUpdate();
  }

  private Optional<CertificateSigningRequest> request(String name) {
    return Optional.ofNullable(
        client.certificates().v1().certificateSigningRequests().withName(name).get());
  }

  /**
   * A Device was seen, new or changed. Cheap unless its rights change or a ServiceAccount's token
   * has to be made.
   */
  public void deviceSeen(Device device) {
    String place = device.getMetadata().getNamespace();
    String name = device.getMetadata().getName();
    if (!DeviceUser.isName(place) || !DeviceUser.isName(name)) {
      return;
    }
    var user = new DeviceUser(place, name);
    if (device.isMarkedForDeletion()) {
      deviceGone(user);
    } else if (isLeaving(device)) {
      // Whatever its status says: that is the device's to write.
      work.add(
          "narrow",
          user.toString(),
          () -> read(user).filter(EnrolmentReconciler::isLeaving).ifPresent(rights::narrow));
    } else if (EnrolledCondition.isOutdated(device, enrolledBy(device))) {
      work.add("restore", user.toString(), () -> restore(user));
    } else if (needsToken(device)) {
      work.add("token", user.toString(), () -> giveToken(user));
    }
  }

  /** A Device is no longer there, or soon. */
  public void deviceGone(String namespace, String name) {
    if (DeviceUser.isName(namespace) && DeviceUser.isName(name)) {
      deviceGone(new DeviceUser(namespace, name));
    }
  }

  private void deviceGone(DeviceUser user) {
    work.add(
        "withdraw",
        user.toString(),
        () ->
            rights.withdraw(
                user,
                read(user)
                    .filter(it -> !it.isMarkedForDeletion())
                    .map(it -> it.getMetadata().getUid())
                    .orElse("")));
  }

  /** Requests have no namespace: another operator may look after that of the device. */
  private boolean isWatched(String namespace) {
    return namespaces.isEmpty() || namespaces.contains(namespace);
  }

  private static boolean isLeaving(Device device) {
    return DeviceFields.decommission(device).isPresent();
  }

  /**
   * Gives a device that was let in all its rights again. They are looked at when its owner changes
   * its spec: it may have been about to leave, or somebody may have deleted them; and when the
   * operator has learned to give others.
   */
  private void restore(DeviceUser user) {
    Writes.retryConflicts(
        () ->
            read(user)
                .filter(it -> !it.isMarkedForDeletion())
                .filter(it -> EnrolledCondition.isOutdated(it, enrolledBy(it)))
                .ifPresent(this::giveRights));
  }

  /**
   * Gives a device its rights, and says so of the very Device that they were made for: of one that
   * has changed meanwhile nothing may be said, or the rights that it now needs are never looked at.
   *
   * @param device as it was just read
   * @throws KubernetesClientException with code 409 if somebody wrote in between
   */
  private void giveRights(Device device) {
    rights.ensure(device);
    Reason reason = known(device).account() ? Reason.OWNER_APPROVED : Reason.CERTIFICATE_APPROVED;
    enrolled.write(device, reason, enrolledBy(device));
    record(device, "its certificate request was approved");
  }

  /** Events of the moment in which a device is let in; of one that is already, there are none. */
  private void record(Device before, String how) {
    if (DeviceFields.status(before).conditions().stream()
        .noneMatch(
            it ->
                it.type().equals(Condition.Type.ENROLLED.text())
                    && it.status().equals(Condition.Status.TRUE.text()))) {
      ObjectMeta meta = before.getMetadata();
      var subject =
          new EventRecorder.Subject("Device", meta.getNamespace(), meta.getName(), meta.getUid());
      events.tell(subject, EventRecorder.Severity.NORMAL, Reason.APPROVED, how);
      events.tell(
          subject,
          EventRecorder.Severity.NORMAL,
          Reason.ENROLLED,
          "may read its bundle and report");
    }
  }

  /** The message of the condition Enrolled. It changes with the rights. */
  private static String enrolledBy(Device device) {
    return "%s (rights of edition %d)."
        .formatted(
            known(device).account()
                ? "The token in status.credential is sealed for the device's key"
                : "The device has its own key",
            DeviceRights.EDITION);
  }

  private static RequestRules.KnownDevice known(Device device) {
    return new RequestRules.KnownDevice(
        device.getMetadata().getUid(),
        DeviceFields.identity(device).map(DeviceSpec.Identity::publicKey).orElse(""),
        DeviceFields.isAccount(device),
        isLeaving(device));
  }

  private Optional<Device> read(DeviceUser name) {
    return Optional.ofNullable(
        client.resources(Device.class).inNamespace(name.namespace()).withName(name.name()).get());
  }

  private void handle(CertificateSigningRequest object) {
    if (Requests.isRefused(object)) {
      answer(object);
      return;
    }
    String name = object.getMetadata().getName();
    boolean approved = Requests.condition(object, "Approved").isPresent();
    switch (rules.decide(Requests.asked(object))) {
      case Decision.NotOurs() -> {}
      case Decision.Renewal(DeviceUser device) -> {
        if (!approved) {
          decisions.decide(
              object, "Approved", "SandbarRenewal", "The device renews its own certificate.");
        }
        give(device);
        answer(object);
      }
      case Decision.Enrolment(DeviceUser device, boolean consented) -> {
        if (approved) {
          enrolled(object, device);
          give(device);
        } else if (consented) {
          decisions.decide(
              object,
              "Approved",
              "SandbarEnrol",
              "The token lets devices in without an owner's consent.");
          enrolled(object, device);
          give(device);
        } else {
          LOG.info("csr={} device={} action=wait-for-owner", name, device);
        }
      }
      case Decision.Denial(String message) -> {
        if (approved) {
          LOG.warn("csr={} action=none reason=approved-by-hand problem={}", name, message);
        } else {
          decisions.decide(object, "Denied", "SandbarRule", message);
        }
      }
    }
  }

  /** Shows a device that renews what became of its request, once that is certain. */
  private void answer(CertificateSigningRequest request) {
    Optional<DeviceUser> asking = Requests.device(request);
    Optional<DeviceStatus.Certificate> answer = Requests.answer(request);
    if (asking.filter(it -> isWatched(it.namespace())).isPresent() && answer.isPresent()) {
      Writes.retryConflicts(
          () ->
              read(asking.get())
                  .filter(it -> Requests.isBy(request, it))
                  .ifPresent(it -> enrolled.answer(it, answer.get())));
    }
  }

  private void enrolled(CertificateSigningRequest request, DeviceUser device) {
    acts.enrolled(
        device.namespace(),
        device.name(),
        Requests.approver(request),
        "with " + ObjectFields.text(request.getSpec().getUsername()));
  }

  private void give(DeviceUser name) {
    Writes.retryConflicts(() -> read(name).ifPresent(this::giveRights));
  }

  /** A token is due where an owner has consented and there is none that could still be opened. */
  private boolean needsToken(Device device) {
    if (!DeviceFields.isAccount(device)
        || !Boolean.TRUE.equals(DeviceFields.spec(device).approved())
        || isAsMade(device)
        // Whoever suspends a device looks after it, and consents to nothing.
        || DeviceFields.isSuspended(device)
        || isLeaving(device)
        || device.isMarkedForDeletion()) {
      return false;
    }
    // A device that has taken it renews by itself from then on, and says so by its first report.
    return Optional.ofNullable(DeviceFields.status(device).credential())
        .map(it -> DeviceFields.facts(device).isEmpty() && isPast(it.expires()))
        .orElse(true);
  }

  /**
   * Whoever may make a Device could write the consent into it; whoever may change one is an owner.
   * A Device that nobody has changed since it was made carries no consent; the schema refuses one
   * that is made with it, so that here are those of an earlier schema.
   */
  private static boolean isAsMade(Device device) {
    return ObjectFields.generation(device) < 2;
  }

  private boolean isPast(String time) {
    try {
      return Instant.parse(time).isBefore(clock.instant());
    } catch (DateTimeException e) {
      return true;
    }
  }

  private void giveToken(DeviceUser name) {
    Writes.retryConflicts(
        () -> read(name).filter(this::needsToken).ifPresent(it -> sealToken(name, it)));
  }

  /** The same for a device that has a token. */
  private void sealToken(DeviceUser name, Device device) {
    rights.ensureAccount(device);
    rights.ensure(device);
    try {
      enrolled.write(
          device,
          Reason.OWNER_APPROVED,
          enrolledBy(device),
          SealedToken.of(token(device), known(device).publicKey()));
      record(device, "its owner has set spec.approved");
      LOG.info("device={} action=seal-token", name);
    } catch (SealedToken.UnsealableException e) {
      LOG.warn("device={} action=none problem={}", name, e.getMessage());
    }
  }

  private TokenRequest token(Device device) {
    return client
        .serviceAccounts()
        .inNamespace(device.getMetadata().getNamespace())
        .withName(DeviceRights.nameOf(device))
        .tokenRequest(
            new TokenRequestBuilder()
                .withNewSpec()
                .withExpirationSeconds(FIRST_TOKEN.toSeconds())
                .endSpec()
                .build());
  }

  @Override
  public void close() {
    controllers.close();
    work.close();
    events.close();
  }
}
