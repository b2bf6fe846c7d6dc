package dev.sandbar.device.identity;

import dev.sandbar.core.enrol.DeviceLabels;
import dev.sandbar.core.model.Node;
import dev.sandbar.device.identity.IdentityEncryption.KeyUnavailableException;
import dev.sandbar.device.identity.IdentityFiles.Membership;
import dev.sandbar.device.kube.ApiAnswer;
import dev.sandbar.device.kube.ApiCredentials;
import dev.sandbar.device.kube.ApiLimits;
import dev.sandbar.device.kube.Json;
import dev.sandbar.device.kube.KubeApi;
import dev.sandbar.device.kube.Pem;
import dev.sandbar.device.kube.Trust;
import dev.sandbar.device.store.TpmKeys;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;

/**
 * Makes a device a member of a fleet: a key that never leaves it, a Device object with the public
 * half, and the cluster's word that the two belong together. Every step can be done twice: after a
 * crash, a lost network or a wait that was too short, the same call goes on.
 */
public final class Enrolment {
  private static final Duration PACE = Duration.ofSeconds(1);

  private final IdentityFiles files;
  private final InstantSource time;
  private final Progress progress;

  /**
   * An enrolment of the device with this root.
   *
   * @param tpm encrypts what is secret in the files
   * @param progress hears what is waited for
   */
  public Enrolment(Path root, TpmKeys tpm, InstantSource time, Progress progress) {
    this.files = new IdentityFiles(root, tpm);
    this.time = time;
    this.progress = progress;
  }

  /** Hears of the steps, one line each, for a person who waits. */
  @FunctionalInterface
  public interface Progress {
    /** Something was done, or is waited for. */
    void say(String line);
  }

  /**
   * Enrols, and waits for consent.
   *
   * @param token bearer token that may make the Device; never kept
   * @throws IOException if the device's own files cannot be used
   */
  public EnrolOutcome enrol(EnrolRequest request, String token)
      throws IOException, InterruptedException {
    try {
      files.prepare();
      files.encrypt();
      Optional<Membership> known = files.membership();
      boolean other =
          known.isPresent()
              && !known.get().sameAs(request.server().toString(), request.member(), request.kind());
      if (other && !(request.replace() && known.get().kind() == request.kind())) {
        return belongsElsewhere(known.get(), request);
      }
      if (!request.authorities().isEmpty()) {
        files.offerAuthorities(request.authorities());
      }
      Optional<ApiAnswer> answer = Optional.empty();
      Optional<Instant> expires = expiry(request.kind());
      if (!other && expires.isPresent() && expires.get().isAfter(time.instant())) {
        answer = Optional.of(ownAnswer(request));
        Optional<EnrolOutcome> ends = standing(answer.get(), request, expires.get());
        if (ends.isPresent()) {
          return ends.get();
        }
      }
      DeviceKey key = files.enrolmentKey(request.kind());
      progress.say("key=" + key.fingerprint() + " file=" + files.directory() + "/key.pem");
      if (!files.failure().isEmpty()) {
        progress.say(
            "the keys of this device stay in the clear, although it has a TPM2: "
                + files.failure());
      }
      try (KubeApi api =
          new KubeApi(
              request.server(),
              trust(request),
              new ApiCredentials.Token(token),
              ApiLimits.DEFAULT,
              time)) {
        return enrol(request, api, key, answer);
      }
    } catch (GeneralSecurityException e) {
      return new EnrolOutcome.Refused(
          "a key in " + files.directory() + " cannot be used (" + e.getMessage() + ")",
          "Remove the directory and enrol again under a new name, or after the Device was deleted");
    }
  }

  private Trust trust(EnrolRequest request) {
    return request.authorities().isEmpty()
        ? new Trust.Platform()
        : new Trust.Authorities(files.offeredAuthorities());
  }

  private EnrolOutcome belongsElsewhere(Membership known, EnrolRequest request) {
    return new EnrolOutcome.Refused(
        "this device belongs to " + known.member() + " on " + known.server(),
        known.kind() == request.kind()
            ? "To give that up once the new one is approved, add --replace"
            : "To give that up, remove " + files.directory() + " and enrol again");
  }

