package dev.sandbar.device.identity;

import dev.sandbar.device.identity.IdentityEncryption.KeyUnavailableException;
import dev.sandbar.device.identity.IdentityFiles.Membership;
import dev.sandbar.device.kube.ApiAnswer;
import dev.sandbar.device.kube.KubeApi;
import dev.sandbar.device.kube.Pem;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Renews a credential at two thirds of its life, by the device itself, with a new key. The files
 * hold a whole credential at every moment, and a request that was under way is found again by its
 * key.
 */
final class Renewal {
  private static final Logger LOG = LoggerFactory.getLogger(Renewal.class);

  /**
   * A tenth of the wait is left to chance, so that devices of one day do not come in one minute.
   */
  private static final double JITTER = 0.1;

  private static final Duration PACE = Duration.ofSeconds(2);
  private static final Duration LONGEST_WAIT = Duration.ofMinutes(10);

  /** So often in a row the server has to refuse a device, a minute apart, to be believed. */
  private static final int BELIEVED = 5;

  private static final Duration MINUTE = Duration.ofMinutes(1);

  private final IdentityFiles files;
  private final Membership membership;
  private final KubeApi own;
  private final Readmission readmission;
  private final InstantSource time;
  private final Duration life;
  private final Chance chance;

  /** Whether the server has refused the device since it last accepted it. */
  private final AtomicBoolean suspected = new AtomicBoolean();

  private int refusals;

  /** How often in a row the device could not decrypt its credential. */
  private int unavailable;

  private String shown = "";

  /**
   * A renewal.
   *
   * @param own asks as the device
   * @param readmission lets the device in by the token that the owner has put there
   * @param life that is asked for
   */
  Renewal(
      IdentityFiles files,
      Membership membership,
      KubeApi own,
      Readmission readmission,
      InstantSource time,
      Duration life,
      Chance chance) {
    this.files = files;
    this.membership = membership;
    this.own = own;
    this.readmission = readmission;
    this.time = time;
    this.life = life;
    this.chance = chance;
  }

  /** Picks from 0 to 1. */
  @FunctionalInterface
  interface Chance {
    double pick();
  }

  /**
   * What one look has brought.
   *
   * @param again how long until the next look
   */
  record Look(IdentityState state, Duration again) {}

  /** The time, as the server has it if it has been heard. */
  private Instant now() {
    return time.instant().minus(own.clock().ahead());
  }

  /** Renews if it is due. */
  Look look() throws InterruptedException {
    encrypt();
    try {
      Optional<Tokens.Life> credential;
      try {
        credential = credential();
      } catch (KeyUnavailableException e) {
        return unavailable(e);
      }
      unavailable = 0;
      if (credential.isEmpty()) {
        return readmission.possible()
            ? readmitted(Instant.EPOCH, false)
            : problem(
                Instant.EPOCH, "there is no credential; run sandbar enrol", Duration.ofMinutes(5));
      }
      return look(credential.get());
    } catch (IOException | GeneralSecurityException e) {
      return problem(
          Instant.EPOCH,
          files.directory() + " cannot be used (" + e.getClass().getSimpleName() + ")",
          Duration.ofMinutes(5));
    }
  }

  /** Whether it works or not, the identity does. */
  private void encrypt() {
    try {
      files.encrypt();
    } catch (IOException e) {
      LOG.warn("action=encrypt-identity outcome=failed reason=\"{}\"", e.toString());
    }
  }

  private Look look(Tokens.Life credential)
      throws IOException, GeneralSecurityException, InterruptedException {
    Instant until = credential.until();
    Duration whole = Duration.between(credential.from(), until);
    Instant due = due(credential, whole);
    Instant now = now();
    if (suspected.get() && now.isBefore(until)) {
      Optional<Look> refused = refused(until, due);
      if (refused.isPresent()) {
        return refused.get();
      }
    }
    if (now.isBefore(due)) {
      return new Look(new IdentityState(until, due, notYetValid(credential, now)), wait(now, due));
    }
    if (!now.isBefore(until)) {
      return expired(until, due);
    }
    return attempt(until, due, whole);
  }

