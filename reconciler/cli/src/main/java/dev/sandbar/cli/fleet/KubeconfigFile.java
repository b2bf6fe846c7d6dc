package dev.sandbar.cli.fleet;

import dev.sandbar.core.enrol.KubeconfigKey;
import io.fabric8.kubernetes.api.model.NamedContext;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.internal.KubeConfigUtils;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Finds the API server and who the user is, by the rules of kubectl. */
final class KubeconfigFile {
  private static final Path POD_TOKEN = Path.of(Config.KUBERNETES_SERVICE_ACCOUNT_TOKEN_PATH);

  private KubeconfigFile() {}

  /**
   * Reads the file or files that the target names.
   *
   * @throws FleetException if there is none, it cannot be read, or lacks the context
   */
  static Config read(FleetTarget target) {
    List<Path> named = named(target);
    List<Path> present = named.stream().filter(Files::isRegularFile).toList();
    if (!target.kubeconfig().isEmpty() && present.isEmpty()) {
      throw new FleetException(
          target.kubeconfig() + ": there is no such file", "Name a kubeconfig file that exists");
    }
    if (present.isEmpty()) {
      return ofPod(named);
    }
    Config config;
    try {
      config = parsed(target, present);
      checkContext(target, present, config);
      prepareKey(config);
    } catch (FleetException e) {
      throw e;
    } catch (RuntimeException | StackOverflowError e) {
      // The client takes the form for granted: an empty file, a list where a map is, an empty item.
      throw new FleetException(
          names(present) + ": this has not the form of a kubeconfig",
          "Try it with kubectl: kubectl config view",
          e);
    }
    config.setRequestRetryBackoffLimit(2);
    config.setConnectionTimeout(5_000);
    config.setRequestTimeout(60_000);
    config.setUserAgent("sandbar");
    return config;
  }

  private static List<Path> named(FleetTarget target) {
    if (!target.kubeconfig().isEmpty()) {
      return List.of(Path.of(target.kubeconfig()));
    }
    String variable = target.environment().getOrDefault("KUBECONFIG", "");
    if (!variable.isEmpty()) {
      return Stream.of(variable.split(":", -1)).filter(f -> !f.isEmpty()).map(Path::of).toList();
    }
    String home = target.environment().getOrDefault("HOME", "");
    return home.isEmpty() ? List.of() : List.of(Path.of(home, ".kube", "config"));
  }

  private static Config ofPod(List<Path> named) {
    if (Files.isReadable(POD_TOKEN)) {
      return Config.autoConfigure(null);
    }
    String places =
        named.isEmpty()
            ? "neither KUBECONFIG nor HOME is set"
            : "there is no " + named.stream().map(Path::toString).collect(Collectors.joining(", "));
    throw new FleetException(
        "no API server is known: " + places,
        "Name a kubeconfig: --kubeconfig FILE, or export KUBECONFIG=FILE. For this device alone"
            + " there are sandbar status and sandbar drift, which need none");
  }

  private static Config parsed(FleetTarget target, List<Path> files) {
    String context = target.context().isEmpty() ? null : target.context();
    try {
      if (files.size() == 1) {
        return Config.fromKubeconfig(context, files.getFirst().toFile());
      }
      Config config = Config.empty();
      KubeConfigUtils.merge(
          config,
          context,
          files.stream()
              .map(file -> KubeConfigUtils.parseConfig(file.toFile()))
              .toArray(io.fabric8.kubernetes.api.model.Config[]::new));
      return config;
    } catch (KubernetesClientException | IllegalArgumentException | ClassCastException e) {
      throw new FleetException(
          names(files) + ": this is no kubeconfig that can be used: " + ApiErrors.reason(e),
          "Try it with kubectl: kubectl config view",
          e);
    }
  }

  private static void checkContext(FleetTarget target, List<Path> files, Config config) {
    NamedContext current = config.getCurrentContext();
    List<String> known = config.getContexts().stream().map(NamedContext::getName).toList();
    if (!target.context().isEmpty() && !known.contains(target.context())) {
      throw new FleetException(
          names(files) + ": there is no context " + target.context(),
          known.isEmpty() ? "" : "There are: " + String.join(", ", known));
    }
    if (current == null) {
      throw new FleetException(
          names(files) + ": no context is current",
          "Choose one: --context NAME"
              + (known.isEmpty() ? "" : ", of " + String.join(", ", known)));
    }
  }

  private static void prepareKey(Config config) {
    String data = Standing.text(config.getClientKeyData());
    String file = Standing.text(config.getClientKeyFile());
    try {
      String pem =
          data.isEmpty()
              ? file.isEmpty() ? "" : Files.readString(Path.of(file))
              : new String(Base64.getMimeDecoder().decode(data), StandardCharsets.US_ASCII);
      KubeconfigKey key =
          KubeconfigKey.of(pem)
              .orElseThrow(
                  () ->
                      new FleetException(
                          "the client key of the kubeconfig is encrypted",
                          "Decrypt it: openssl pkcs8 -topk8 -nocrypt -in KEY -out NEW"));
      if (key.elliptic()) {
        config.setClientKeyAlgo("EC");
      }
      if (!key.pem().equals(pem)) {
        config.setClientKeyData(
            Base64.getEncoder().encodeToString(key.pem().getBytes(StandardCharsets.US_ASCII)));
      }
    } catch (IOException | IllegalArgumentException e) {
      throw new FleetException(
          "the client key of the kubeconfig cannot be read: " + ApiErrors.reason(e),
          "Try it with kubectl: kubectl version",
          e);
    }
  }

  private static String names(List<Path> files) {
    return files.stream().map(Path::toString).collect(Collectors.joining(", "));
  }
}
