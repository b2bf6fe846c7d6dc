package dev.sandbar.device.fleet;

import dev.sandbar.core.model.Node;
import dev.sandbar.device.kube.ApiAnswer;
import dev.sandbar.device.kube.KubeApi;
import dev.sandbar.device.kube.StreamEnd;
import java.time.Duration;
import java.util.List;

/** The API server, asked with the device's own identity. */
public record ApiCluster(KubeApi api) implements Cluster {
  private static final String EXPIRED =
      "; this device's certificate or token has expired or was taken back: enrol it again"
          + " (sandbar enrol)";

  @Override
  public Answer send(Call call) throws InterruptedException {
    ApiAnswer answer =
        switch (call.method()) {
          case GET -> api.get(call.path());
          case POST -> api.post(call.path(), call.body());
          case PATCH -> api.mergePatch(call.path(), call.body());
        };
    if (Thread.interrupted()) {
      throw new InterruptedException();
    }
    return answer(answer);
  }

  @Override
  public Answer stream(Call call, Duration quiet, Lines lines) throws InterruptedException {
    return switch (api.stream(call.path(), quiet, lines::line)) {
      case StreamEnd.Closed() -> new Answer.Success(Node.mapping(List.of()));
      case StreamEnd.Silent() ->
          new Answer.Failure("nothing was heard for " + quiet.toSeconds() + " s");
      case StreamEnd.Failed(ApiAnswer.Failure failure) -> answer(failure);
    };
  }

  private static Answer answer(ApiAnswer answer) {
    return switch (answer) {
      case ApiAnswer.Success(Node body) -> new Answer.Success(body);
      case ApiAnswer.NotFound(String message) -> refusal(404, message);
      case ApiAnswer.AlreadyExists(String message) -> refusal(409, message);
      case ApiAnswer.Conflict(String message) -> refusal(409, message);
      case ApiAnswer.Gone(String message) -> refusal(410, message);
      case ApiAnswer.Unauthorized(String message) -> refusal(401, message + EXPIRED);
      case ApiAnswer.Forbidden(String message) -> refusal(403, message);
      case ApiAnswer.Refused(String message) -> refusal(422, message);
      case ApiAnswer.TooManyRequests(String message, Duration after) ->
          new Answer.Refusal(429, message, after);
      case ApiAnswer.Unreachable(var cause, String message, Duration after) ->
          switch (cause) {
            case SERVER -> new Answer.Refusal(503, message, after);
            case CONNECTION, TIMEOUT, UNTRUSTED, TLS, MALFORMED, CREDENTIALS ->
                new Answer.Failure(message);
          };
    };
  }

  private static Answer refusal(int status, String message) {
    return new Answer.Refusal(status, message, Duration.ZERO);
  }
}
