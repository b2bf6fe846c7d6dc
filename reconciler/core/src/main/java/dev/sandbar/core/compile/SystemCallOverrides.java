package dev.sandbar.core.compile;

import dev.sandbar.core.model.AppSpec.RawDirective;
import dev.sandbar.core.model.Problem;
import dev.sandbar.core.model.SafeText;
import dev.sandbar.core.model.SyscallName;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** {@code directives.SystemCallFilter}. */
final class SystemCallOverrides {

  private final Complaints complaints;
  private final List<String> allowed = new ArrayList<>();
  private final List<String> denied = new ArrayList<>();

  SystemCallOverrides(Complaints complaints) {
    this.complaints = complaints;
  }

  /** What alone may be called; empty for no such list. */
  List<String> allowed() {
    return allowed;
  }

  /** What may not be called. */
  List<String> denied() {
    return denied;
  }

  /** A tilde before the first name of a value holds for all names of that value. */
  void read(RawDirective directive) {
    for (String value : directive.values()) {
      boolean deny = value.strip().startsWith("~");
      String list = value.strip().replaceFirst("^~[ \t]+", "~");
      for (String word : Arrays.asList(list.split("[ \t]+"))) {
        String name = word.startsWith("~") ? word.substring(1) : word;
        if (!SyscallName.isValid(name) || (word.startsWith("~") && !deny)) {
          complaints.error(
              Problem.INVALID_VALUE,
              directive.at(),
              "directives.SystemCallFilter: %s is not usable".formatted(SafeText.shown(word)),
              "write names or @groups, all with ~ before them or none");
        } else if (deny) {
          denied.add(name);
        } else {
          allowed.add(name);
        }
      }
    }
  }
}
