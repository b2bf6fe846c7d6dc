package dev.sandbar.core.denial;

import dev.sandbar.core.model.Permission;

/**
 * A permission that would allow what was refused.
 *
 * @param line of {@code permissions:} in a spec, as {@code ports: [{port: 8080}]}
 * @param level how much the permission is worth to an attacker
 * @param objection why the policy of the device gives it to no app; empty if it may
 */
public record Remedy(Permission permission, String line, Permission.Level level, String objection)
    implements Comparable<Remedy> {

  @Override
  public int compareTo(Remedy other) {
    int order = permission.compareTo(other.permission);
    return order != 0 ? order : line.compareTo(other.line);
  }
}
