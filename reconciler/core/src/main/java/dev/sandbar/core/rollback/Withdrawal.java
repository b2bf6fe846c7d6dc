package dev.sandbar.core.rollback;

import dev.sandbar.core.bundle.Granted;
import dev.sandbar.core.catalog.HostAddresses;
import dev.sandbar.core.compile.Compilation;
import dev.sandbar.core.compile.Compiler;
import dev.sandbar.core.compile.DeviceFacts;
import dev.sandbar.core.model.AppSpec;
import dev.sandbar.core.model.AppSpec.EnforcementMode;
import dev.sandbar.core.model.AppSpec.Mode;
import dev.sandbar.core.model.AppSpec.Named;
import dev.sandbar.core.model.AppSpec.Network;
import dev.sandbar.core.model.AppSpec.RawDirective;
import dev.sandbar.core.model.Node;
import dev.sandbar.core.model.OpenedWall;
import dev.sandbar.core.model.Permission;
import dev.sandbar.core.model.Permissions;
import dev.sandbar.core.model.Permissions.Request;
import dev.sandbar.core.model.Permissions.Value;
import dev.sandbar.core.model.SpecReader;
import dev.sandbar.core.model.StoredSpec;
import dev.sandbar.core.property.DirectiveInfo.Role;
import dev.sandbar.core.property.DirectiveOverride;
import dev.sandbar.core.property.DirectiveTable;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;

/**
 * What an older version of an app may do that the newest one may not. An older version that takes
 * the place of the newest one never has more than that: else an app that fails without a permission
 * would keep it. Limits of resources are no part of it: a version that needs more memory than the
 * newest one allows is what a rollback is for.
 */
public final class Withdrawal {

  private Withdrawal() {}

  /** What becomes of an older version. */
  public sealed interface Outcome {

    /** It has no more than the newest one. */
    record Within() implements Outcome {}

    /**
     * It runs with less.
     *
     * @param manifest of it without what was withdrawn
     * @param withdrawn short texts, mostly those of {@link Granted}
     */
    record Narrowed(Node manifest, List<String> withdrawn) implements Outcome {
      public Narrowed {
        withdrawn = List.copyOf(withdrawn);
      }
    }

    /** It is no app without what was withdrawn. */
    record Impossible(List<String> withdrawn) implements Outcome {
      public Impossible {
        withdrawn = List.copyOf(withdrawn);
      }
    }
  }

  /**
   * Judges.
   *
   * @param older manifest of a version that was applied
   * @param newest what is declared now, which compiles
   * @param declared its manifest
   */
  public static Outcome of(Node older, AppSpec newest, Node declared, DeviceFacts facts) {
    if (!(read(older) instanceof SpecReader.Read(var before, _))) {
      // Nothing can be made of it.
      return new Outcome.Within();
    }
    if (newest.run().adopts() && newest.run().unit().equals(before.run().unit())) {
      // A service of the device has what its owner gave it, and each version only takes from that.
      // Without any it would have all of it.
      return new Outcome.Within();
    }
    List<String> withdrawn = withdrawn(before, newest, facts);
    if (withdrawn.isEmpty()) {
      return new Outcome.Within();
    }
    Node manifest = NarrowedManifest.of(older, declared);
    boolean runs =
        read(manifest) instanceof SpecReader.Read(var app, _)
            && withdrawn(app, newest, facts).isEmpty()
            // What is no app anyway, as while the device lacks something, may be one later.
            && (Compiler.compile(app, facts) instanceof Compilation.Compiled
                || Compiler.compile(before, facts) instanceof Compilation.Rejected);
    return runs ? new Outcome.Narrowed(manifest, withdrawn) : new Outcome.Impossible(withdrawn);
  }

  private static SpecReader.Outcome read(Node manifest) {
    return SpecReader.read(StoredSpec.document(manifest));
  }

  /** What one version may do that the newest one may not; empty if that is nothing. */
  public static List<String> withdrawn(AppSpec older, AppSpec newest, DeviceFacts facts) {
    var withdrawn = new ArrayList<String>();
    boolean adopts = newest.run().adopts();
    if (!adopts && older.mode() == Mode.OPEN && newest.mode() == Mode.CLOSED) {
      withdrawn.add("mode: Open");
    } else {
      permissions(older, newest, withdrawn);
    }
    if (older.enforcement() == EnforcementMode.PERMISSIVE
        && newest.enforcement() == EnforcementMode.STRICT) {
      withdrawn.add("enforcement: Permissive");
    }
    if (older.network() == Network.SHARED && newest.network() == Network.OWN) {
      withdrawn.add("network: Shared");
    }
    for (OpenedWall wall : older.raw()) {
      if (newest.raw().stream().noneMatch(it -> isSame(it, wall))) {
        withdrawn.add(OpenedWall.KEY + "=" + wall.directive());
      }
    }
    List<String> denied = older.systemCalls().deny().stream().map(Named::name).toList();
    newest.systemCalls().deny().stream()
        .map(Named::name)
        .filter(name -> !denied.contains(name))
        .forEach(name -> withdrawn.add("systemCalls=" + name));
    newest.directives().stream()
        .filter(it -> restricts(it.name()))
        .filter(it -> older.directives().stream().noneMatch(own -> isSame(own, it)))
        .forEach(it -> withdrawn.add("directives=" + it.name()));
    if (withdrawn.isEmpty() && !adopts) {
      reach(older, newest, facts, withdrawn);
    }
    return withdrawn;
  }

