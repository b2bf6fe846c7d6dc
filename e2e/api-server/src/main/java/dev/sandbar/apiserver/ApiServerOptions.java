package dev.sandbar.apiserver;

import java.util.List;
import java.util.stream.Stream;

/**
 * How a control plane differs from the usual one.
 *
 * @param apiServerFlags further arguments of kube-apiserver; the last one of a name counts
 * @param controllerManagerFlags further arguments of kube-controller-manager
 * @param bindAddress the address it listens on
 * @param addresses further addresses that clients reach it by; its certificate holds them
 * @param controllerManager whether kube-controller-manager runs, if there is one
 */
public record ApiServerOptions(
    List<String> apiServerFlags,
    List<String> controllerManagerFlags,
    String bindAddress,
    List<String> addresses,
    boolean controllerManager) {

  /** Copies the lists. */
  public ApiServerOptions {
    apiServerFlags = List.copyOf(apiServerFlags);
    controllerManagerFlags = List.copyOf(controllerManagerFlags);
    addresses = List.copyOf(addresses);
  }

  /**
   * Loopback, and a certificate that also holds the addresses of the hosts beside virtual devices.
   */
  public static ApiServerOptions usual() {
    return new ApiServerOptions(
        List.of(),
        List.of(),
        "127.0.0.1",
        List.of("192.0.2.1", "198.51.100.2", "192.168.77.2"),
        true);
  }

  /** Returns the same with further arguments of kube-apiserver. */
  public ApiServerOptions withApiServerFlags(String... flags) {
    return new ApiServerOptions(
        join(apiServerFlags, flags),
        controllerManagerFlags,
        bindAddress,
        addresses,
        controllerManager);
  }

  /** Returns the same with further arguments of kube-controller-manager. */
  public ApiServerOptions withControllerManagerFlags(String... flags) {
    return new ApiServerOptions(
        apiServerFlags,
        join(controllerManagerFlags, flags),
        bindAddress,
        addresses,
        controllerManager);
  }

  /** Returns the same listening on another address of this machine. */
  public ApiServerOptions withBindAddress(String address) {
    return new ApiServerOptions(
        apiServerFlags, controllerManagerFlags, address, addresses, controllerManager);
  }

  /** Returns the same with further addresses in the certificate. */
  public ApiServerOptions withAddresses(String... more) {
    return new ApiServerOptions(
        apiServerFlags,
        controllerManagerFlags,
        bindAddress,
        join(addresses, more),
        controllerManager);
  }

  /** Returns the same without kube-controller-manager: nothing is signed, collected or cleaned. */
  public ApiServerOptions withoutControllerManager() {
    return new ApiServerOptions(
        apiServerFlags, controllerManagerFlags, bindAddress, addresses, false);
  }

  private static List<String> join(List<String> list, String... more) {
    return Stream.concat(list.stream(), Stream.of(more)).toList();
  }
}
