package dev.sandbar.crds.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import org.jspecify.annotations.Nullable;

/**
 * A repository to follow.
 *
 * @param url https, ssh
 * @param ref branch, tag or commit
 * @param path folder in the repository
 * @param interval between two looks, for example 1m
 * @param timeout of one look
 * @param prune whether objects that Git no longer has are deleted
 * @param mostRemovals how many one commit may delete; more are held back
 * @param suspend leaves everything as it is
 * @param drift what happens when an owned object is changed by hand
 * @param secretRef keys: token, username, identity, known_hosts, ca.crt
 * @param webhookSecretRef key: token, the HMAC key of pushes
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record GitSourceSpec(
    String url,
    @Nullable String ref,
    @Nullable String path,
    @Nullable String interval,
    @Nullable String timeout,
    @Nullable Boolean prune,
    @Nullable Integer mostRemovals,
    @Nullable Boolean suspend,
    AppSandboxSpec.@Nullable DriftMode drift,
    @Nullable SecretReference secretRef,
    @Nullable SecretReference webhookSecretRef) {

  /** A Secret of the same namespace. */
  public record SecretReference(String name) {}
}
