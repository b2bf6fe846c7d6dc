package dev.sandbar.core.plan;

import dev.sandbar.core.compile.BusProxy;
import dev.sandbar.core.compile.CompiledApp;
import java.util.List;
import java.util.Map;

/**
 * The filter between an app and the system bus. It is in another unit than the app's, so what
 * systemd says of the app is silent about it.
 */
final class ProxyLayer {

  private static final String NONE = "none";

  private ProxyLayer() {}

  /**
   * @param seen empty if nothing was read
   */
  static void compare(CompiledApp desired, Map<BusProxy.Part, String> seen, List<Difference> out) {
    if (seen.isEmpty()) {
      return;
    }
    BusProxy.of(desired.spec())
        .ifPresent(
            proxy ->
                proxy
                    .declared()
                    .forEach(
                        (part, declared) -> {
                          String found = seen.getOrDefault(part, NONE);
                          if (!found.equals(declared)) {
                            out.add(
                                new Difference(
                                    desired.unit(),
                                    new Subject.Proxy(proxy.unit(), part),
                                    declared,
                                    found));
                          }
                        }));
  }
}
