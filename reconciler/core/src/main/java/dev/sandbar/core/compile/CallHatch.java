package dev.sandbar.core.compile;

import dev.sandbar.core.model.AppSandbox.Mode;
import dev.sandbar.core.model.AppSandbox.RawDirective;
import dev.sandbar.core.model.Problem;
import dev.sandbar.core.model.SafeText;
import dev.sandbar.core.model.SyscallName;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** {@code directives.SystemCallFilter}. */
final class CallHatch {

  private final Mode mode;
  private final Complaints complaints;
  private final List<String> allowed = new ArrayList<>();
  private final List<String> denied = new ArrayList<>();

  CallHatch(Mode mode, Complaints complaints) {
    this.mode = mode;
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
      for (String word : Arrays.asList(value.strip().split("[ \t]+"))) {
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
          allow(directive, name);
        }
      }
    }
  }

  private void allow(RawDirective directive, String name) {
    // A list is a ceiling, so a group may hold calls that stay closed. A name that stays closed
    // would be a promise not kept.
    boolean widens = !name.startsWith("@") || CallRules.isClosed(name);
    if (mode == Mode.CLOSED && widens) {
      CallRules.loosening(name)
          .ifPresent(
              mend ->
                  complaints.error(
                      Problem.LOOSENS_SANDBOX,
                      directive.at(),
                      "directives.SystemCallFilter=%s would open what the permissions close"
                          .formatted(name),
                      mend));
    }
    allowed.add(name);
  }
}
