package dev.sandbar.operator.app;

import dev.sandbar.core.model.Sha256;
import dev.sandbar.operator.publish.ApiFailure;
import dev.sandbar.operator.publish.Writes;
import dev.sandbar.report.Endpoints;
import io.fabric8.kubernetes.api.model.authentication.TokenReview;
import io.fabric8.kubernetes.api.model.authentication.TokenReviewBuilder;
import io.fabric8.kubernetes.api.model.authentication.UserInfo;
import io.fabric8.kubernetes.api.model.authorization.v1.SubjectAccessReview;
import io.fabric8.kubernetes.api.model.authorization.v1.SubjectAccessReviewBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lets those read the metrics who may {@code get} the path {@code /metrics} by the rules of the
 * cluster, as other controllers of Kubernetes do: the API server is asked who has the token
 * (TokenReview) and what he may (SubjectAccessReview). Answers are kept for a minute, and tokens
 * that nobody knows yet are asked for at most some times a second, whoever sends how many.
 */
final class MetricsGuard implements Endpoints.Guard {
  private static final Logger LOG = LoggerFactory.getLogger(MetricsGuard.class);

  /** How long an answer counts. */
  static final Duration KEPT = Duration.ofMinutes(1);

  /** Unknown tokens that are asked for in {@link #WINDOW}. */
  static final int MAX_NEW = 20;

  private static final Duration WINDOW = Duration.ofSeconds(10);
  private static final int MAX_TOKEN = 16_384;
  private static final int MAX_KEPT = 256;

  private final Writes writes;
  private final LongSupplier nanos;
  private final Map<Sha256, Known> known =
      new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Sha256, Known> eldest) {
          return size() > MAX_KEPT;
        }
      };
  private long window;
  private int asked;

  private record Known(Endpoints.Verdict verdict, long since) {}

  MetricsGuard(KubernetesClient client, LongSupplier nanos) {
    this.writes = new Writes(client);
    this.nanos = nanos;
    this.window = nanos.getAsLong();
  }

  @Override
  public Endpoints.Verdict judge(String token) {
    if (token.isEmpty() || token.length() > MAX_TOKEN) {
      return Endpoints.Verdict.UNKNOWN;
    }
    Sha256 digest = Sha256.of(token);
    Optional<Known> before = known(digest);
    if (before.filter(it -> nanos.getAsLong() - it.since() < KEPT.toNanos()).isPresent()) {
      return before.get().verdict();
    }
    // Whoever was let in before does not wait for those that nobody knows.
    boolean wasIn = before.filter(it -> it.verdict() == Endpoints.Verdict.ALLOWED).isPresent();
    if (!wasIn && !mayAsk()) {
      return Endpoints.Verdict.UNDECIDED;
    }
    try {
      Endpoints.Verdict verdict = ask(token);
      keep(digest, new Known(verdict, nanos.getAsLong()));
      return verdict;
    } catch (KubernetesClientException e) {
      LOG.warn(
          "action=metrics who reads cannot be checked (the operator needs create on tokenreviews"
              + " and subjectaccessreviews): {}",
          ApiFailure.message(e));
      return Endpoints.Verdict.UNDECIDED;
    }
  }

  private synchronized Optional<Known> known(Sha256 digest) {
    return Optional.ofNullable(known.get(digest));
  }

  private synchronized void keep(Sha256 digest, Known answer) {
    known.put(digest, answer);
  }

  private synchronized boolean mayAsk() {
    long now = nanos.getAsLong();
    if (now - window > WINDOW.toNanos()) {
      window = now;
      asked = 0;
    }
    return asked++ < MAX_NEW;
  }

  private Endpoints.Verdict ask(String token) {
    TokenReview review =
        writes.create(new TokenReviewBuilder().withNewSpec().withToken(token).endSpec().build());
    if (!Boolean.TRUE.equals(review.getStatus().getAuthenticated())) {
      return Endpoints.Verdict.UNKNOWN;
    }
    UserInfo user = review.getStatus().getUser();
    SubjectAccessReview access =
        writes.create(
            new SubjectAccessReviewBuilder()
                .withNewSpec()
                .withUser(user.getUsername())
                .withUid(user.getUid())
                .withGroups(user.getGroups())
                .withExtra(user.getExtra())
                .withNewNonResourceAttributes()
                .withPath("/metrics")
                .withVerb("get")
                .endNonResourceAttributes()
                .endSpec()
                .build());
    return Boolean.TRUE.equals(access.getStatus().getAllowed())
        ? Endpoints.Verdict.ALLOWED
        : Endpoints.Verdict.DENIED;
  }
}
