package dev.sandbar.core.trial;

import dev.sandbar.core.model.SafeText;

/**
 * Why there can be no trial.
 *
 * @param what is in the way, one sentence without a full stop
 * @param help what to do instead, one imperative sentence without a full stop
 */
public record Obstacle(String what, String help) {
  public Obstacle {
    // Values of unit files stand in both.
    what = SafeText.message(what);
    help = SafeText.message(help);
  }
}
