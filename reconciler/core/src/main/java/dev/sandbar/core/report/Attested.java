package dev.sandbar.core.report;

import dev.sandbar.core.attest.Enforcement;

/**
 * One directive of an app: what was declared, what systemd holds, what the kernel shows.
 *
 * @param declared what it comes to on this device, for people
 * @param manager what systemd reports; empty if it is as declared
 * @param kernel what the kernel shows, for people; empty if nothing was asked of it
 */
public record Attested(
    String directive, String declared, String manager, String kernel, Enforcement result) {}
