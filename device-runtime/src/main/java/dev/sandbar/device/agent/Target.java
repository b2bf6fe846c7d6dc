package dev.sandbar.device.agent;

import dev.sandbar.core.compile.CompiledApp;
import dev.sandbar.core.model.Diagnostic;
import java.util.List;

/** What one app of this device shall be in this round of the loop. */
sealed interface Target {

  /**
   * Run this.
   *
   * @param version what it was compiled from
   * @param newest whether it is what the source says now; otherwise an older version stands in for
   *     it
   * @param problems why an older version stands in, or what to know of this one
   */
  record Run(CompiledApp app, Version version, boolean newest, List<Diagnostic> problems)
      implements Target {
    public Run {
      problems = List.copyOf(problems);
    }
  }

  /**
   * Leave alone whatever is there: nothing valid is known, or the source cannot be trusted to have
   * removed it. Only what was taken back to nothing goes ({@link AppRecord#isTakenBackToNothing}).
   */
  record Hold(List<Diagnostic> problems) implements Target {
    public Hold {
      problems = List.copyOf(problems);
    }
  }

  /**
   * The owner of the device lets no version of it run: it stops and leaves the device. What it
   * wrote stays, and it comes back when the policy allows it.
   */
  record Deny(List<Diagnostic> problems) implements Target {
    public Deny {
      problems = List.copyOf(problems);
    }
  }

  /** The source no longer declares it. */
  record Remove() implements Target {}
}