  /**
   * What there is stays: a TPM2 that does not answer now may do so later. With a token of its
   * owner, the device enrols with a new key beside it, if that goes on.
   */
  private Look unavailable(KeyUnavailableException why)
      throws IOException, GeneralSecurityException, InterruptedException {
    unavailable++;
    if (unavailable >= BELIEVED && readmission.possible()) {
      return readmitted(Instant.EPOCH, false);
    }
    return problem(
        Instant.EPOCH,
        why.getMessage()
            + ". Apps keep running, but nothing new arrives; the device keeps trying. If"
            + " the TPM2 is another one now, the key is lost: delete the Device with 'kubectl -n "
            + membership.member().namespace()
            + " delete device "
            + membership.member().name()
            + "'. "
            + howToReturn(),
        MINUTE);
  }

  /** Whether the credential is on the disk only encrypted to the TPM2. */
  boolean isEncrypted() {
    try {
      return files.isEncrypted(membership.kind());
    } catch (IOException e) {
      return false;
    }
  }

  /**
   * The server has refused the device; true if that is news. It counts only when it goes on: rights
   * are missing for seconds where a server starts or its rights are being installed.
   */
  boolean suspect() {
    return !suspected.getAndSet(true);
  }

  /** Empty if the server accepts the device. */
  private Optional<Look> refused(Instant until, Instant due)
      throws IOException, GeneralSecurityException, InterruptedException {
    ApiAnswer answer = own.get(membership.member().devicePath());
    if (answer instanceof ApiAnswer.Success) {
      suspected.set(false);
      refusals = 0;
      shown = "";
      return Optional.empty();
    }
    if (!(answer instanceof ApiAnswer.Failure failure)
        || !Refusals.ofIdentity(failure)
        || ++refusals < BELIEVED) {
      return Optional.of(new Look(new IdentityState(until, due, shown), MINUTE));
    }
    if (readmission.possible()) {
      return Optional.of(readmitted(until, failure instanceof ApiAnswer.Forbidden));
    }
    return Optional.of(
        problem(
            until,
            "the server refuses this device: its Device was deleted or made again, or the cluster"
                + " was restored or replaced. Apps keep running, but nothing new arrives. "
                + howToReturn()
                + ". The server reports: "
                + failure.problem(),
            MINUTE));
  }

  private String howToReturn() {
    return "Run sandbar enrol again with a token of 'sandbar fleet token create --namespace "
        + membership.member().namespace()
        + "'"
        + (membership.kind() == IdentityKind.CLIENT_CERTIFICATE
            ? ", or put the token into " + files.bootstrapToken() + " (chmod 600)"
            : "");
  }

  private Look readmitted(Instant until, boolean forbidden)
      throws IOException, GeneralSecurityException, InterruptedException {
    String problem = readmission.advance(forbidden);
    if (!problem.isEmpty()) {
      return problem(until, problem, MINUTE);
    }
    refusals = 0;
    return renewed();
  }

  private static String notYetValid(Tokens.Life credential, Instant now) {
    // Signers date a certificate some minutes back: a difference is the clock's.
    return now.isBefore(credential.from())
        ? "the credential is not valid yet by this device's clock, which shows "
            + now
            + "; check the clock"
        : "";
  }

  private Instant due(Tokens.Life credential, Duration whole) {
    return credential.from().plus(whole.multipliedBy(2).dividedBy(3));
  }

  private Duration wait(Instant now, Instant due) {
    Duration exact = Duration.between(now, due);
    Duration later = Duration.ofMillis((long) (exact.toMillis() * JITTER * chance.pick()));
    Duration spread = exact.minus(later);
    // Clocks jump, and files are changed by hand: look at least once an hour.
    return spread.compareTo(Duration.ofHours(1)) > 0 ? Duration.ofHours(1) : spread;
  }

  private Optional<Tokens.Life> credential() throws IOException, GeneralSecurityException {
    return switch (membership.kind()) {
      case SERVICE_ACCOUNT -> files.tokenBytes().flatMap(Tokens::life);
      case CLIENT_CERTIFICATE -> {
        Optional<String> pem = files.clientPem();
        List<X509Certificate> chain = pem.isEmpty() ? List.of() : Pem.certificates(pem.get());
        yield chain.isEmpty()
            ? Optional.empty()
            : Optional.of(
                new Tokens.Life(
                    chain.getFirst().getNotBefore().toInstant(),
                    chain.getFirst().getNotAfter().toInstant()));
      }
    };
  }

