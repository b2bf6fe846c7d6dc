package dev.sandbar.core.catalog;

import dev.sandbar.core.model.AppSpec.Mode;
import dev.sandbar.core.model.Permission;
import dev.sandbar.core.model.Permissions;
import dev.sandbar.core.model.Permissions.Value;
import java.util.ArrayList;
import java.util.List;
import java.util.StringJoiner;
import java.util.function.Predicate;

/**
 * The permissions of one spec as one point: where its mode begins, lowered by what is withheld by
 * name, joined with what is granted by name.
 *
 * @param start where the mode begins
 * @param sandbox the point
 * @param contributions what moved it
 */
public record Resolution(Sandbox start, Sandbox sandbox, List<Contribution> contributions) {

  /** The reason of what nothing in the spec moved. */
  public static final String DEFAULT = "default";

  public Resolution {
    contributions = List.copyOf(contributions);
  }

  /**
   * What one part of a spec does.
   *
   * @param key of a permission, or {@code directives}
   * @param opens joined into the point
   * @param leaves the point is met with it
   */
  public record Contribution(String key, Sandbox opens, Sandbox leaves) {}

  /** Resolves permissions that fit together ({@code PermissionRules}). */
  public static Resolution of(Mode mode, Permissions permissions) {
    var contributions = new ArrayList<Contribution>();
    permissions
        .requests()
        .forEach(
            (permission, request) ->
                contributions.add(
                    new Contribution(
                        permission.key(),
                        replaced(permission, permissions)
                            ? Sandbox.CLOSED
                            : PermissionCatalog.grant(permission, request.value()),
                        mode == Mode.CLOSED ? Sandbox.TOP : ceiling(permission, request.value()))));
    Sandbox start = mode == Mode.CLOSED ? Sandbox.CLOSED : Sandbox.OPEN;
    Sandbox point = start;
    for (Contribution contribution : contributions) {
      point = point.meet(contribution.leaves());
    }
    for (Contribution contribution : contributions) {
      point = point.join(contribution.opens());
    }
    return new Resolution(start, point, contributions);
  }

  /** This, lowered once more and by something that opens no more than where the app is. */
  public Resolution lowered(Contribution last) {
    var all = new ArrayList<>(contributions);
    all.add(last);
    return new Resolution(start, sandbox.meet(last.leaves()).join(last.opens()), all);
  }

  /** internetTo replaces internet; both together would be the wider one. */
  private static boolean replaced(Permission permission, Permissions permissions) {
    return permission == Permission.INTERNET && permissions.get(Permission.INTERNET_TO).isPresent();
  }

  private static Sandbox ceiling(Permission permission, Value value) {
    return switch (value) {
      case Value.Withheld() -> PermissionCatalog.entry(permission).closes();
      case Value.Destinations(_) -> Ceiling.onlyAddresses(AddressSpace.PUBLIC.complement());
      case Value.Granted(),
          Value.Limited(_),
          Value.Ports(_),
          Value.Devices(_),
          Value.Volumes(_),
          Value.Namespace(_),
          Value.Apps(_),
          Value.BusNames(_, _),
          Value.Settings(_),
          Value.Modules(_),
          Value.Units(_) ->
          Sandbox.TOP;
    };
  }

  /** Why something is open: the keys of what opened it. */
  public String opened(Predicate<Sandbox> open) {
    return because(contribution -> open.test(contribution.opens()));
  }

  /** Why something is closed: the keys of what closed it, unless the mode has it closed anyway. */
  public String closed(Predicate<Sandbox> open) {
    return !open.test(start) ? DEFAULT : because(contribution -> !open.test(contribution.leaves()));
  }

  /**
   * Why a list is as it is: the keys of what opened or closed any of it.
   *
   * @param none whether nothing is open
   * @param all whether everything is open
   */
  public String moved(Predicate<Sandbox> none, Predicate<Sandbox> all) {
    return because(c -> !none.test(c.opens()) || !all.test(c.leaves()));
  }

  private String because(Predicate<Contribution> condition) {
    var keys = new StringJoiner(", ").setEmptyValue(DEFAULT);
    for (Contribution contribution : contributions) {
      if (condition.test(contribution)) {
        keys.add(contribution.key());
      }
    }
    return keys.toString();
  }
}
