package dev.sandbar.cli.fleet;

import dev.sandbar.report.OneLine;
import dev.sandbar.source.net.TlsFault;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.net.ConnectException;
import java.net.UnknownHostException;
import java.net.http.HttpTimeoutException;
import java.util.Optional;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;

/** Says what an API server refused, or why none was reached, and how to fix it. */
final class ApiErrors {
  static final String INSTALL =
      "Install Sandbar's kinds: kubectl apply --server-side -f charts/sandbar/crds/, or the whole"
          + " operator with the chart charts/sandbar";

  private static final int LONGEST = 1000;

  private ApiErrors() {}

  /**
   * Does it, and turns what the client throws into a {@link FleetException}.
   *
   * @param server address, for the message
   * @param what in the imperative, for example {@code list devices.sandbar.dev}
   */
  static <T> T explained(String server, String what, Supplier<T> call) {
    try {
      return call.get();
    } catch (KubernetesClientException e) {
      throw explained(server, what, e);
    }
  }

  static FleetException explained(String server, String what, KubernetesClientException e) {
    if (e.getStatus() == null && e.getCode() <= 0) {
      return unreachable(server, e);
    }
    return switch (e.getCode()) {
      case 401 ->
          new FleetException(
              "the API server at " + server + " does not know you (401 Unauthorized)",
              "Renew the credentials in your kubeconfig; kubectl auth whoami shows whether they"
                  + " hold",
              e);
      case 403 ->
          new FleetException(
              "you may not " + what + ": " + status(e),
              "Ask for the right, or look elsewhere with --namespace; kubectl auth can-i --list"
                  + " shows what you may",
              e);
      case 404 ->
          what.contains("sandbar.dev") && !status(e).contains("\"")
              ? new FleetException(
                  "the API server at " + server + " cannot " + what + ": it has no such kind",
                  INSTALL,
                  e)
              : new FleetException("cannot " + what + ": " + status(e), "", e);
      default -> new FleetException("cannot " + what + ": " + status(e), "", e);
    };
  }

  private static FleetException unreachable(String server, KubernetesClientException e) {
    Optional<TlsFault> tls = TlsFault.of(e, server);
    if (tls.isPresent()) {
      return new FleetException(
          "the API server was not reached: " + tls.get().message(),
          tls.get().kind() == TlsFault.Kind.UNKNOWN_AUTHORITY
              ? "Check the server and the certificate authority in your kubeconfig"
              : tls.get().help(),
          e);
    }
    for (Throwable cause = e; cause != null; cause = cause.getCause()) {
      String why =
          switch (cause) {
            case UnknownHostException _ -> "its name is not known";
            case ConnectException _ -> "nothing answers there";
            case HttpTimeoutException _, TimeoutException _ -> "it does not answer in time";
            default -> "";
          };
      if (!why.isEmpty()) {
        return new FleetException(
            "the API server at " + server + " was not reached: " + why,
            "Check the server and the certificate authority in your kubeconfig, and the network;"
                + " kubectl version tries the same",
            e);
      }
    }
    return new FleetException("the API server at " + server + " failed: " + root(e), "", e);
  }

  /** What the server says. */
  private static String status(KubernetesClientException e) {
    return e.getStatus() != null && e.getStatus().getMessage() != null
        ? e.getStatus().getMessage()
        : reason(e);
  }

  /** What the innermost error says. */
  static String root(Throwable e) {
    Throwable cause = e;
    while (cause.getCause() != null) {
      cause = cause.getCause();
    }
    return reason(cause);
  }

  /** The first line of an error, without what a terminal would obey: others wrote parts of it. */
  static String reason(Throwable e) {
    String message = e.getMessage();
    return message == null
        ? e.getClass().getSimpleName()
        : OneLine.of(message.lines().findFirst().orElse(e.getClass().getSimpleName()), LONGEST);
  }
}
