package dev.sandbar.e2e;

import java.time.Duration;
import org.awaitility.Awaitility;
import org.awaitility.pollinterval.IterativePollInterval;
import org.junit.platform.launcher.LauncherSession;
import org.junit.platform.launcher.LauncherSessionListener;

/**
 * Asks soon at first and then ever more rarely for what a test waits for: most questions are
 * commands run on a device, and ten a second of them take a fifth of a processor from the others.
 */
public final class SparingPolls implements LauncherSessionListener {

  private static final Duration FIRST = Duration.ofMillis(50);
  private static final Duration LONGEST = Duration.ofMillis(500);

  @Override
  public void launcherSessionOpened(LauncherSession session) {
    Awaitility.setDefaultPollInterval(IterativePollInterval.iterative(SparingPolls::next, FIRST));
  }

  private static Duration next(Duration before) {
    Duration longer = before.multipliedBy(3).dividedBy(2);
    return longer.compareTo(LONGEST) < 0 ? longer : LONGEST;
  }
}
