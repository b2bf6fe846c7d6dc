package dev.sandbar.core.compile;

import dev.sandbar.core.catalog.PermissionCatalog;
import dev.sandbar.core.model.Permission;
import java.util.List;

/**
 * What permissions come to, as data: nothing in it is written by hand but the catalogue's prose.
 */
public sealed interface Explanation {

  /**
   * One permission by itself.
   *
   * @param entry its prose
   * @param changes what granting the example changes in a unit that has only what it stands on
   */
  record OfPermission(Permission permission, PermissionCatalog.Entry entry, List<Change> changes)
      implements Explanation {
    public OfPermission {
      changes = List.copyOf(changes);
    }
  }

  /**
   * One app on one device.
   *
   * @param rows every permission, in the catalogue's order
   * @param lines the whole unit, every line with its reason
   */
  record OfApp(CompiledApp app, List<Row> rows, List<Directive> lines) implements Explanation {
    public OfApp {
      rows = List.copyOf(rows);
      lines = List.copyOf(lines);
    }
  }

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

  /** How an app stands to a permission. */
  enum Standing {
    /** Granted by name. */
    GRANTED,
    /** Withheld by name. */
    WITHHELD,
    /** Not named, and therefore withheld: closed mode. */
    CLOSED,
    /** Not named, and therefore open: open mode. */
    OPEN
  }

  /**
   * One permission of an app.
   *
   * @param meaning what the app can or cannot do, one sentence
   * @param directives lines that hold it: of a granted permission those that open, of a withheld
   *     one those that close
   */
  record Row(Permission permission, Standing standing, String meaning, List<String> directives) {
    public Row {
      directives = List.copyOf(directives);
    }
  }
}
