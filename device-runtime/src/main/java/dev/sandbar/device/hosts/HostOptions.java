package dev.sandbar.device.hosts;

import java.time.Duration;

/**
 * How hosts are resolved.
 *
 * @param interval between two questions for one host
 * @param retry after the first question that was not answered; doubled up to the interval
 * @param grace how long an address stays that answers no longer hold, for connections that last
 * @param burst changes of one host that are applied as they come
 * @param refill until one more change of that host is
 */
public record HostOptions(
    HostLookup lookup,
    Duration interval,
    Duration retry,
    Duration grace,
    int burst,
    Duration refill) {

  /** For devices. */
  public static final HostOptions STANDARD =
      new HostOptions(
          HostLookup.SYSTEM,
          Duration.ofMinutes(1),
          Duration.ofSeconds(5),
          Duration.ofHours(1),
          10,
          Duration.ofMinutes(5));
}