  /** What the server answers to the identity that the device has. */
  private ApiAnswer ownAnswer(EnrolRequest request) {
    ApiCredentials credentials =
        switch (request.kind()) {
          case CLIENT_CERTIFICATE ->
              new ApiCredentials.ClientCertificate(files.client(), files.decryption());
          case SERVICE_ACCOUNT -> new ApiCredentials.TokenFile(files.token(), files.decryption());
        };
    try (KubeApi own =
        new KubeApi(request.server(), trust(request), credentials, ApiLimits.DEFAULT, time)) {
      return own.get(request.member().devicePath());
    }
  }

  /** Empty if the server refuses the identity, so that a new one has to be had. */
  private Optional<EnrolOutcome> standing(ApiAnswer answer, EnrolRequest request, Instant expires)
      throws IOException {
    if (Refusals.ofIdentity(answer)) {
      progress.say("the server refuses the identity of this device; enrolling it again");
      return Optional.empty();
    }
    return switch (answer) {
      case ApiAnswer.Success _ -> {
        files.writeAuthorities(request.authorities());
        yield Optional.of(new EnrolOutcome.AlreadyEnrolled(expires));
      }
      case ApiAnswer.Failure failure ->
          Optional.of(
              new EnrolOutcome.Refused(
                  "this device is enrolled as "
                      + request.member()
                      + "; whether the server accepts that is not known: "
                      + failure.problem(),
                  "Check the server, its --ca-file or --ca-sha256, and the network, then again"));
    };
  }

  /** Empty if there is no credential, or none that the device can use any more. */
  private Optional<Instant> expiry(IdentityKind kind) throws IOException, GeneralSecurityException {
    try {
      return expiryInFile(kind);
    } catch (KeyUnavailableException e) {
      progress.say(e.getMessage() + "; enrolling this device with a new key");
      return Optional.empty();
    }
  }

  private Optional<Instant> expiryInFile(IdentityKind kind)
      throws IOException, GeneralSecurityException {
    return switch (kind) {
      case CLIENT_CERTIFICATE -> {
        Optional<String> pem = files.clientPem();
        List<X509Certificate> chain = pem.isEmpty() ? List.of() : Pem.certificates(pem.get());
        yield chain.isEmpty()
            ? Optional.empty()
            : Optional.of(chain.getFirst().getNotAfter().toInstant());
      }
      case SERVICE_ACCOUNT -> files.tokenBytes().flatMap(Tokens::life).map(Tokens.Life::until);
    };
  }

  private EnrolOutcome enrol(
      EnrolRequest request, KubeApi api, DeviceKey key, Optional<ApiAnswer> own)
      throws IOException, InterruptedException, GeneralSecurityException {
    return switch (new DeviceObject(api, request.member())
        .ensure(request.kind(), request.labels(), key)) {
      case DeviceObject.Made.Ours(String uid, boolean made, boolean labelled) -> {
        if (own.filter(ApiAnswer.Forbidden.class::isInstance).isPresent()
            && files.clientUid().filter(uid::equals).isPresent()) {
          yield new EnrolOutcome.Refused(Refusals.withoutRights(request.member()), "");
        }
        progress.say(
            "device=" + request.member() + (made ? " made" : " known from an earlier attempt"));
        if (!labelled) {
          progress.say(
              "labels="
                  + DeviceLabels.text(request.labels())
                  + " wait for approval: "
                  + consent(request, key));
        }
        yield switch (request.kind()) {
          case CLIENT_CERTIFICATE -> awaitCertificate(request, api, key, uid);
          case SERVICE_ACCOUNT -> awaitToken(request, api, key, uid);
        };
      }
      case DeviceObject.Made.Refused(String message, String help) ->
          new EnrolOutcome.Refused(message, help);
    };
  }

