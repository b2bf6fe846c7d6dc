package dev.sandbar.operator.publish;

import dev.sandbar.report.OneLine;
import io.fabric8.kubernetes.api.model.Status;
import io.fabric8.kubernetes.api.model.StatusDetails;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.net.HttpURLConnection;
import java.util.Optional;

/** What it means that the API server does not do what it is asked. */
public enum ApiFailure {
  /** It was decided on an older object, or there is another one of that name. */
  CONFLICT,

  /** There is no such object, or not any more. */
  NOT_FOUND,

  /** The object breaks a rule, and will the next time. */
  INVALID,

  /** The operator lacks a right, or an admission rule denies it. */
  FORBIDDEN,

  /** The API server cannot do it now. */
  UNAVAILABLE,

  /** There was no answer. */
  NO_ANSWER;

  private static final int UNPROCESSABLE = 422;
  private static final String ENDING = "NamespaceTerminating";

  /** Decided here only, by the status code of the answer. */
  public static ApiFailure of(KubernetesClientException failure) {
    return switch (failure.getCode()) {
      case HttpURLConnection.HTTP_CONFLICT -> CONFLICT;
      case HttpURLConnection.HTTP_NOT_FOUND -> NOT_FOUND;
      case HttpURLConnection.HTTP_BAD_REQUEST,
          HttpURLConnection.HTTP_ENTITY_TOO_LARGE,
          UNPROCESSABLE ->
          INVALID;
      case HttpURLConnection.HTTP_FORBIDDEN -> FORBIDDEN;
      default -> failure.getCode() > 0 ? UNAVAILABLE : NO_ANSWER;
    };
  }

  /**
   * Whether nothing can be made in the namespace any more, since it is being deleted, or is gone.
   */
  public static boolean isOfEndingNamespace(KubernetesClientException failure) {
    return of(failure) == NOT_FOUND
        || Optional.ofNullable(failure.getStatus())
            .map(Status::getDetails)
            .map(StatusDetails::getCauses)
            .filter(causes -> causes.stream().anyMatch(it -> ENDING.equals(it.getReason())))
            .isPresent();
  }

  /** Whether what it was decided on has changed or gone since: a watch sends what there is now. */
  public boolean isOutdated() {
    return this == CONFLICT || this == NOT_FOUND;
  }

  /** What the API server says, on one line; without it, that it does not answer. */
  public static String message(KubernetesClientException failure) {
    return OneLine.of(
        Optional.ofNullable(failure.getStatus())
            .map(Status::getMessage)
            .orElse("the API server does not answer"));
  }
}
