package dev.sandbar.core.probe;

import java.util.List;

/**
 * The addresses that the kit sends packets to.
 *
 * @param internet4 stands for the internet
 * @param internet6 likewise
 * @param local4 stands for the local network
 * @param local6 likewise
 */
public record ProbeTargets(String internet4, String internet6, String local4, String local6) {

  /** Addresses of documentation, and private ones: what is sent there reaches nobody. */
  public static final ProbeTargets DEFAULT =
      new ProbeTargets("198.51.100.2", "2001:db8:77::2", "192.168.77.2", "fd77::2");

  /** The arguments that give them to the kit. */
  public List<String> arguments() {
    return List.of(
        "--target4", internet4, "--target6", internet6, "--lan4", local4, "--lan6", local6);
  }
}
