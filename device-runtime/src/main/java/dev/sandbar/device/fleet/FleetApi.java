package dev.sandbar.device.fleet;

import dev.sandbar.core.model.Node;
import dev.sandbar.device.kube.ApiAnswer;
import dev.sandbar.device.kube.KubeApi;
import dev.sandbar.device.report.AgentMetrics.FleetRequest;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;

/**
 * The API server, asked with the device's own identity. Its answers are counted, so that it is
 * known whether it can be reached. Safe for use by many threads.
 */
public final class FleetApi {

  /** Hears of each exchange. */
  public interface Witness {
    /** An exchange is over, and {@link #connected} says how it ended. */
    void exchanged(FleetRequest kind, boolean good);

    /** {@link #connected} says something else now. */
    void turned();

    /** The server does not let this device read its bundle. */
    default void refused() {}

    /**
     * The server answers again after it did not for a while, or for the first time. Short lapses
     * are not reported: who hurries at each would knock without end at a server that fails one kind
     * of call.
     */
    void returned();
  }

  private static final Duration LAPSE = Duration.ofSeconds(3);
  private static final String EXPIRED =
      "; this device's certificate or token has expired or was revoked: enrol it again"
          + " (sandbar enrol)";

  private final KubeApi api;
  private final Clock clock;
  private final Witness witness;
  private final AtomicBoolean connected = new AtomicBoolean();
  private final AtomicLong lostAt = new AtomicLong(System.nanoTime() - LAPSE.toNanos());

  /**
   * Whether the bundle may not be read: what still comes by a watch is no proof to the contrary.
   */
  private volatile boolean refused;

  private final AtomicReference<Instant> lastContact = new AtomicReference<>(Instant.EPOCH);

  /** Nothing is known of it yet. */
  public FleetApi(KubeApi api, Clock clock, Witness witness) {
    this.api = api;
    this.clock = clock;
    this.witness = witness;
  }

  /** Whether it is reached, and takes this device for a member. */
  public boolean connected() {
    return connected.get();
  }

  /** When it last answered; {@link Instant#EPOCH} for never. */
  public Instant lastContact() {
    return lastContact.get();
  }

  ApiAnswer get(String path) throws InterruptedException {
    return heard(FleetRequest.GET, api.get(path));
  }

  /** Of the objects in a list only their metadata. */
  ApiAnswer getMetadata(String path) throws InterruptedException {
    return heard(FleetRequest.GET, api.getMetadata(path));
  }

  ApiAnswer post(String path, Node body) throws InterruptedException {
    return heard(FleetRequest.POST, api.post(path, body));
  }

  ApiAnswer patch(String path, Node patch) throws InterruptedException {
    return heard(FleetRequest.PATCH, api.mergePatch(path, patch));
  }

  /** As {@link KubeApi#stream}. */
  Optional<ApiAnswer.Failure> watch(String path, Duration quiet, KubeApi.Documents documents)
      throws InterruptedException {
    Optional<ApiAnswer.Failure> failure =
        api.stream(
                path,
                quiet,
                document -> {
                  lastContact.set(clock.instant());
                  if (!refused) {
                    reached();
                  }
                  return documents.document(document);
                })
            .map(FleetApi::explained);
    // A watch that breaks says nothing of the next call.
    if (!refused && (failure.isEmpty() || (answered(failure.get()) && !refuses(failure.get())))) {
      reached();
    }
    witness.exchanged(FleetRequest.WATCH, failure.isEmpty());
    return failure;
  }

  private ApiAnswer heard(FleetRequest kind, ApiAnswer answer) throws InterruptedException {
    if (Thread.interrupted()) {
      throw new InterruptedException();
    }
    if (answer instanceof ApiAnswer.Failure failure && !answered(failure)) {
      lost();
    } else if (answer instanceof ApiAnswer.Failure failure && refuses(failure)) {
      lastContact.set(clock.instant());
    } else {
      refused = refused && kind != FleetRequest.GET;
      reached();
    }
    witness.exchanged(kind, answer instanceof ApiAnswer.Success);
    return answer instanceof ApiAnswer.Failure failure ? explained(failure) : answer;
  }

  private static boolean answered(ApiAnswer.Failure failure) {
    return !(failure instanceof ApiAnswer.Unreachable);
  }

  /** Of a device that the server does not accept no request succeeds, though each is answered. */
  static boolean refuses(ApiAnswer.Failure failure) {
    return failure instanceof ApiAnswer.Unauthorized || failure instanceof ApiAnswer.Forbidden;
  }

  /** The follower may not read the bundle of its own device. */
  void bundleRefused(ApiAnswer.Failure failure) {
    if (refuses(failure)) {
      refused = true;
      lost();
      witness.refused();
    }
  }

  private void lost() {
    if (connected.getAndSet(false)) {
      lostAt.set(System.nanoTime());
      witness.turned();
    }
  }

  private static ApiAnswer.Failure explained(ApiAnswer.Failure failure) {
    return failure instanceof ApiAnswer.Unauthorized(var message)
        ? new ApiAnswer.Unauthorized(message + EXPIRED)
        : failure;
  }

  private void reached() {
    lastContact.set(clock.instant());
    if (!connected.getAndSet(true)) {
      witness.turned();
      if (System.nanoTime() - lostAt.get() >= LAPSE.toNanos()) {
        witness.returned();
      }
    }
  }
}
