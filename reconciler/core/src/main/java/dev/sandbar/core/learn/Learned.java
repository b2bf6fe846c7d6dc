package dev.sandbar.core.learn;

import dev.sandbar.core.model.Node;
import dev.sandbar.core.model.Permission;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What a service needs, by what it was seen to do.
 *
 * @param permissions that it takes
 * @param systemCalls that no permission is for, and an app can be given all the same
 * @param notes what an app cannot have, or what to look at
 */
public record Learned(
    SortedMap<Permission, Wanted> permissions, SortedSet<String> systemCalls, List<Note> notes) {

  public Learned {
    permissions = Collections.unmodifiableSortedMap(new TreeMap<>(permissions));
    systemCalls = Collections.unmodifiableSortedSet(new TreeSet<>(systemCalls));
    notes = List.copyOf(notes);
  }

  /**
   * What a service needs on every device that it was seen on: all that it needs on any of them.
   *
   * @param devices what it needs on each
   * @param together by all that it did on any of them
   */
  static Learned joined(Collection<Learned> devices, Learned together) {
    var permissions = new TreeMap<>(together.permissions());
    // Two permissions may do for the same; what one device needs does not end by what others do.
    devices.forEach(device -> device.permissions().forEach(permissions::putIfAbsent));
    var notes = new ArrayList<>(together.notes());
    Wanted loopback = together.permissions().get(Permission.INTERNET_TO);
    boolean wide = devices.stream().map(Learned::permissions).anyMatch(Learned::isWide);
    if (wide || loopback == null) {
      // It narrows what others need.
      permissions.remove(Permission.INTERNET_TO);
    }
    if (wide && loopback != null) {
      notes.add(new Note(String.join("; ", loopback.because()), NetworkLessons.WITHOUT_LOOPBACK));
    }
    return new Learned(permissions, together.systemCalls(), notes);
  }

  /** Whether it is all of the internet. */
  private static boolean isWide(SortedMap<Permission, Wanted> permissions) {
    return permissions.containsKey(Permission.INTERNET)
        && !permissions.containsKey(Permission.INTERNET_TO);
  }

  /**
   * A permission.
   *
   * @param value in a spec
   * @param because what the service did that takes it, each as the end of a sentence
   */
  public record Wanted(Node value, List<String> because) {
    public Wanted {
      because = List.copyOf(because);
    }
  }

  /**
   * Something for people.
   *
   * @param what the service does
   * @param help why that is not in the spec, and what to do
   * @param change whether that has to be done before the app can run
   */
  public record Note(String what, String help, boolean change) {
    public Note(String what, String help) {
      this(what, help, false);
    }
  }
}
