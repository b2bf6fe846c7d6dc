package dev.sandbar.device.kernel;

import dev.sandbar.core.attest.KernelFacts.Mount;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.function.Supplier;

/**
 * The mount tables of apps, each beside that of the device: what the device mounts and unmounts
 * comes to its apps at the same moment, and two tables cannot be read in one. What is found by a
 * table is kept while the table is the same: an app has fifty mounts, and a sweep looks at every
 * app.
 *
 * <p>For one thread at a time.
 */
final class MountTables {

  /** Apps whose tables are kept; far more than a device has. */
  private static final int MOST_APPS = 1_000;

  /** Looks at an app's table until it stands still. */
  private static final int STEADY_TRIES = 5;

  private final Reader reader;
  private final Map<String, Table> tables = new HashMap<>();
  private final Map<String, Settled> settled = new HashMap<>();
  private Table device = Table.NONE;
  private long look;

  /** Reads the table of the device (proc_pid_mountinfo(5)). */
  @FunctionalInterface
  interface Reader {
    String read() throws IOException;
  }

  /** The table of an app as it is now. */
  record Own(String namespace, String text) {}

  /**
   * What was seen of an app.
   *
   * @param mounts its own
   * @param around those of the device before and after
   * @param places of the paths that were asked for; see {@link InaccessibleNodes#resolved}
   */
  record Seen(List<Mount> mounts, List<Mount> around, SortedMap<String, String> places) {}

  /** A mount table, and what was found by it. */
  private record Table(
      String namespace, String text, List<Mount> mounts, SortedMap<String, String> places) {
    static final Table NONE = new Table("", "", List.of(), Collections.emptySortedMap());

    boolean is(String otherNamespace, String otherText) {
      return namespace.equals(otherNamespace) && text.equals(otherText);
    }
  }

  /**
   * An app's table, and the mounts of the device that it was compared with.
   *
   * @param device its table when the look began
   */
  private record Settled(Table own, Table device, List<Mount> around, long look) {
    static final Settled NEVER = new Settled(Table.NONE, Table.NONE, List.of(), 0);

    /**
     * Whether the comparison still holds. One with mounts that came or went during a look is good
     * for that look, in which a unit may be read twice, and for no other.
     */
    boolean holds(Table nowOwn, Table nowDevice, long nowLook) {
      return own == nowOwn
          && device == nowDevice
          && (look == nowLook || around == nowDevice.mounts());
    }
  }

  MountTables(Reader reader) {
    this.reader = reader;
  }

  /** A look at the device begins. */
  void begin() {
    look++;
    device = deviceTable();
  }

  /**
   * The mounts of one app.
   *
   * @param own its table, asked for as often as it takes; empty if none of its processes shows it
   * @param places what a new table is asked for
   */
  Seen read(
      String controlGroup,
      Supplier<Optional<Own>> own,
      Supplier<SortedMap<String, String>> places) {
    if (tables.size() >= MOST_APPS) {
      tables.clear();
      settled.clear();
    }
    Supplier<Optional<Table>> asked =
        () -> own.get().flatMap(it -> table(controlGroup, it, places));
    Optional<Table> table = asked.get();
    Settled before = settled.getOrDefault(controlGroup, Settled.NEVER);
    boolean stands = table.filter(it -> before.holds(it, device, look)).isPresent();
    List<Mount> around = stands ? before.around() : device.mounts();
    for (int tries = 0; !stands && tries < STEADY_TRIES; tries++) {
      around = around();
      Optional<Table> again = asked.get();
      stands = again.equals(table);
      table = again;
    }
    List<Mount> compared = around;
    table.ifPresent(it -> settled.put(controlGroup, new Settled(it, device, compared, look)));
    Table found = table.orElse(Table.NONE);
    return new Seen(found.mounts(), around, found.places());
  }

  /** The text of the table of an app, as it was last read; empty if there was none. */
  String text(String controlGroup) {
    return tables.getOrDefault(controlGroup, Table.NONE).text();
  }

  /** The same of the device. */
  String text() {
    return device.text();
  }

  private Optional<Table> table(
      String controlGroup, Own own, Supplier<SortedMap<String, String>> places) {
    Table known = tables.get(controlGroup);
    if (known != null && known.is(own.namespace(), own.text())) {
      return Optional.of(known);
    }
    try {
      var table = new Table(own.namespace(), own.text(), Mount.parse(own.text()), places.get());
      tables.put(controlGroup, table);
      return Optional.of(table);
    } catch (IllegalArgumentException e) {
      // What cannot be read shows nothing.
      return Optional.empty();
    }
  }

  private Table deviceTable() {
    try {
      String text = reader.read();
      return device.is("", text)
          ? device
          : new Table("", text, Mount.parse(text), Collections.emptySortedMap());
    } catch (IOException | IllegalArgumentException e) {
      return Table.NONE;
    }
  }

  /**
   * The mounts of the device before and after a table of an app that is new was read: what the
   * device mounts or unmounts meanwhile comes to the app at the same moment. A mount that is gone
   * from the app's table when that is read once more may have been the device's in between.
   */
  private List<Mount> around() {
    Table after = deviceTable();
    if (after == device) {
      return device.mounts();
    }
    var both = new ArrayList<>(device.mounts());
    both.addAll(after.mounts());
    return List.copyOf(both);
  }
}
