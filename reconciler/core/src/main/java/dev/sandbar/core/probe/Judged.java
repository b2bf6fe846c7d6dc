package dev.sandbar.core.probe;

import dev.sandbar.core.model.Permission;
import dev.sandbar.core.model.Written;
import java.util.Collections;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * One attempt, judged.
 *
 * @param permissions each of which would open it; none if no permission does
 * @param granted whether the spec grants it
 */
public record Judged(
    ProbeAttempt attempt, SortedSet<Permission> permissions, boolean granted, Verdict verdict) {

  /** What to make of it. */
  public enum Verdict implements Written {
    /** Open, and granted. */
    GRANTED("Granted"),
    /** Open, and not granted: the finding. */
    NOT_GRANTED("NotGranted"),
    /** Refused, and not granted. */
    REFUSED("Refused"),
    /** A permission grants it, and it was refused all the same. */
    GRANTED_REFUSED("GrantedRefused"),
    /** It says nothing: any program can do it, or it may be open in every sandbox. */
    IGNORED("Ignored"),
    /** What any program can do, and this one could not. */
    CONTROL_FAILED("ControlFailed");

    private final String text;

    Verdict(String text) {
      this.text = text;
    }

    @Override
    public String text() {
      return text;
    }
  }

  public Judged {
    permissions = Collections.unmodifiableSortedSet(new TreeSet<>(permissions));
  }
}
