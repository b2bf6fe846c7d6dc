package dev.sandbar.core.enrol;

import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The rules for requests in the name of a device. */
public final class RequestRules {
  /** The signer of certificates by which the API server knows a client. */
  public static final String SIGNER = "kubernetes.io/kube-apiserver-client";

  private static final Set<String> USAGES = Set.of("client auth", "digital signature");
  private static final int LEAST_SECONDS = 600;
  private static final int MOST_SECONDS = 90 * 24 * 3600;
  private static final String TOKENS = "system:bootstrappers:sandbar";
  private static final String BOOTSTRAP = "system:bootstrap:";
  private static final Pattern ACCOUNT =
      Pattern.compile("system:serviceaccount:[^:]+:sandbar-device-.*");
  private static final Pattern DIGEST = Pattern.compile("[0-9a-f]{10,64}");

  /** In base64, which is four letters for three bytes. */
  private static final int MAX_LETTERS = (CertificateRequest.MAX_BYTES + 2) / 3 * 4;

  private final Predicate<String> namespaces;
  private final Function<DeviceUser, Optional<KnownDevice>> devices;

  /**
   * The rules, for every namespace.
   *
   * @param devices reads the Device as it is now, not as it was
   */
  public RequestRules(Function<DeviceUser, Optional<KnownDevice>> devices) {
    this(_ -> true, devices);
  }

  /**
   * The rules.
   *
   * @param namespaces whose devices are decided on; others are somebody else's
   * @param devices reads the Device as it is now, not as it was
   */
  public RequestRules(
      Predicate<String> namespaces, Function<DeviceUser, Optional<KnownDevice>> devices) {
    this.namespaces = namespaces;
    this.devices = devices;
  }

  /**
   * A CertificateSigningRequest. Everything in it was written by whoever asks.
   *
   * @param user who asks, as the API server wrote it
   * @param groups of who asks, as the API server wrote them
   * @param request {@code spec.request}, base64
   */
  public record Asked(
      String name,
      String signer,
      String user,
      Set<String> groups,
      List<String> usages,
      @Nullable Integer expirationSeconds,
      String request) {
    public Asked {
      groups = Set.copyOf(groups);
      usages = List.copyOf(usages);
    }

    /** Whether it is for Sandbar to decide, by any reading of it. */
    boolean isOurs() {
      return isBySandbar()
          || name.startsWith("sandbar-")
          || decoded().map(LenientReading::mentions).orElse(true);
    }

    /** Whether a device asks, or somebody with a token for devices. */
    private boolean isBySandbar() {
      return isByDevice()
          || groups.stream().anyMatch(it -> it.equals(TOKENS) || it.startsWith(TOKENS + ":"));
    }

    private boolean isByDevice() {
      return user.startsWith(DeviceUser.PREFIX)
          || ACCOUNT.matcher(user).matches()
          || groups.stream().anyMatch(it -> it.startsWith(DeviceUser.PREFIX));
    }

    /** The API server writes canonical base64; anything else came by another way. */
    private Optional<byte[]> decoded() {
      try {
        byte[] bytes = Base64.getDecoder().decode(request);
        return Base64.getEncoder().encodeToString(bytes).equals(request)
            ? Optional.of(bytes)
            : Optional.empty();
      } catch (IllegalArgumentException _) {
        return Optional.empty();
      }
    }

    private CertificateRequest.Reading read() {
      if (request.length() > MAX_LETTERS) {
        return new CertificateRequest.Reading.Refused(
            "it has more than " + CertificateRequest.MAX_BYTES + " bytes");
      }
      return decoded()
          .map(CertificateRequest::read)
          .orElseGet(() -> new CertificateRequest.Reading.Refused("it is not base64"));
    }
  }

  /**
   * A Device, as far as it decides.
   *
   * @param publicKey that it was made with, SubjectPublicKeyInfo in base64; empty if it has none
   * @param account whether it is identified by a ServiceAccount
   * @param leaving whether it is being decommissioned
   */
  public record KnownDevice(String uid, String publicKey, boolean account, boolean leaving) {}

  /** Decides. */
  public Decision decide(Asked asked) {
    if (!asked.isOurs()) {
      return new Decision.NotOurs();
    }
    if (!asked.signer().equals(SIGNER)) {
      return deny("The signer must be %s.", SIGNER);
    }
    return switch (asked.read()) {
      case CertificateRequest.Reading.Refused(String reason) ->
          deny("The request is none of a device: %s.", reason);
      case CertificateRequest.Reading.Read(CertificateRequest request) ->
          namespaces.test(request.device().namespace())
              ? decide(asked, request)
              : new Decision.NotOurs();
    };
  }

  private Decision decide(Asked asked, CertificateRequest request) {
    DeviceUser name = request.device();
    if (asked.usages().size() != USAGES.size() || !USAGES.equals(Set.copyOf(asked.usages()))) {
      return deny("The usages must be exactly: client auth, digital signature.");
    }
    Integer seconds = asked.expirationSeconds();
    if (seconds == null || seconds < LEAST_SECONDS || seconds > MOST_SECONDS) {
      return deny("The expirationSeconds must be from %d to %d.", LEAST_SECONDS, MOST_SECONDS);
    }
    if (!asked.name().startsWith(name.requestPrefix())
        || !DIGEST.matcher(asked.name().substring(name.requestPrefix().length())).matches()) {
      return deny("The name must be %s and a digest.", name.requestPrefix());
    }
    Optional<KnownDevice> device = devices.apply(name);
    if (device.isEmpty()) {
      return deny("There is no Device %s.", name);
    }
    return decide(asked, request, device.get());
  }

  private static Decision decide(Asked asked, CertificateRequest request, KnownDevice device) {
    DeviceUser name = request.device();
    if (device.publicKey().isEmpty()) {
      return deny("The Device %s has no key to compare with.", name);
    }
    if (device.account()) {
      return deny("The Device %s is identified by a ServiceAccount.", name);
    }
    if (device.leaving()) {
      return deny("The Device %s is being decommissioned.", name);
    }
    boolean renews = asked.user().equals(name.user());
    String group = DeviceUser.groupOf(device.uid());
    if (renews
        && !(asked.groups().contains(DeviceUser.ALL_DEVICES) && asked.groups().contains(group))) {
      return deny("The certificate that asks was made for an earlier Device of the name %s.", name);
    }
    if (!request.uid().equals(device.uid())) {
      return deny("The organizations must be exactly %s and %s.", DeviceUser.ALL_DEVICES, group);
    }
    if (renews) {
      return new Decision.Renewal(name);
    }
    if (asked.isByDevice()) {
      return deny("A device asks for itself alone.");
    }
    if (!request.publicKey().equals(device.publicKey())) {
      return deny("The key is not the one that the Device %s was made with.", name);
    }
    boolean byToken = asked.user().startsWith(BOOTSTRAP);
    if (byToken && !asked.groups().contains(name.enrolling())) {
      return deny("The token is not for the namespace %s.", name.namespace());
    }
    return new Decision.Enrolment(
        name, byToken && asked.groups().contains(name.enrollingApproved()));
  }

  private static Decision.Denial deny(String message, Object... values) {
    return new Decision.Denial(message.formatted(values));
  }
}
