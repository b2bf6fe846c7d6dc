package dev.sandbar.device.health;

import dev.sandbar.core.compile.CompiledApp;
import dev.sandbar.core.report.CheckResult;

/** Asks an app once whether it is ready, in the way that its spec says. */
public interface AppCheck {

  /** Waits for the answer, at most as long as the spec gives a check. */
  CheckResult ask(CompiledApp app) throws InterruptedException;

  /** The app is asked no longer: ends what runs for it, and removes what is there for it. */
  void end(CompiledApp app);
}
