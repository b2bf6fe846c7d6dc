package dev.sandbar.core.plan;

import dev.sandbar.core.compile.CompiledApp;
import dev.sandbar.core.compile.Directive;

/**
 * The value that a unit carries in its environment. It need not be the generation itself: a
 * compiler that leaves live-settable lines out of it spares the app a restart when only those
 * change.
 */
final class GenerationStamp {

  private static final String ASSIGNMENT = CompiledApp.GENERATION_VARIABLE + "=";

  private GenerationStamp() {}

  static String of(CompiledApp app) {
    for (Directive directive : app.directives()) {
      int at = directive.value().indexOf(ASSIGNMENT);
      if (directive.name().equals("Environment") && at >= 0) {
        int start = at + ASSIGNMENT.length();
        int end = start;
        String value = directive.value();
        while (end < value.length() && "\" \t".indexOf(value.charAt(end)) < 0) {
          end++;
        }
        return value.substring(start, end);
      }
    }
    return app.generation().hex();
  }

  static String show(String stamp) {
    if (stamp.isEmpty()) {
      return "(none)";
    }
    return stamp.length() > 12 ? stamp.substring(0, 12) : stamp;
  }
}