  private EnrolOutcome awaitCertificate(
      EnrolRequest request, KubeApi api, DeviceKey key, String uid)
      throws IOException, InterruptedException, GeneralSecurityException {
    var signing =
        new SigningRequest(
            api, request.member(), uid, key, request.life(), SigningRequest.Answer.IN_REQUEST);
    String consent = consent(request, key);
    Instant end = time.instant().plus(request.timeout());
    String said = "";
    while (true) {
      String line;
      switch (signing.look()) {
        case SigningRequest.State.Issued(String chain, X509Certificate certificate) -> {
          settle(request, uid);
          files.adoptKey(key);
          files.writeClient(key, chain);
          return new EnrolOutcome.Enrolled(certificate.getNotAfter().toInstant());
        }
        case SigningRequest.State.Undecided() -> line = "waiting for approval: " + consent;
        case SigningRequest.State.Approved() -> line = "approved; waiting for the signature";
        case SigningRequest.State.Denied(String reason) -> {
          return new EnrolOutcome.Refused(
              "the request " + signing.name() + " was denied: " + reason,
              "When the reason is gone: kubectl delete csr " + signing.name() + ", then again");
        }
        case SigningRequest.State.Unknown(ApiAnswer.Failure failure) -> {
          Optional<EnrolOutcome> refused = refusal(failure, request, api);
          if (refused.isPresent()) {
            return refused.get();
          }
          line = "waiting for the server: " + failure.message();
        }
      }
      said = sayOnce(line, said);
      if (!time.instant().isBefore(end)) {
        return new EnrolOutcome.StillWaiting(consent);
      }
      Thread.sleep(PACE);
    }
  }

  /**
   * Writes what is around the credential, which comes right after: until then, and after a crash in
   * between, the same command goes on.
   */
  private void settle(EnrolRequest request, String uid) throws IOException {
    files.writeAuthorities(request.authorities());
    files.writeMembership(
        new Membership(request.server().toString(), request.member(), request.kind(), uid));
    files.forgetRenewal();
  }

  private static String consent(EnrolRequest request, DeviceKey key) {
    return Refusals.consent(request.member(), key, request.labels());
  }

  private EnrolOutcome awaitToken(EnrolRequest request, KubeApi api, DeviceKey key, String uid)
      throws IOException, InterruptedException, GeneralSecurityException {
    Member member = request.member();
    String consent = consent(request, key);
    Instant end = time.instant().plus(request.timeout());
    String said = "";
    while (true) {
      String line = "waiting for approval: " + consent;
      switch (api.get(member.devicePath())) {
        case ApiAnswer.Success(Node device) -> {
          if (Json.at(device, "status", "credential").isPresent()) {
            Optional<String> token = Tokens.unseal(device, key);
            if (token.isEmpty()) {
              return new EnrolOutcome.Refused(
                  "the token in status.credential cannot be opened with this device's key",
                  "Delete the Device and enrol again");
            }
            settle(request, uid);
            files.adoptKey(key);
            files.writeToken(token.get());
            return takeOver(request, token.get());
          }
          if (Json.text(device, "spec", "approved").orElse("").equals("true")) {
            line = "approved; waiting for the token";
          }
        }
        case ApiAnswer.Failure failure -> {
          Optional<EnrolOutcome> refused = refusal(failure, request, api);
          if (refused.isPresent()) {
            return refused.get();
          }
          line = "waiting for the server: " + failure.message();
        }
      }
      said = sayOnce(line, said);
      if (!time.instant().isBefore(end)) {
        return new EnrolOutcome.StillWaiting(consent);
      }
      Thread.sleep(PACE);
    }
  }

  /** The first token lives an hour; the device takes a longer one for itself while it can. */
  private EnrolOutcome takeOver(EnrolRequest request, String first) throws IOException {
    try (KubeApi own =
        new KubeApi(
            request.server(),
            request.authorities().isEmpty()
                ? new Trust.Platform()
                : new Trust.Authorities(files.authorities()),
            new ApiCredentials.TokenFile(files.token(), files.decryption()),
            ApiLimits.DEFAULT,
            time)) {
      return switch (Tokens.renew(own, request.member(), request.life())) {
        case Tokens.Renewed.Token(String token) -> {
          files.writeToken(token);
          yield new EnrolOutcome.Enrolled(until(token));
        }
        // The agent tries again before the first one ends.
        case Tokens.Renewed.Failed _ -> new EnrolOutcome.Enrolled(until(first));
      };
    }
  }

  private Instant until(String token) {
    return Tokens.life(token.getBytes(StandardCharsets.US_ASCII))
        .map(Tokens.Life::until)
        .orElse(time.instant());
  }

  private static Optional<EnrolOutcome> refusal(
      ApiAnswer.Failure failure, EnrolRequest request, KubeApi api) {
    return Refusals.of(failure, request.member(), api.clock().ahead())
        .map(it -> new EnrolOutcome.Refused(it.message(), it.help()));
  }

  private String sayOnce(String line, String said) {
    if (!line.equals(said)) {
      progress.say(line);
    }
    return line;
  }
}
