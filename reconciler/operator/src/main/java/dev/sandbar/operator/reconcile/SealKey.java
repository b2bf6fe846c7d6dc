package dev.sandbar.operator.reconcile;

import dev.sandbar.operator.publish.ApiFailure;
import dev.sandbar.operator.publish.ObjectFields;
import dev.sandbar.operator.publish.Writes;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The key by which the operator knows what it has sealed. It outlives the operator in a Secret of
 * its own namespace: with another key everything is sealed anew, and every app that names a Secret
 * restarts. It opens nothing.
 */
final class SealKey {
  private static final Logger LOG = LoggerFactory.getLogger(SealKey.class);

  /** The Secret. The chart makes it without a key, so that the operator needs no right to. */
  static final String NAME = "sandbar-operator-seal";

  private static final String KEY = "key";
  private static final int BYTES = 32;

  private final KubernetesClient client;
  private final Writes writes;
  private final String namespace;
  private byte @Nullable [] key;

  /** In this namespace. */
  SealKey(KubernetesClient client, Writes writes, String namespace) {
    this.client = client;
    this.writes = writes;
    this.namespace = namespace;
  }

  /** There is no key, and what to do. The message is a clause. */
  static final class MissingException extends Exception {
    private static final long serialVersionUID = 1L;
    private final String help;

    MissingException(String message, String help) {
      super(message);
      this.help = help;
    }

    String help() {
      return help;
    }
  }

  /**
   * The key; made if there is none yet.
   *
   * @throws KubernetesClientException if the API server does not answer, or somebody else makes one
   *     at this moment
   */
  synchronized byte[] get() throws MissingException {
    byte[] known = key;
    if (known == null) {
      known = read();
      key = known;
    }
    return known;
  }

  private byte[] read() throws MissingException {
    try {
      Optional<Secret> found =
          Optional.ofNullable(client.secrets().inNamespace(namespace).withName(NAME).get());
      Optional<String> text =
          found.flatMap(it -> Optional.ofNullable(ObjectFields.map(it.getData()).get(KEY)));
      return text.isPresent() ? decoded(text.get()) : made(found);
    } catch (KubernetesClientException e) {
      if (ApiFailure.of(e) != ApiFailure.FORBIDDEN) {
        throw e;
      }
      throw new MissingException(
          "the operator has no right to the Secret '%s' of namespace '%s'"
              .formatted(NAME, namespace),
          "create it, empty, and grant the operator get and update on it, as the current chart"
              + " does");
    }
  }

  private byte[] decoded(String text) throws MissingException {
    try {
      byte[] bytes = Base64.getDecoder().decode(text);
      if (bytes.length == BYTES) {
        return bytes;
      }
    } catch (IllegalArgumentException e) {
      LOG.debug("secret={} action=skip reason=encoding", NAME);
    }
    throw new MissingException(
        "the key in the Secret '%s' of namespace '%s' is damaged".formatted(NAME, namespace),
        "remove it from the data to have a new one made; apps that name Secrets then restart once");
  }

  private byte[] made(Optional<Secret> found) {
    var bytes = new byte[BYTES];
    new SecureRandom().nextBytes(bytes);
    Map<String, String> data = Map.of(KEY, Base64.getEncoder().encodeToString(bytes));
    if (found.isPresent()) {
      Secret _ = writes.update(new SecretBuilder(found.get()).addToData(data).build());
    } else {
      Secret _ =
          writes.create(
              new SecretBuilder()
                  .withNewMetadata()
                  .withNamespace(namespace)
                  .withName(NAME)
                  .endMetadata()
                  .withType("Opaque")
                  .withData(data)
                  .build());
    }
    LOG.info("secret={} action=create reason=first_use", NAME);
    return bytes;
  }
}
