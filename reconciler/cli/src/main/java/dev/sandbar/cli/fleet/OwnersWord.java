package dev.sandbar.cli.fleet;

import java.util.Map;

/**
 * What an owner has said of a device before anything is shown.
 *
 * @param key what the digest of its key must begin with; empty if nobody has compared it
 * @param labelled whether its labels were said
 * @param labels that it gets then, whatever it requests
 * @param recipient that its secrets may be sealed to; empty if nobody has compared it
 */
public record OwnersWord(
    String key, boolean labelled, Map<String, String> labels, String recipient) {
  public OwnersWord {
    labels = Map.copyOf(labels);
  }
}
