package dev.sandbar.cli;

import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options of commands that look at many devices. */
final class FleetListOptions {
  private static final int LIMIT = 100;

  @Option(
      names = {"-A", "--all-namespaces"},
      description = "All namespaces.")
  private boolean everywhere;

  @Option(
      names = {"-l", "--selector"},
      paramLabel = "LABELS",
      description = "Only devices with these labels, for example line=3,role!=spare.")
  private String selector = "";

  @Option(
      names = "--limit",
      paramLabel = "ROWS",
      description = "Print at most this many rows per table; 0 for all (default: 100).")
  private @Nullable Integer limit;

  /** Whether somebody has said how many rows there may be. */
  boolean limited() {
    return limit != null;
  }

  boolean everywhere() {
    return everywhere;
  }

  String selector() {
    return selector;
  }

  /** 0 for all. */
  int limit() {
    if (limit == null) {
      return LIMIT;
    }
    if (limit < 0) {
      throw new CommandException("--limit " + limit + " is less than nothing", "Use 0 for all");
    }
    return limit;
  }
}
