package dev.sandbar.cli;

import dev.sandbar.core.model.AppName;
import dev.sandbar.device.agent.AgentRequest;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Requests something of the running agent of a device, and waits until it has checked everything.
 */
final class AgentAnswer {
  private static final Duration PAUSE = Duration.ofMillis(100);

  private final DevicePlace place;
  private final long end;

  /** Waits at most so long for all of it. */
  AgentAnswer(DevicePlace place, Duration limit) {
    this.place = place;
    this.end = System.nanoTime() + limit.toNanos();
  }

  /**
   * What it reports once it has done so; empty if it has not in time.
   *
   * @param app null for all
   */
  Optional<StatusFile> ask(AgentRequest.Verb verb, @Nullable AppName app)
      throws IOException, InterruptedException {
    AgentRequest mine = AgentRequest.ask(place.root(), verb, app);
    while (true) {
      Optional<StatusFile> now = mine.isWaiting(place.root()) ? Optional.empty() : place.status();
      if (now.isPresent()) {
        return now;
      }
      if (!pause()) {
        return Optional.empty();
      }
    }
  }

  /**
   * What it reports once nothing is under way any more; empty if that takes too long.
   *
   * @param first what it reported last
   */
  Optional<StatusFile> settled(StatusFile first) throws IOException, InterruptedException {
    Optional<StatusFile> now = Optional.of(first);
    while (now.isEmpty() || now.get().apps().stream().anyMatch(AgentAnswer::isUnderWay)) {
      if (!pause()) {
        return Optional.empty();
      }
      now = place.status();
    }
    return now;
  }

  /** One that waits for its next try is not: that may take minutes and end nowhere. */
  private static boolean isUnderWay(StatusEntry app) {
    return !app.suspended()
        && app.conditions().stream()
            .anyMatch(
                condition ->
                    condition.text("reason").equals("Progressing")
                        && !condition.text("type").equals("Drifted"));
  }

  private boolean pause() throws InterruptedException {
    if (System.nanoTime() >= end) {
      return false;
    }
    Thread.sleep(PAUSE);
    return true;
  }

  /**
   * What the agent of the device reports now.
   *
   * @throws CommandException if no agent is at work
   */
  static StatusFile running(DevicePlace place) throws IOException {
    StatusFile status =
        StatusFile.read(place.root().resolve(StatusFile.DEFAULT.substring(1)), Instant.now());
    if (status.stale()) {
      throw new CommandException(
          "the agent last reported " + StatusFile.ago(status.age()) + " ago",
          "Start it: systemctl start sandbard");
    }
    return status;
  }

  /** It did not do it in time. */
  static CommandException late(String limit) {
    return new CommandException(
        "the agent was not done within " + limit,
        "See what it does: journalctl -u sandbard, or wait longer: --timeout");
  }
}
