package dev.sandbar.core.model;

/**
 * What a rule has against a value.
 *
 * @param why the end of a sentence that begins with the value
 */
record Objection(Problem problem, String why, String help) {}
