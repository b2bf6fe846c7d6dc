package dev.sandbar.operator.reconcile;

import dev.sandbar.core.model.ConfigMapKey;
import dev.sandbar.core.model.FileContent;
import dev.sandbar.core.model.SecretRef;
import dev.sandbar.core.model.Sha256;
import dev.sandbar.core.model.SpecBounds;
import dev.sandbar.operator.publish.ApiFailure;
import dev.sandbar.operator.publish.AppContents;
import dev.sandbar.operator.publish.ObjectFields;
import dev.sandbar.source.ConfigMaps;
import dev.sandbar.source.ContentKeeper;
import dev.sandbar.source.ContentLookup;
import dev.sandbar.source.FoundContent;
import dev.sandbar.source.Included;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * The values that an app names, of ConfigMaps and Secrets that are read once. One at a time is held
 * whole: what is in it takes many times its megabyte if its values are small.
 *
 * <p>A Secret is read only if it has the label: who may create AppSandboxes in a namespace need not
 * be meant to read all Secrets of it, and could have any of them sealed to a device of theirs.
 */
final class ReadValues implements ContentLookup, ContentKeeper {
  private static final Base64.Decoder BASE64 = Base64.getDecoder();

  /** Of a content whose name is not known. */
  private static final String UNNAMED = "content-unnamed";

  private final KubernetesClient client;
  private final SealKey sealKey;
  private final AppContents contents;
  private final String namespace;
  private final Set<ConfigMapKey> all;
  private final Map<ConfigMapKey, Included> read = new HashMap<>();
  private final Set<SecretRef> allSecrets;
  private final Map<SecretRef, Included> readSecrets = new HashMap<>();
  private final SortedMap<SecretRef, SecretValue> secrets = new TreeMap<>();
  private final Map<String, String> versions = new HashMap<>();

  /** Values that a spec may have no room for, as far as one app may have them. */
  private final Map<Sha256, byte[]> large = new HashMap<>();

  private long largeBytes;
  private boolean forbidden;

  ReadValues(
      KubernetesClient client,
      SealKey sealKey,
      AppContents contents,
      Key app,
      NamedValues.Named named) {
    this.client = client;
    this.sealKey = sealKey;
    this.contents = contents;
    this.namespace = app.namespace();
    this.all = named.configMaps();
    this.allSecrets = named.secrets();
  }

  /** Whether a right was missing. */
  boolean forbidden() {
    return forbidden;
  }

  /** The values of Secrets that can be used. */
  SortedMap<SecretRef, SecretValue> secrets() {
    return secrets;
  }

  /** Of the Secrets that were read, by name, as {@link NamedSecrets#version} gives them. */
  Map<String, String> versions() {
    return versions;
  }

  @Override
  public int most() {
    return SpecBounds.MOST_KEPT;
  }

  @Override
  public FileContent.Kept keep(Sha256 digest, byte[] content) {
    // What does not fit in here makes the app larger than it may be, so that nobody asks for it.
    if (largeBytes + content.length <= SpecBounds.MOST_KEPT + SpecBounds.MOST_BYTES
        && large.put(digest, content) == null) {
      largeBytes += content.length;
    }
    return new FileContent.Kept(digest, content.length, name(digest));
  }

  /** One that cannot be known for want of a right is asked for when a bundle is to name it. */
  private String name(Sha256 digest) {
    try {
      return contents.name(namespace, digest);
    } catch (KubernetesClientException e) {
      if (ApiFailure.of(e) != ApiFailure.FORBIDDEN && ApiFailure.of(e) != ApiFailure.NOT_FOUND) {
        throw e;
      }
      forbidden = true;
      return UNNAMED;
    }
  }

  /** The bytes of a large value that the app names; empty if no ConfigMap has it any more. */
  Optional<byte[]> large(Sha256 digest) {
    for (ConfigMapKey key : all) {
      Included _ = configMap(key);
      if (large.containsKey(digest)) {
        break;
      }
    }
    return Optional.ofNullable(large.get(digest));
  }

  @Override
  public Included file(String path) {
    return FoundContent.noFiles();
  }

  @Override
  public Included configMap(ConfigMapKey wanted) {
    if (!read.containsKey(wanted)) {
      Function<ConfigMapKey, Included> found = find(wanted.name());
      Stream.concat(Stream.of(wanted), all.stream().filter(it -> it.name().equals(wanted.name())))
          .forEach(it -> read.put(it, found.apply(it)));
    }
    return Objects.requireNonNull(read.get(wanted));
  }

  @Override
  public Included appContent(FileContent.Kept kept) {
    return new Included.Large(kept);
  }

