package dev.sandbar.cli.fleet;

import java.util.Map;
import java.util.Optional;

/**
 * What an owner has said of a device before anything is shown.
 *
 * @param key what the digest of its key must begin with; empty if nobody has compared it
 * @param labels that it gets, whatever it requests; empty if nothing was said
 * @param recipient that its secrets may be sealed to; empty if nobody has compared it
 */
public record OwnersWord(String key, Optional<Map<String, String>> labels, String recipient) {}
