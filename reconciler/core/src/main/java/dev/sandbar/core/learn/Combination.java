package dev.sandbar.core.learn;

import java.util.Collections;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;

/** What the observations of several devices come to. */
public sealed interface Combination {

  /**
   * One spec for all of them.
   *
   * @param devices by their names
   * @param taken what takes each entry of the spec, and where
   * @param sent fields of the spec that stood in the unit file or the manifest that the devices
   *     sent: nothing of what was seen is the reason for them
   */
  record Combined(LearnedSpec spec, List<Seen> devices, List<Taken> taken, List<String> sent)
      implements Combination {
    public Combined {
      devices = List.copyOf(devices);
      taken = List.copyOf(taken);
      sent = List.copyOf(sent);
    }
  }

  /**
   * No spec is for all of them.
   *
   * @param help what to do instead
   */
  record Refused(String what, String help) implements Combination {}

  /**
   * How well a device was seen.
   *
   * @param observations that there are of it; together they count once
   * @param seconds that it was watched for, altogether
   * @param fromStart whether the service was watched from its start on each time, system calls
   *     included
   * @param blind why system calls were not seen at a time; empty if they always were
   */
  record Seen(String device, int observations, long seconds, boolean fromStart, String blind) {}

  /**
   * A permission, or the system calls beside them.
   *
   * @param name in the spec
   * @param devices where the service took it
   * @param causes what it did there: first what it did on the fewest devices
   */
  record Taken(String name, SortedSet<String> devices, List<Cause> causes) {
    public Taken {
      devices = Collections.unmodifiableSortedSet(new TreeSet<>(devices));
      causes = List.copyOf(causes);
    }
  }

  /**
   * One thing that the service did.
   *
   * @param what as the end of a sentence
   */
  record Cause(String what, SortedSet<String> devices) {
    public Cause {
      devices = Collections.unmodifiableSortedSet(new TreeSet<>(devices));
    }
  }
}
