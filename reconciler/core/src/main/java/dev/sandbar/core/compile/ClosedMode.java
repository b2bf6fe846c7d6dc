package dev.sandbar.core.compile;

import dev.sandbar.core.catalog.PermissionCatalog;
import dev.sandbar.core.catalog.Sandbox;
import dev.sandbar.core.model.AppSpec.Mode;
import dev.sandbar.core.model.Location;
import dev.sandbar.core.model.Permission;
import dev.sandbar.core.model.Permissions;
import dev.sandbar.core.property.DirectiveOverride;
import dev.sandbar.core.property.DirectiveTable;
import dev.sandbar.core.property.Value;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What closed mode keeps closed whatever a spec asks for, for those that state the same rules
 * elsewhere: schemas, admission policies, documents.
 */
public final class ClosedMode {

  private ClosedMode() {}

  /** Whether one of these calls locks memory, which is of use only where the limit lets it. */
  public static boolean locksMemory(Collection<String> calls) {
    Sandbox locking = PermissionCatalog.entry(Permission.LOCK_MEMORY).grants();
    return calls.stream().anyMatch(locking.kernel().calls()::contains);
  }

  /** System calls and groups that stay closed, with what to do instead. */
  public static SortedMap<String, String> calls() {
    return CallRules.closed();
  }

  /** The system calls that every app has. */
  public static SortedSet<String> openCalls() {
    var unit =
        Compiler.compile(Explainer.app(Mode.CLOSED, Permissions.NONE), ReferenceDevice.facts());
    return unit instanceof Compilation.Compiled(var app, _)
            && app.effective().get("SystemCallFilter")
                instanceof Value.Filter(boolean allow, var names)
            && allow
        ? new TreeSet<>(names)
        : new TreeSet<>();
  }

  /** Groups of system calls that every app lacks, with what is in them. */
  public static SortedMap<String, SortedSet<String>> withheldGroups() {
    var groups = new TreeMap<String, SortedSet<String>>();
    for (String group : KernelLines.WITHHELD_GROUPS) {
      groups.put(group, ReferenceSyscalls.groups().getOrDefault(group, new TreeSet<>()));
    }
    return Collections.unmodifiableSortedMap(groups);
  }

  /** System calls by which a program becomes another user, or gives files to one. */
  public static SortedSet<String> identityCalls() {
    var calls = new TreeSet<String>();
    for (String group : List.of("@setuid", "@chown")) {
      calls.addAll(ReferenceSyscalls.groups().getOrDefault(group, new TreeSet<>()));
    }
    return calls;
  }

  /** System calls that systemd knows by name. */
  public static SortedSet<String> knownCalls() {
    return ReferenceDevice.facts().knownSyscalls();
  }

  /** System calls and groups that cannot be asked for where the permission is withheld by name. */
  public static SortedSet<String> withheldWith(Permission permission) {
    return CallRules.withheldWith(permission);
  }

  /** The words that a spec may give to directives that close something in steps, in a mode. */
  public static SortedMap<String, SortedSet<String>> words(Mode mode) {
    return words(mode, Permissions.NONE);
  }

  /** The words that are left in open mode where the permission is withheld by name. */
  public static SortedMap<String, SortedSet<String>> wordsWithout(Permission permission) {
    var withheld = new Permissions.Request(new Permissions.Value.Withheld(), Location.NOWHERE);
    return words(Mode.OPEN, Permissions.NONE.with(Map.of(permission, withheld)));
  }

  private static SortedMap<String, SortedSet<String>> words(Mode mode, Permissions permissions) {
    var words = new TreeMap<String, SortedSet<String>>();
    var unit = Compiler.compile(Explainer.app(mode, permissions), ReferenceDevice.facts());
    if (unit instanceof Compilation.Compiled(var app, _)) {
      DirectiveTable.overrides(DirectiveOverride.Ladder.class)
          .forEach(
              (name, ladder) ->
                  words.put(name, WordOverrides.accepted(ladder, lastOf(app.directives(), name))));
    }
    return Collections.unmodifiableSortedMap(words);
  }

  private static String lastOf(List<Directive> lines, String name) {
    return lines.reversed().stream()
        .filter(line -> line.name().equals(name))
        .map(Directive::value)
        .findFirst()
        .orElse("");
  }

  /** Folders that no spec hides or write-protects: those of the kernel, with all below them. */
  public static List<String> kernelFolders() {
    return PathOverrides.KERNEL;
  }

  /** Folders that no spec hides or write-protects: something of the sandbox is mounted there. */
  public static List<String> mountedFolders() {
    return PathOverrides.MOUNTED;
  }

  /** Folders in which nothing is executed. */
  public static List<String> neverPrograms() {
    return FileLines.NEVER_PROGRAMS;
  }
}
