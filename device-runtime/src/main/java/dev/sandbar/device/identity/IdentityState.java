package dev.sandbar.device.identity;

import java.time.Instant;

/**
 * How an identity stands.
 *
 * @param expires when the credential ends
 * @param due when it is to be renewed
 * @param problem what is wrong, and what to do; empty if nothing is
 */
public record IdentityState(Instant expires, Instant due, String problem) {}