  private Function<ConfigMapKey, Included> find(String name) {
    try {
      Optional<ConfigMap> found =
          Optional.ofNullable(client.configMaps().inNamespace(namespace).withName(name).get());
      return key ->
          found
              .map(it -> value(it, key))
              .orElseGet(
                  () ->
                      new Included.Unusable(
                          "is missing: namespace '%s' has no ConfigMap of this name"
                              .formatted(namespace),
                          "create it; until then devices keep the version that they have"));
    } catch (KubernetesClientException e) {
      if (ApiFailure.of(e) != ApiFailure.FORBIDDEN) {
        throw e;
      }
      forbidden = true;
      return _ ->
          new Included.Unusable(
              "cannot be read: the operator has no right to read ConfigMaps",
              "grant it get, list and watch on configmaps, as the current chart does");
    }
  }

  private Included value(ConfigMap found, ConfigMapKey wanted) {
    if (found.getBinaryData() != null && found.getBinaryData().containsKey(wanted.key())) {
      return ConfigMaps.binary();
    }
    return Optional.ofNullable(found.getData())
        .flatMap(data -> Optional.ofNullable(data.get(wanted.key())))
        .map(this::text)
        .orElseGet(() -> ConfigMaps.noKey(wanted, "in namespace '" + namespace + "'"));
  }

  private Included text(String value) {
    try {
      return FoundContent.text(value, this);
    } catch (IOException e) {
      throw new UncheckedIOException("kept in memory", e);
    }
  }

  @Override
  public Included secret(SecretRef wanted) {
    if (!readSecrets.containsKey(wanted)) {
      Function<SecretRef, Included> found = findSecret(wanted.name());
      Stream.concat(
              Stream.of(wanted), allSecrets.stream().filter(it -> it.name().equals(wanted.name())))
          .distinct()
          .forEach(it -> readSecrets.put(it, found.apply(it)));
    }
    return Objects.requireNonNull(readSecrets.get(wanted));
  }

  private Function<SecretRef, Included> findSecret(String name) {
    try {
      Optional<Secret> found =
          Optional.ofNullable(client.secrets().inNamespace(namespace).withName(name).get());
      versions.put(name, found.map(NamedSecrets::version).orElse(""));
      if (found.isEmpty()) {
        return _ ->
            new Included.Unusable(
                "is missing: namespace '%s' has no Secret of this name".formatted(namespace),
                "create it; until then devices keep the version that they have");
      }
      if (!NamedSecrets.isMeant(found.get())) {
        return _ ->
            new Included.Unusable(
                "is not meant for apps on devices: the Secret has no label %s: \"true\""
                    .formatted(NamedSecrets.LABEL),
                "who may change the Secret can allow it: kubectl label secret -n %s %s %s=true"
                    .formatted(namespace, name, NamedSecrets.LABEL));
      }
      byte[] key = sealKey.get();
      return ref -> value(found.get(), ref, key);
    } catch (KubernetesClientException e) {
      if (ApiFailure.of(e) != ApiFailure.FORBIDDEN) {
        throw e;
      }
      forbidden = true;
      return _ ->
          new Included.Unusable(
              "cannot be read: the operator has no right to read Secrets",
              "grant it get on secrets, as the chart does with rbac.readSecrets");
    } catch (SealKey.MissingException e) {
      forbidden = true;
      return _ -> new Included.Unusable("cannot be sealed: " + e.getMessage(), e.help());
    }
  }

  private Included value(Secret found, SecretRef wanted, byte[] key) {
    Optional<String> text =
        Optional.ofNullable(ObjectFields.map(found.getData()).get(wanted.key()));
    if (text.isEmpty()) {
      return new Included.Unusable(
          "is missing: the Secret in namespace '%s' has no such key in its data"
              .formatted(namespace),
          "add " + wanted.key() + " to its data, or name another key");
    }
    // Base64 of more than that needs no decoding to be too much.
    byte[] value =
        text.get().length() > 2 * SpecBounds.MOST_SECRET_BYTES
            ? new byte[SpecBounds.MOST_SECRET_BYTES + 1]
            : BASE64.decode(text.get());
    if (value.length > SpecBounds.MOST_SECRET_BYTES) {
      return new Included.Unusable(
          "has more than %d bytes".formatted(SpecBounds.MOST_SECRET_BYTES),
          "name a key, and put what it opens into the image or a volume");
    }
    String place = namespace + "/" + wanted.name() + "/" + wanted.key();
    secrets.put(wanted, new SecretValue(value, place, key));
    return new Included.InCluster();
  }
}
