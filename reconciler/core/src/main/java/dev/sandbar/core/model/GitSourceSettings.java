package dev.sandbar.core.model;

import java.time.Duration;

/**
 * What a GitSource says, with its defaults.
 *
 * @param ref {@code HEAD} for the default branch
 * @param path empty for all of the repository
 * @param maxRemovals how many apps may go at once; -1 if nothing is said of it
 * @param correct whether what is changed by hand is put back
 * @param secret name of the Secret with the credentials; empty if there is none
 * @param webhookSecret name of the Secret with the key of pushes; empty if there is none
 */
public record GitSourceSettings(
    String url,
    String ref,
    String path,
    Duration interval,
    Duration timeout,
    boolean prune,
    int maxRemovals,
    boolean suspend,
    boolean correct,
    String secret,
    String webhookSecret) {}
