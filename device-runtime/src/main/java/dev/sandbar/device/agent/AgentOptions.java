package dev.sandbar.device.agent;

import dev.sandbar.core.model.DeviceSettings;
import dev.sandbar.core.plan.PruneGuard;
import dev.sandbar.core.report.Backoff;
import dev.sandbar.device.hosts.HostOptions;
import dev.sandbar.device.systemd.DbusSystemd;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * How an agent is set up.
 *
 * @param root of the device's file system; {@code /} on the device itself
 * @param busAddress of the device's system bus
 * @param reach command that reaches into the device, put before the programs that the agent starts;
 *     empty on the device itself
 * @param settings what the device's owner says
 * @param settle how long a new version must stay up before it counts as good
 * @param backoff waits between corrections that do not last, and between tries of a version that
 *     fails
 * @param hosts how those of {@code internetTo} are resolved
 */
public record AgentOptions(
    Path root,
    String busAddress,
    List<String> reach,
    DeviceSettings settings,
    Duration settle,
    Backoff backoff,
    HostOptions hosts) {

  private static final Duration SETTLE = Duration.ofSeconds(5);

  public AgentOptions {
    reach = List.copyOf(reach);
  }

  /** One that resolves hosts as devices do. */
  public AgentOptions(
      Path root,
      String busAddress,
      List<String> reach,
      DeviceSettings settings,
      Duration settle,
      Backoff backoff) {
    this(root, busAddress, reach, settings, settle, backoff, HostOptions.STANDARD);
  }

  /** For the device that this process runs on. */
  public static AgentOptions local(DeviceSettings settings) {
    return new AgentOptions(
        Path.of("/"), DbusSystemd.SYSTEM_BUS, List.of(), settings, SETTLE, Backoff.STANDARD);
  }

  PruneGuard.Consent consent() {
    return PruneGuard.Consent.to(settings.maxRemovals());
  }
}
