package dev.sandbar.operator.gitsource;

import dev.sandbar.operator.publish.ApiFailure;
import dev.sandbar.operator.publish.ObjectFields;
import dev.sandbar.source.git.GitSecrets;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;

/**
 * Reads the Secrets that GitSources name, if they are labelled for that; one request each, nothing
 * is kept.
 */
final class SourceSecrets {
  private static final String YES = "true";

  private final KubernetesClient client;

  SourceSecrets(KubernetesClient client) {
    this.client = client;
  }

  /**
   * What a Secret gives for Git.
   *
   * @param username user name that goes with the token
   */
  record Access(String username, GitSecrets secrets) {
    static final Access NONE = new Access("git", GitSecrets.NONE);
  }

  /** The Secret cannot be used. The message says which and why, never what is in it. */
  static final class UnusableSecretException extends Exception {
    private static final long serialVersionUID = 1L;
    private final boolean passing;

    UnusableSecretException(String message, boolean passing) {
      super(message);
      this.passing = passing;
    }

    /** True if it may pass by itself. */
    boolean isPassing() {
      return passing;
    }
  }

  Access git(String namespace, String name) throws UnusableSecretException {
    Map<String, String> data = read(namespace, name);
    String token = value(name, data, data.containsKey("token") ? "token" : "password");
    String username = value(name, data, "username").strip();
    return new Access(
        username.isEmpty() ? "git" : username,
        new GitSecrets(
            token,
            value(name, data, "identity"),
            value(name, data, "known_hosts"),
            value(name, data, "ca.crt")));
  }

  /** The HMAC key of pushes. */
  byte[] webhookKey(String namespace, String name) throws UnusableSecretException {
    String key = value(name, read(namespace, name), "token").strip();
    if (key.isEmpty()) {
      throw new UnusableSecretException(
          "the Secret '" + name + "' has no key 'token' (Add it)", false);
    }
    return key.getBytes(StandardCharsets.UTF_8);
  }

  private Map<String, String> read(String namespace, String name) throws UnusableSecretException {
    try {
      Secret secret =
          Optional.ofNullable(client.secrets().inNamespace(namespace).withName(name).get())
              .orElseThrow(
                  () ->
                      new UnusableSecretException(
                          "the Secret '" + name + "' does not exist (Create it in this namespace)",
                          false));
      if (!isMeant(secret)) {
        throw new UnusableSecretException(
            "the Secret '%s' is not meant for GitSources (Add the label: kubectl label secret %s %s=%s)"
                .formatted(name, name, ObjectNames.FOR_GIT, YES),
            false);
      }
      return ObjectFields.map(secret.getData());
    } catch (KubernetesClientException e) {
      boolean forbidden = ApiFailure.of(e) == ApiFailure.FORBIDDEN;
      throw new UnusableSecretException(
          forbidden
              ? "the operator may not read the Secret '" + name + "' (Allow it by a Role)"
              : "the Secret '" + name + "' cannot be read now (Check the API server)",
          !forbidden);
    }
  }

  /**
   * Whoever may write a GitSource names any Secret of the namespace and the server that gets it.
   * Only who may write the Secret itself can say that it is meant for this.
   */
  private static boolean isMeant(Secret secret) {
    return YES.equals(ObjectFields.labels(secret).get(ObjectNames.FOR_GIT));
  }

  private static String value(String name, Map<String, String> data, String key)
      throws UnusableSecretException {
    try {
      return new String(
          Base64.getDecoder().decode(data.getOrDefault(key, "")), StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      throw new UnusableSecretException(
          "the key '" + key + "' of the Secret '" + name + "' is not base64 (Encode it again)",
          false);
    }
  }
}
