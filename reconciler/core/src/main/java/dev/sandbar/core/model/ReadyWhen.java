package dev.sandbar.core.model;

/**
 * When an app is ready although some of its devices are unreachable. Those that are reachable have
 * to be ready in any case.
 *
 * @param reachable how many percent of the selected devices have to be reachable
 */
public record ReadyWhen(int reachable) {

  /** Every device has to be reachable. */
  public static final ReadyWhen ALL = new ReadyWhen(100);

  /** Whether so many of so many devices are enough. */
  public boolean isEnough(int reachableDevices, int devices) {
    return 100L * reachableDevices >= (long) reachable * devices;
  }
}
