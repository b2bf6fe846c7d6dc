package dev.sandbar.core.model;

import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What all apps together may take, in the terms of systemd.resource-control(5), so that the agent
 * and the device's own services get their share whatever apps do.
 *
 * @param memoryMax bytes, percent of the device's memory, or {@code infinity}
 * @param tasksMax a count, percent of the device's tasks, or {@code infinity}
 * @param cpuWeight 1 to 10000, where the device's own services have 100
 * @param ioWeight the same for the disk
 */
public record SliceLimits(String memoryMax, String tasksMax, int cpuWeight, int ioWeight) {

  /** What holds on a device whose owner says nothing. */
  public static final SliceLimits DEFAULT = new SliceLimits("80%", "50%", 50, 50);

  /** As directives of the slice, by name. */
  public SortedMap<String, String> directives() {
    var directives = new TreeMap<String, String>();
    directives.put("CPUWeight", Integer.toString(cpuWeight));
    directives.put("IOWeight", Integer.toString(ioWeight));
    directives.put("MemoryMax", memoryMax);
    directives.put("TasksMax", tasksMax);
    return directives;
  }
}
