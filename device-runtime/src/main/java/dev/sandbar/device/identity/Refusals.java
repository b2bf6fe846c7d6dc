package dev.sandbar.device.identity;

import dev.sandbar.core.enrol.DeviceLabels;
import dev.sandbar.device.kube.ApiAnswer;
import dev.sandbar.device.kube.ApiAnswer.Unreachable.Cause;
import java.time.Duration;
import java.util.Optional;
import java.util.SortedMap;

/** What a failure means for a device that wants to become or stay a member. */
final class Refusals {
  private static final Duration NOTABLE = Duration.ofMinutes(5);

  private Refusals() {}

  /** Waiting does not help. */
  record Refusal(String message, String help) {}

  /** Whether the server does not accept the credential, whatever is requested. */
  static boolean ofIdentity(ApiAnswer answer) {
    return answer instanceof ApiAnswer.Unauthorized
        || answer instanceof ApiAnswer.Forbidden
        || answer instanceof ApiAnswer.NotFound;
  }

  /** The command by which an owner consents, with the key: whoever copies it has compared it. */
  static String consent(Member member, DeviceKey key, SortedMap<String, String> labels) {
    return "sandbar fleet approve %s -n %s --key %s"
            .formatted(member.name(), member.namespace(), key.fingerprint())
        + (labels.isEmpty() ? "" : " --labels " + DeviceLabels.text(labels));
  }

  /** Where the Device is there and is this one: a new certificate would be refused as well. */
  static String withoutRights(Member member) {
    return "the Device "
        + member
        + " is there, but has lost its rights; if that stays for some minutes, an owner runs: sandbar"
        + " fleet suspend %1$s -n %2$s, then sandbar fleet resume %1$s -n %2$s"
            .formatted(member.name(), member.namespace());
  }

  /** What to show the person; empty if waiting may help. */
  static Optional<Refusal> of(ApiAnswer.Failure failure, Member member, Duration ahead) {
    return switch (failure) {
      case ApiAnswer.Unauthorized _ ->
          Optional.of(
              new Refusal(
                  "the server does not know the token: it is wrong, has expired or was deleted"
                      + skew(ahead),
                  "Make a new one with: sandbar fleet token create --namespace "
                      + member.namespace()));
      case ApiAnswer.Forbidden(String message) ->
          Optional.of(
              new Refusal(
                  "the token may not do this: " + message,
                  "Use a token for the namespace "
                      + member.namespace()
                      + ": sandbar fleet token create --namespace "
                      + member.namespace()));
      case ApiAnswer.Refused(String message) ->
          Optional.of(
              new Refusal("the server does not accept the request: " + message, "Correct it"));
      case ApiAnswer.NotFound(String message) ->
          Optional.of(
              new Refusal(
                  "the server has no such object: " + message,
                  "Install Sandbar in the cluster first"));
      case ApiAnswer.Unreachable(Cause cause, String message, _) ->
          switch (cause) {
            case UNTRUSTED ->
                Optional.of(
                    new Refusal(message, "Give the right --ca-file or --ca-sha256, and the time"));
            case CREDENTIALS -> Optional.of(new Refusal(message, "Fix the file"));
            case CONNECTION, TIMEOUT, TLS, SERVER, MALFORMED -> Optional.empty();
          };
      case ApiAnswer.AlreadyExists _,
          ApiAnswer.Conflict _,
          ApiAnswer.Gone _,
          ApiAnswer.TooManyRequests _ ->
          Optional.empty();
    };
  }

  /** A sentence on the clock, where it is off enough to matter. */
  static String skew(Duration ahead) {
    if (ahead.abs().compareTo(NOTABLE) < 0) {
      return "";
    }
    Duration off = ahead.abs();
    String size =
        off.toHours() >= 48
            ? off.toDays() + " days"
            : off.toMinutes() >= 120 ? off.toHours() + " hours" : off.toMinutes() + " minutes";
    return " (this device's clock is "
        + size
        + (ahead.isNegative() ? " behind" : " ahead of")
        + " the server's)";
  }
}
