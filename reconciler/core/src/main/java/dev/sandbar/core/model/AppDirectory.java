package dev.sandbar.core.model;

import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A directory of an app's own that outlives it (systemd.exec(5), StateDirectory=). With a dynamic
 * user the content is in {@code PARENT/private/NAME} and {@code PARENT/NAME} leads there; without
 * one it is in the latter.
 */
public enum AppDirectory {
  STATE(Permission.STATE, "StateDirectory", "/var/lib"),
  CACHE(Permission.CACHE, "CacheDirectory", "/var/cache"),
  LOGS(Permission.LOGS, "LogsDirectory", "/var/log");

  private static final String PREFIX = "sandbar-";

  private final Permission permission;
  private final String directive;
  private final String parent;

  AppDirectory(Permission permission, String directive, String parent) {
    this.permission = permission;
    this.directive = directive;
    this.parent = parent;
  }

  /** Who has it. */
  public Permission permission() {
    return permission;
  }

  /** What has systemd make it. */
  public String directive() {
    return directive;
  }

  /** What has systemd limit its size. */
  public String quota() {
    return directive + "Quota";
  }

  /** Where all of this kind are. */
  public String parent() {
    return parent;
  }

  /** Where the content of those of dynamic users is, which only root enters. */
  public String privateParent() {
    return parent + "/private";
  }

  /** Where the app finds it. */
  public String of(AppName app) {
    return parent + "/" + nameOf(app);
  }

  /** The name in its parent. */
  public static String nameOf(AppName app) {
    return PREFIX + app.value();
  }

  /**
   * The text, with directories of another name in the place of those of an app.
   *
   * @param name of the others in their parents
   */
  public static String moved(String text, AppName app, String name) {
    String moved = text;
    for (AppDirectory directory : values()) {
      for (String parent : List.of(directory.parent, directory.privateParent())) {
        moved =
            Pattern.compile(Pattern.quote(parent + "/" + nameOf(app)) + "(?![\\w.-])")
                .matcher(moved)
                .replaceAll(Matcher.quoteReplacement(parent + "/" + name));
      }
    }
    return moved;
  }

  /** Whether the path is in one of an app that has no dynamic user, or where one could be made. */
  public static boolean isIn(String path) {
    return prefixes().stream().anyMatch(path::startsWith);
  }

  /** How the paths of all begin. */
  static List<String> prefixes() {
    return Arrays.stream(values()).map(it -> it.parent + "/" + PREFIX).toList();
  }
}
