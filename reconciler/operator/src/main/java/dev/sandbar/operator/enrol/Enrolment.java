package dev.sandbar.operator.enrol;

import dev.sandbar.crds.v1alpha1.Device;
import dev.sandbar.crds.v1alpha1.DeviceSpec;
import dev.sandbar.crds.v1alpha1.DeviceStatus;
import dev.sandbar.operator.reconcile.SlimStore;
import dev.sandbar.operator.reconcile.VersionForm;
import dev.sandbar.operator.report.EventRecorder;
import io.fabric8.kubernetes.api.model.authentication.TokenRequest;
import io.fabric8.kubernetes.api.model.authentication.TokenRequestBuilder;
import io.fabric8.kubernetes.api.model.certificates.v1.CertificateSigningRequest;
import io.fabric8.kubernetes.api.model.certificates.v1.CertificateSigningRequestCondition;
import io.fabric8.kubernetes.api.model.certificates.v1.CertificateSigningRequestConditionBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import io.micrometer.core.instrument.MeterRegistry;
import java.security.GeneralSecurityException;
import java.time.Clock;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lets devices in. Follows the requests for client certificates: denies those in a device's name
 * that break the rules, approves those that need nobody's word, and gives each approved device the
 * rights to its own things. Devices that are identified by a ServiceAccount come by {@link
 * #deviceSeen}.
 */
public final class Enrolment implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Enrolment.class);
  private static final String SIGNER = "kubernetes.io/kube-apiserver-client";

  /** Each may be as long as the store takes it, whatever it asks for. */
  private static final long AT_ONCE = 8;

  private static final Duration FIRST_TOKEN = Duration.ofHours(1);
  private static final int CONFLICT = 409;
  private static final int NOT_FOUND = 404;

  private final KubernetesClient client;
  private final Clock clock;
  private final MeterRegistry registry;
  private final RequestRules rules;
  private final DeviceRights rights;
  private final EnrolledCondition enrolled;
  private final Work work = new Work("sandbar-enrol");
  private final EventRecorder events;
  private final RequestFlood flood;
  private @Nullable SharedIndexInformer<CertificateSigningRequest> requests;

  /**
   * Nothing is followed yet.
   *
   * @param leaseSeconds duration that new Leases of devices shall have
   */
  public Enrolment(
      KubernetesClient client, Clock clock, MeterRegistry registry, IntSupplier leaseSeconds) {
    this.client = client;
    this.clock = clock;
    this.registry = registry;
    this.rules = new RequestRules(this::read);
    this.rights = new DeviceRights(client, leaseSeconds);
    this.enrolled = new EnrolledCondition(client, clock);
    this.events = new EventRecorder(client, clock, "sandbar-enrol");
    this.flood = new RequestFlood(events, registry, System::nanoTime);
  }

  /** Begins; returns when every request that there is has been seen. */
  public void start() {
    SharedIndexInformer<CertificateSigningRequest> informer =
        client
            .certificates()
            .v1()
            .certificateSigningRequests()
            .withField("spec.signerName", SIGNER)
            .withLimit(AT_ONCE)
            .runnableInformer(0);
    informer.itemStore(new SlimStore<>(new VersionForm<>(CertificateSigningRequest::new), false));
    informer.removeNamespaceIndex();
    informer.addEventHandler(
        new ResourceEventHandler<>() {
          @Override
          public void onAdd(CertificateSigningRequest request) {
            flood.seen(request);
            seen(request);
          }

          @Override
          public void onUpdate(
              CertificateSigningRequest before, CertificateSigningRequest request) {
            seen(request);
          }

          @Override
          public void onDelete(CertificateSigningRequest request, boolean unknown) {
            // Requests are cleared away by the cluster; that decides nothing.
          }
        });
    requests = informer;
    informer.run();
  }

  /** By its name alone: what waits would hold all that was asked, as long as anybody likes. */
  private void seen(CertificateSigningRequest request) {
    if (has(request, "Denied") || has(request, "Failed")) {
      return;
    }
    String name = request.getMetadata().getName();
    work.add("csr/" + name, () -> request(name).ifPresent(this::handle));
  }

  private Optional<CertificateSigningRequest> request(String name) {
    return Optional.ofNullable(
        client.certificates().v1().certificateSigningRequests().withName(name).get());
  }

  /** A Device was seen, new or changed. Cheap unless a ServiceAccount's token has to be made. */
  public void deviceSeen(Device device) {
    if (needsToken(device)) {
      var name =
          new DeviceUser(device.getMetadata().getNamespace(), device.getMetadata().getName());
      work.add("device/" + name, () -> giveToken(name));
    }
  }

  private Optional<Device> read(DeviceUser name) {
    return Optional.ofNullable(
        client.resources(Device.class).inNamespace(name.namespace()).withName(name.name()).get());
  }

  private void handle(CertificateSigningRequest object) {
    Optional<Request> request = Request.of(object);
    if (request.isEmpty() || has(object, "Denied") || has(object, "Failed")) {
      return;
    }
    boolean approved = has(object, "Approved");
    switch (rules.decide(request.get())) {
      case Decision.NotOurs() -> {}
      case Decision.Leave(DeviceUser device) -> {
        if (approved) {
          give(device);
        } else {
          LOG.info("csr={} device={} action=wait-for-owner", request.get().name(), device);
        }
      }
      case Decision.Approve(DeviceUser device, String reason, String message) -> {
        if (!approved) {
          decide(request.get().name(), "Approved", reason, message);
        }
        give(device);
      }
      case Decision.Deny(String message) -> {
        if (approved) {
          LOG.warn(
              "csr={} action=none reason=approved-by-hand problem={}",
              request.get().name(),
              message);
        } else {
          decide(request.get().name(), "Denied", "SandbarRule", message);
        }
      }
    }
  }

  private void give(DeviceUser name) {
    Optional<Device> device = read(name);
    if (device.isPresent()) {
      rights.ensure(device.get());
      again(
          () ->
              read(name)
                  .ifPresent(
                      it ->
                          enrolled.write(
                              it, "CertificateApproved", "The device has its own key.", null)));
    }
  }

  private void decide(String name, String type, String reason, String message) {
    LOG.info("csr={} action={} reason={} message={}", name, type, reason, message);
    var condition =
        new CertificateSigningRequestConditionBuilder()
            .withType(type)
            .withStatus("True")
            .withReason(reason)
            .withMessage(message)
            .build();
    var request = client.certificates().v1().certificateSigningRequests().withName(name);
    try {
      if (type.equals("Approved")) {
        var _ = request.approve(condition);
      } else {
        var _ = request.deny(condition);
      }
      registry
          .counter("sandbar_enrol_decisions", "decision", type.toLowerCase(Locale.ROOT))
          .increment();
    } catch (KubernetesClientException e) {
      if (e.getCode() != NOT_FOUND) {
        throw e;
      }
    }
  }

  private static boolean has(CertificateSigningRequest request, String type) {
    List<CertificateSigningRequestCondition> conditions =
        request.getStatus() == null ? List.of() : request.getStatus().getConditions();
    return conditions.stream().anyMatch(it -> it.getType().equals(type));
  }

  /** A token is due where an owner has consented and there is none that could still be opened. */
  private boolean needsToken(Device device) {
    DeviceSpec spec = device.getSpec();
    if (spec == null
        || spec.identity() == null
        || spec.identity().type() != DeviceSpec.Identity.Type.ServiceAccount
        || !Boolean.TRUE.equals(spec.approved())
        || isAsMade(device)
        // Whoever suspends a device looks after it, and consents to nothing.
        || Boolean.TRUE.equals(spec.suspend())
        || spec.decommission() != null
        || device.isMarkedForDeletion()) {
      return false;
    }
    DeviceStatus status = device.getStatus();
    if (status == null || status.credential() == null) {
      return true;
    }
    // A device that has taken it renews by itself from then on, and says so by its first report.
    return status.facts() == null && isPast(status.credential().expires());
  }

  /**
   * Whoever may make a Device could write the consent into it; whoever may change one is an owner.
   * A Device that nobody has changed since it was made carries no consent; the schema refuses one
   * that is made with it, so that here are those of an earlier schema.
   */
  private static boolean isAsMade(Device device) {
    return device.getMetadata().getGeneration() == null || device.getMetadata().getGeneration() < 2;
  }

  private boolean isPast(String time) {
    try {
      return Instant.parse(time).isBefore(clock.instant());
    } catch (DateTimeException e) {
      return true;
    }
  }

  private void giveToken(DeviceUser name) {
    Optional<Device> now = read(name);
    if (now.isEmpty() || !needsToken(now.get())) {
      return;
    }
    Device device = now.get();
    DeviceSpec.Identity identity = device.getSpec().identity();
    if (identity == null) {
      return;
    }
    rights.ensureAccount(device);
    rights.ensure(device);
    try {
      again(
          () -> {
            Optional<Device> fresh = read(name);
            if (fresh.isPresent()) {
              TokenRequest token = token(fresh.get());
              enrolled.write(
                  fresh.get(),
                  "OwnerApproved",
                  "The token in status.credential is sealed for the device's key.",
                  sealed(token, identity.publicKey()));
            }
          });
      LOG.info("device={} action=seal-token", name);
    } catch (Unsealable e) {
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

  /** Nothing can be sealed for the key that the Device names. */
  private static final class Unsealable extends RuntimeException {
    private static final long serialVersionUID = 1L;

    Unsealable(GeneralSecurityException cause) {
      super(cause.getMessage(), cause);
    }
  }

  private static DeviceStatus.Credential sealed(TokenRequest token, String publicKey) {
    try {
      return SealedToken.seal(
          token.getStatus().getToken(), publicKey, token.getStatus().getExpirationTimestamp());
    } catch (GeneralSecurityException e) {
      throw new Unsealable(e);
    }
  }

  /** Once more from the start where somebody wrote in between. */
  private static void again(Runnable write) {
    for (int left = 4; ; left--) {
      try {
        write.run();
        return;
      } catch (KubernetesClientException e) {
        if (e.getCode() != CONFLICT || left == 0) {
          throw e;
        }
      }
    }
  }

  @Override
  public void close() {
    if (requests != null) {
      requests.stop();
    }
    work.close();
    events.close();
  }
}
