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
    /** What the server says with this status of HTTP, which is none of success. */
    static Failure of(int status, String reason, String message, Duration retryAfter) {
      return switch (status) {
        case 401 -> new Unauthorized(message);
        case 403 -> new Forbidden(message);
        case 404 -> new NotFound(message);
        case 409 ->
            reason.equals("AlreadyExists") ? new AlreadyExists(message) : new Conflict(message);
        case 410 -> new Gone(message);
        case 429 -> new TooManyRequests(message, retryAfter);
        case 400, 405, 406, 413, 415, 422 -> new Refused(message);
        default -> new Unreachable(Unreachable.Cause.SERVER, message, retryAfter);
      };
    }

    /** One line for people: what the server, or the way to it, said. */
    String message();

    /** How long the server asks to be left alone; zero if it does not say. */
    default Duration retryAfter() {
      return Duration.ZERO;
    }

    /** The status of HTTP that stands for it; zero if there was no usable answer. */
    default int status() {
      return switch (this) {
        case Unauthorized _ -> 401;
        case Forbidden _ -> 403;
        case NotFound _ -> 404;
        case AlreadyExists _, Conflict _ -> 409;
        case Gone _ -> 410;
        case Refused _ -> 422;
        case TooManyRequests _ -> 429;
        case Unreachable(var cause, _, _) -> cause == Unreachable.Cause.SERVER ? 503 : 0;
      };
    }

    /** The message, with the status if there is one. */
    default String problem() {
      return status() == 0 ? message() : "HTTP " + status() + ": " + message();
    }
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
      /** The server's certificate is not trusted, expired, or made out to another name. */
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
