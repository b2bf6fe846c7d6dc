package dev.sandbar.core.learn;

import java.util.List;

/**
 * The process of a service that is there while it serves (proc_pid_exe(5), proc_pid_cmdline(5)).
 * The program of its unit may be a script that starts another one and ends.
 *
 * @param words its program and arguments; none if they say no program, as a process may write
 *     anything there
 * @param user as whom it runs; empty for root
 * @param another whether it is another program than the one that the unit names
 * @param sentAway whether that one is a script which puts it into the background itself
 */
public record Stayed(List<String> words, String user, boolean another, boolean sentAway) {

  /** Nobody has looked. */
  public static final Stayed UNSEEN = new Stayed(List.of(), "", false, false);

  public Stayed {
    words = List.copyOf(words);
  }

  /** The same, where its arguments are not to be repeated. */
  public Stayed withoutWords() {
    return new Stayed(List.of(), user, another, sentAway);
  }
}