  private Look attempt(Instant until, Instant due, Duration whole)
      throws IOException, GeneralSecurityException, InterruptedException {
    // A twentieth of the life: two tries in ten minutes, a try every half hour in a month.
    Duration again = within(whole.dividedBy(20), Duration.ofSeconds(10), Duration.ofMinutes(30));
    String problem =
        switch (membership.kind()) {
          case CLIENT_CERTIFICATE -> certificate(files.renewalKey());
          case SERVICE_ACCOUNT -> token();
        };
    if (!problem.isEmpty()) {
      LOG.warn("action=renew device={} expires={} problem={}", membership.member(), until, problem);
      return new Look(new IdentityState(until, due, "not renewed: " + problem), jittered(again));
    }
    files.forgetRenewal();
    return renewed();
  }

  private Look renewed() throws IOException, GeneralSecurityException {
    shown = "";
    Tokens.Life credential = credential().orElseThrow(() -> new IOException("not written"));
    Duration whole = Duration.between(credential.from(), credential.until());
    Instant due = due(credential, whole);
    LOG.info(
        "action=renew device={} expires={} due={}", membership.member(), credential.until(), due);
    return new Look(new IdentityState(credential.until(), due, ""), wait(now(), due));
  }

  private String token() throws IOException {
    return switch (Tokens.renew(own, membership.member(), life)) {
      case Tokens.Renewed.Token(String token) -> {
        files.writeToken(token);
        yield "";
      }
      case Tokens.Renewed.Failed(ApiAnswer.Failure failure) -> failure.message();
    };
  }

  /** Gets a certificate for the key and switches to it. Empty if that was done, or why not. */
  private String certificate(DeviceKey key)
      throws IOException, GeneralSecurityException, InterruptedException {
    String uid = files.clientUid().orElse(membership.uid());
    var signing =
        new SigningRequest(
            own, membership.member(), uid, key, life, SigningRequest.Answer.IN_DEVICE);
    Instant end = time.instant().plus(LONGEST_WAIT);
    while (true) {
      switch (signing.look()) {
        case SigningRequest.State.Issued(String chain, var _) -> {
          files.writeClient(key, chain);
          return "";
        }
        case SigningRequest.State.Denied(String reason) -> {
          files.forgetRenewal();
          return "denied: " + reason;
        }
        case SigningRequest.State.Unknown(ApiAnswer.Failure failure) -> {
          return failure.message();
        }
        case SigningRequest.State.Undecided() -> {
          if (!time.instant().isBefore(end)) {
            return "not approved yet: " + signing.name();
          }
        }
        case SigningRequest.State.Approved() -> {
          if (!time.instant().isBefore(end)) {
            return signing.name() + " is approved but was not signed";
          }
        }
      }
      Thread.sleep(PACE);
    }
  }

  private Look expired(Instant until, Instant due)
      throws IOException, GeneralSecurityException, InterruptedException {
    if (readmission.possible()) {
      return readmitted(until, false);
    }
    // The server's word is better than this clock's: whom it knows by name has not expired.
    return switch (own.get(membership.member().devicePath())) {
      case ApiAnswer.Success _, ApiAnswer.Forbidden _ -> attempt(until, due, life);
      case ApiAnswer.Failure failure ->
          problem(
              until,
              "the credential has expired at "
                  + until
                  + Refusals.skew(own.clock().ahead())
                  + "; apps run on, but nothing new arrives. "
                  + howToReturn()
                  + ". The server reports: "
                  + failure.message(),
              Duration.ofMinutes(1));
    };
  }

  private Look problem(Instant until, String text, Duration again) {
    if (!text.equals(shown)) {
      LOG.warn("action=renew device={} problem={}", membership.member(), text);
      shown = text;
    }
    return new Look(new IdentityState(until, until, text), jittered(again));
  }

  private Duration jittered(Duration wait) {
    return wait.plusMillis((long) (wait.toMillis() * JITTER * chance.pick()));
  }

  private static Duration within(Duration value, Duration least, Duration most) {
    return value.compareTo(least) < 0 ? least : value.compareTo(most) > 0 ? most : value;
  }
}
