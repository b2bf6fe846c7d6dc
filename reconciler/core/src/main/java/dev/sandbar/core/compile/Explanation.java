package dev.sandbar.core.compile;

import dev.sandbar.core.catalog.PermissionCatalog;
import dev.sandbar.core.model.Diagnostic;
import dev.sandbar.core.model.Permission;
import dev.sandbar.core.model.Permissions.Request;
import dev.sandbar.core.property.DirectiveInfo;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What permissions and directives come to, as data: nothing in it is written by hand but the prose
 * of the two tables.
 */
public sealed interface Explanation {

  /**
   * One permission by itself.
   *
   * @param request what is asked for
   * @param entry its prose
   * @param foundation what the permission stands on, and the sample app therefore has
   * @param grants what granting it changes in a closed app that has only what it stands on
   * @param guards the lines by which withholding it by name closes an app that is otherwise open
   * @param errors why the request is refused; there are no changes then
   */
  record OfPermission(
      Permission permission,
      Request request,
      PermissionCatalog.Entry entry,
      Set<Permission> foundation,
      List<Change> grants,
      List<Change> guards,
      List<Diagnostic> errors)
      implements Explanation {
    public OfPermission {
      foundation = Set.copyOf(foundation);
      grants = List.copyOf(grants);
      guards = List.copyOf(guards);
      errors = List.copyOf(errors);
    }
  }

  /**
   * One directive.
   *
   * @param closed its values in an app that asks for nothing
   * @param granted what the permissions that move it set it to
   * @param withheld what withholding them by name sets it to in an open app
   */
  record OfDirective(
      DirectiveInfo directive,
      List<String> closed,
      SortedMap<Permission, List<String>> granted,
      SortedMap<Permission, List<String>> withheld)
      implements Explanation {
    public OfDirective {
      closed = List.copyOf(closed);
      granted = Collections.unmodifiableSortedMap(new TreeMap<>(granted));
      withheld = Collections.unmodifiableSortedMap(new TreeMap<>(withheld));
    }
  }

  /**
   * One permission of an app.
   *
   * @param meaning what the app can or cannot do, in a sentence or two
   */
  record OfApp(Permission permission, Standing standing, String meaning) implements Explanation {}

  /**
   * A directive before and after.
   *
   * @param before its values in order; empty if it is not set
   * @param after the same
   */
  record Change(String directive, List<String> before, List<String> after) {
    public Change {
      before = List.copyOf(before);
      after = List.copyOf(after);
    }
  }

  /** The state of a permission in an app. */
  enum Standing {
    /** Granted by name. */
    GRANTED,
    /** Withheld by name, or not named in closed mode. */
    WITHHELD,
    /** Not named, and therefore open: open mode. */
    OPEN
  }
}
