package dev.sandbar.device.kube;

import dev.sandbar.core.model.Node;
import java.time.Duration;
import java.util.Optional;

/** What became of a request. Nothing here is a surprise: a device lives with all of it. */
public sealed interface ApiAnswer {

  /** Done. */
  record Success(Node body) implements ApiAnswer {
    /** The same, from a text in the body; empty if it has no such field. */
    public Optional<String> text(String... path) {
      return Json.text(body, path);
    }
  }

  /** Not done. */
  sealed interface Failure extends ApiAnswer {
    /** One line for people: what the server, or the way to it, said. */
    String message();
  }

  /** 404: there is no such object, or no such kind. */
  record NotFound(String message) implements Failure {}

  /** 409, reason {@code AlreadyExists}: another object has the name. */
  record AlreadyExists(String message) implements Failure {}

  /** 409: somebody else wrote in between; read again. */
  record Conflict(String message) implements Failure {}

  /** 410: the version is too old to go on from; read again. */
  record Gone(String message) implements Failure {}

  /** 401: the server does not know who asks: expired, revoked, or signed by another authority. */
  record Unauthorized(String message) implements Failure {}

  /** 403: the server knows who asks and says no. */
  record Forbidden(String message) implements Failure {}

  /** 400, 413, 415, 422: the request itself is wrong; the same again gives the same. */
  record Refused(String message) implements Failure {}

  /**
   * 429: later.
   *
   * @param retryAfter as the server asks; zero if it does not say
   */
  record TooManyRequests(String message, Duration retryAfter) implements Failure {}

  /**
   * No usable answer.
   *
   * @param retryAfter as the server asks; zero if it does not say
   */
  record Unreachable(Cause cause, String message, Duration retryAfter) implements Failure {
    /** Why not. */
    public enum Cause {
      /** No such host, no way to it, nobody listens. */
      CONNECTION,
      /** The time allowed has passed. */
      TIMEOUT,
      /** The server's certificate is not vouched for, expired, or made out to another name. */
      UNTRUSTED,
      /** The server refuses this device's certificate, or TLS fails otherwise. */
      TLS,
      /** 5xx, or a redirect, which is never followed. */
      SERVER,
      /** The answer is too large or is no JSON. */
      MALFORMED,
      /** The device's own certificate or token cannot be read. */
      CREDENTIALS
    }
  }
}