  private static boolean isSame(OpenedWall one, OpenedWall other) {
    return one.directive().equals(other.directive()) && one.values().equals(other.values());
  }

  private static boolean isSame(RawDirective one, RawDirective other) {
    return one.name().equals(other.name()) && one.values().equals(other.values());
  }

  /** Whether a directive of this name closes something by its being there. */
  static boolean restricts(String directive) {
    return !directive.equals("RootImage")
        && !directive.equals("NetworkNamespacePath")
        && DirectiveTable.find(directive)
            .filter(
                it ->
                    switch (it.override()) {
                      case DirectiveOverride.Switch _,
                          DirectiveOverride.Ladder _,
                          DirectiveOverride.Filter _ ->
                          true;
                      case DirectiveOverride.OpenOnly _ -> it.role() == Role.SANDBOX;
                      case DirectiveOverride.Setting _, DirectiveOverride.Refused _ -> false;
                    })
            .isPresent();
  }

  /** By name, as far as the name says it all. */
  private static void permissions(AppSpec older, AppSpec newest, List<String> withdrawn) {
    for (Permission permission : Permission.values()) {
      Optional<Request> now = newest.permissions().get(permission);
      Optional<Request> before = older.permissions().get(permission);
      boolean had = has(older, permission);
      boolean has = has(newest, permission);
      if (permission == Permission.INTERNET_TO) {
        destinations(older, newest, withdrawn);
      } else if (had && !has) {
        withdrawn.add(permission.key());
      } else if (before.isPresent() && now.isPresent() && had && isByName(permission)) {
        List<String> kept = Granted.details(now.get().value());
        Granted.details(before.get().value()).stream()
            .filter(it -> !kept.contains(it))
            .forEach(it -> withdrawn.add(permission.key() + "=" + it));
      }
    }
  }

  private static boolean has(AppSpec app, Permission permission) {
    return app.permissions()
        .get(permission)
        .map(it -> !(it.value() instanceof Value.Withheld))
        .orElse(app.mode() == Mode.OPEN);
  }

  /** Whether its items are no part of the lattice. */
  private static boolean isByName(Permission permission) {
    return switch (permission.shape()) {
      case BUS_NAMES, SETTINGS, MODULES, UNITS, APPS, NAMESPACE -> true;
      case TOGGLE, DIRECTORY, PORTS, DEVICES, VOLUMES, DESTINATIONS -> false;
    };
  }

  /** A host can have any address, so hosts are compared by name. */
  private static void destinations(AppSpec older, AppSpec newest, List<String> withdrawn) {
    if (newest.permissions().get(Permission.INTERNET_TO).isEmpty()) {
      return;
    }
    Permissions before = older.permissions();
    if (before.get(Permission.INTERNET_TO).isEmpty()) {
      if (has(older, Permission.INTERNET)) {
        withdrawn.add(Permission.INTERNET.key());
      }
      return;
    }
    var hosts = new TreeSet<>(HostAddresses.names(before));
    hosts.removeAll(HostAddresses.names(newest.permissions()));
    hosts.forEach(host -> withdrawn.add(Permission.INTERNET_TO.key() + "=" + host));
  }

  /** By what it comes to. */
  private static void reach(
      AppSpec older, AppSpec newest, DeviceFacts facts, List<String> withdrawn) {
    var before = Compiler.widest(older, facts);
    var now = Compiler.widest(newest, facts);
    if (now.includes(before)) {
      return;
    }
    var lost = new TreeSet<>(Compiler.permissions(older, before));
    lost.removeAll(Compiler.permissions(newest, now));
    lost.forEach(permission -> withdrawn.add(permission.key()));
    if (withdrawn.isEmpty()) {
      // Less of the same permissions: fewer ports, nodes or addresses.
      List<String> kept = Granted.of(newest);
      Granted.of(older).stream().filter(it -> !kept.contains(it)).forEach(withdrawn::add);
    }
    if (withdrawn.isEmpty()) {
      withdrawn.add("systemCalls");
    }
  }
}
