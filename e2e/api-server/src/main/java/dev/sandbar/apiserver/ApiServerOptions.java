package dev.sandbar.apiserver;

import java.util.List;

/**
 * How a control plane differs from the usual one.
 *
 * @param apiServerFlags further arguments of kube-apiserver; the last one of a name counts
 * @param controllerManager whether kube-controller-manager runs, if there is one; without it
 *     nothing is signed, collected or cleaned
 */
public record ApiServerOptions(List<String> apiServerFlags, boolean controllerManager) {

  /** Nothing differs. */
  public static final ApiServerOptions USUAL = new ApiServerOptions(List.of(), true);

  /** Copies the list. */
  public ApiServerOptions {
    apiServerFlags = List.copyOf(apiServerFlags);
  }
}
