package dev.sandbar.core.attest;

/** What the programs of one kind at a cgroup let through, as far as it can be said. */
public sealed interface Contents {

  /** For every question. */
  record Known(ProgramAnswers answers) implements Contents {}

  /** A program does what no program of systemd's does, or could not be read. */
  record Unjudged(String why) implements Contents {}
}
