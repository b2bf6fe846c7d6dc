package dev.sandbar.device.identity;

import dev.sandbar.device.identity.IdentityFiles.Membership;
import dev.sandbar.device.kube.ApiCredentials;
import dev.sandbar.device.kube.ApiLimits;
import dev.sandbar.device.kube.ApiServerAddress;
import dev.sandbar.device.kube.FileDecryption;
import dev.sandbar.device.kube.KubeApi;
import dev.sandbar.device.kube.Trust;
import dev.sandbar.device.store.TpmKeys;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;

/** Who this device is to its fleet, and the connection that proves it. */
public final class Identity implements AutoCloseable {
  private final Member member;
  private final KubeApi api;
  private final Renewal renewal;
  private volatile IdentityState state;
  private volatile boolean encrypted;

  /** One for each time that the server has begun to refuse the device. */
  private final Semaphore doubts = new Semaphore(0);

  private Identity(Member member, KubeApi api, Renewal renewal) {
    this.member = member;
    this.api = api;
    this.renewal = renewal;
    this.state = new IdentityState(Instant.EPOCH, Instant.EPOCH, "");
  }

  /** What came of loading. */
  public sealed interface Loading {
    /**
     * The device is a member. Its credential may have expired; that is what {@link #state} is for.
     */
    record Loaded(Identity identity) implements Loading {}

    /** It is not, and what to do. */
    record Missing(String message, String help) implements Loading {}
  }

  /**
   * Loads what {@code sandbar enrol} has written.
   *
   * @param root of the device's file system
   * @param tpm decrypts what is secret in the files
   * @param server as the settings have it
   * @param caFile PEM file of the certificate authority of the server; empty for what enrolling
   *     found
   */
  public static Loading load(
      Path root, TpmKeys tpm, String server, Member member, String caFile, InstantSource time) {
    var files = new IdentityFiles(root, tpm);
    Optional<ApiServerAddress> address = ApiServerAddress.of(server);
    if (address.isEmpty()) {
      return new Loading.Missing(
          "fleet.server is not an https URL", "Write for example https://fleet.example.com:6443");
    }
    Optional<Membership> membership;
    try {
      membership = files.membership();
    } catch (IOException e) {
      return new Loading.Missing(
          files.directory() + " cannot be read (" + e.getClass().getSimpleName() + ")",
          "Run the agent as root");
    }
    if (membership.isEmpty()) {
      return new Loading.Missing(
          "this device has not been enrolled", "Run: sandbar enrol --server " + server);
    }
    if (!membership.get().member().equals(member)) {
      return new Loading.Missing(
          "this device is enrolled as " + membership.get().member() + ", not as " + member,
          "Correct fleet.namespace and fleet.device");
    }
    Trust trust = trust(files, root, caFile);
    ApiCredentials credentials =
        switch (membership.get().kind()) {
          case CLIENT_CERTIFICATE ->
              new ApiCredentials.ClientCertificate(files.client(), files.decryption());
          case SERVICE_ACCOUNT -> new ApiCredentials.TokenFile(files.token(), files.decryption());
        };
    var own = new KubeApi(address.get(), trust, credentials, ApiLimits.DEFAULT, time);
    var renewal =
        new Renewal(
            files,
            membership.get(),
            own,
            new Readmission(
                files,
                membership.get(),
                () ->
                    new KubeApi(
                        address.get(),
                        trust,
                        new ApiCredentials.TokenFile(files.bootstrapToken(), FileDecryption.NONE),
                        ApiLimits.DEFAULT,
                        time),
                EnrolRequest.USUAL_LIFE),
            time,
            EnrolRequest.USUAL_LIFE,
            () -> ThreadLocalRandom.current().nextDouble());
    return new Loading.Loaded(new Identity(member, own, renewal));
  }

  private static Trust trust(IdentityFiles files, Path root, String caFile) {
    if (!caFile.isEmpty()) {
      return new Trust.Authorities(root.resolve(relative(caFile)));
    }
    return Files.exists(files.authorities())
        ? new Trust.Authorities(files.authorities())
        : new Trust.Platform();
  }

  private static String relative(String path) {
    return path.startsWith("/") ? path.substring(1) : path;
  }

  /** The device. */
  public Member member() {
    return member;
  }

  /** Asks the API server as this device. Closed with the identity. */
  public KubeApi api() {
    return api;
  }

  /** How the credential stands, as last seen by {@link #keepFresh}. */
  public IdentityState state() {
    return state;
  }

  /** Whether the credential is on the disk only encrypted to the TPM2, as last seen likewise. */
  public boolean isEncrypted() {
    return encrypted;
  }

  /**
   * Renews if it is due, and says when to come back. Never concurrently with {@link #keepFresh}.
   */
  public Duration refresh() throws InterruptedException {
    Renewal.Look look = renewal.look();
    state = look.state();
    encrypted = renewal.isEncrypted();
    return look.again();
  }

  /** The server has refused the device: {@link #keepFresh} finds out whether that goes on. */
  public void suspect() {
    if (renewal.suspect()) {
      doubts.release();
    }
  }

  /** Begins to renew the credential when it is due, until the result is closed. */
  public AutoCloseable keepFresh() {
    Thread thread =
        Thread.ofVirtual()
            .name("sandbar-identity")
            .start(
                () -> {
                  try {
                    while (true) {
                      boolean _ = doubts.tryAcquire(refresh().toMillis(), TimeUnit.MILLISECONDS);
                    }
                  } catch (InterruptedException e) {
                    // Asked to end.
                  }
                });
    return thread::interrupt;
  }

  /** Makes the device a stranger: removes its keys, certificates and tokens. */
  public static void wipe(Path root) throws IOException {
    new IdentityFiles(root, TpmKeys.NONE).wipe();
  }

  @Override
  public void close() {
    api.close();
  }
}
