package dev.sandbar.device.identity;

import dev.sandbar.device.identity.IdentityFiles.Membership;
import dev.sandbar.device.kube.ApiAnswer;
import dev.sandbar.device.kube.KubeApi;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.Collections;
import java.util.function.Supplier;

/**
 * Lets a device in again, with the token that its owner has put there and its first key: after its
 * certificate has expired, after its Device was deleted, and in a cluster that has forgotten it.
 * What it has stays until the cluster has signed a new certificate.
 */
final class Readmission {
  private static final Duration PACE = Duration.ofSeconds(2);
  private static final int LOOKS = 15;

  private final IdentityFiles files;
  private final Membership membership;
  private final Supplier<KubeApi> bootstrap;
  private final Duration life;

  /**
   * A readmission.
   *
   * @param bootstrap makes requests with the token
   * @param life that is requested
   */
  Readmission(
      IdentityFiles files, Membership membership, Supplier<KubeApi> bootstrap, Duration life) {
    this.files = files;
    this.membership = membership;
    this.bootstrap = bootstrap;
    this.life = life;
  }

  /** Whether there is a token, and it can be used. */
  boolean possible() {
    return files.hasBootstrapToken() && membership.kind() == IdentityKind.CLIENT_CERTIFICATE;
  }

  /**
   * Goes as far as it can in half a minute; the next call goes on from there.
   *
   * @param forbidden whether the server knows the device by its certificate
   * @return what it waits for, or what is wrong; empty if the device is a member again
   */
  String advance(boolean forbidden)
      throws IOException, GeneralSecurityException, InterruptedException {
    Member member = membership.member();
    DeviceKey key = files.enrolmentKey(IdentityKind.CLIENT_CERTIFICATE);
    try (KubeApi api = bootstrap.get()) {
      return switch (new DeviceObject(api, member)
          .ensure(IdentityKind.CLIENT_CERTIFICATE, Collections.emptySortedMap(), key)) {
        case DeviceObject.Made.Refused(String message, String help) ->
            "the bootstrap token did not let the device in: " + message + "; " + help;
        case DeviceObject.Made.Ours(String uid, var _, var _) ->
            forbidden && files.clientUid().filter(uid::equals).isPresent()
                ? Refusals.withoutRights(member)
                : certified(api, key, uid);
      };
    }
  }

  private String certified(KubeApi api, DeviceKey key, String uid)
      throws IOException, GeneralSecurityException, InterruptedException {
    Member member = membership.member();
    var signing = new SigningRequest(api, member, uid, key, life, SigningRequest.Answer.IN_REQUEST);
    String waiting = "";
    for (int look = 0; look < LOOKS; look++) {
      switch (signing.look()) {
        case SigningRequest.State.Issued(String chain, var _) -> {
          files.writeMembership(
              new Membership(membership.server(), member, membership.kind(), uid));
          files.forgetRenewal();
          files.adoptKey(key);
          files.writeClient(key, chain);
          files.forgetBootstrapToken();
          return "";
        }
        case SigningRequest.State.Denied(String reason) -> {
          return "the bootstrap token did not let the device in: denied: "
              + reason
              + "; an owner runs, when the reason is gone: kubectl delete csr "
              + signing.name();
        }
        case SigningRequest.State.Unknown(ApiAnswer.Failure failure) -> {
          return "the bootstrap token did not let the device in: " + failure.message();
        }
        case SigningRequest.State.Undecided() ->
            waiting =
                "the device waits to be approved again: "
                    + Refusals.consent(member, key, Collections.emptySortedMap());
        case SigningRequest.State.Approved() ->
            waiting = signing.name() + " is approved but was not signed";
      }
      Thread.sleep(PACE);
    }
    return waiting;
  }
}
