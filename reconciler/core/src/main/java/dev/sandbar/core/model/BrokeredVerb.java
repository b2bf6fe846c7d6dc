package dev.sandbar.core.model;

import java.util.Arrays;
import java.util.Optional;

/**
 * What an app asks the agent to do, since no app gets the right to do it: one request on the socket
 * of the app, one verb.
 */
public enum BrokeredVerb {
  /** Restart the device. */
  REBOOT(Permission.REBOOT),
  /** Change the name of the device. */
  HOSTNAME(Permission.HOSTNAME),
  /** Set the clock of the device. */
  CLOCK(Permission.CLOCK),
  /** Read what services of the device have written to the journal. */
  READ_LOGS(Permission.READ_LOGS);

  private final Permission permission;

  BrokeredVerb(Permission permission) {
    this.permission = permission;
  }

  /** The permission that grants it. */
  public Permission permission() {
    return permission;
  }

  /** The word for it, in requests, logs and metrics. */
  public String word() {
    return permission.key();
  }

  /** Whether it leaves the device as it is. */
  public boolean isRead() {
    return this == READ_LOGS;
  }

  /** The one that a permission grants; empty for all other permissions. */
  public static Optional<BrokeredVerb> of(Permission permission) {
    return Arrays.stream(values()).filter(verb -> verb.permission == permission).findFirst();
  }

  /** The one of this word. */
  public static Optional<BrokeredVerb> find(String word) {
    return Arrays.stream(values()).filter(verb -> verb.word().equals(word)).findFirst();
  }
}
