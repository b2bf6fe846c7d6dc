package dev.sandbar.core.plan;

import dev.sandbar.core.model.IgnoreRule;

/** A difference that a rule of the spec keeps from being reported as drift and corrected. */
public record IgnoredDifference(Difference difference, IgnoreRule rule) {}
