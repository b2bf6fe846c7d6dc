package dev.sandbar.core.attest;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.attest.KernelFacts.Outside;
import dev.sandbar.core.attest.KernelFacts.ProcessFacts;
import dev.sandbar.core.property.Evidence;
import dev.sandbar.core.property.Value;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** Made again under its name, a namespace is another one, and the app is still in the former. */
class NamedNetworkCheckTest {
  private static final String PATH = "/run/netns/plant";

  private static Finding found(String ofApp, Map<String, String> ofDevice) {
    var main =
        new ProcessFacts(
            10,
            "pump",
            new TreeSet<>(List.of(61200)),
            new TreeSet<>(List.of(61200)),
            "0077",
            true,
            2,
            31,
            new TreeMap<>(),
            new TreeMap<>(),
            new TreeMap<>(Map.of("net", ofApp)),
            0,
            "",
            false);
    var kernel =
        new KernelFacts(
            "/sandbar.slice/sandbar-pump.service",
            List.of(main),
            0,
            List.of(),
            List.of(),
            new TreeMap<>(),
            new TreeMap<>(),
            new TreeMap<>(ofDevice),
            new TreeMap<>(),
            CallFilters.UNREAD,
            Outside.NOTHING);
    return new KernelChecks(kernel, false)
        .of(Evidence.NETWORK_NAMESPACE, "NetworkNamespacePath", new Value.Text(PATH));
  }

  @Test
  void onlyTheOneThatHasTheNameNowHolds() {
    assertThat(found("net:[7]", Map.of("net", "net:[1]", PATH, "net:[7]")))
        .isInstanceOf(Finding.Holds.class);
    assertThat(found("net:[8]", Map.of("net", "net:[1]", PATH, "net:[7]")))
        .isInstanceOfSatisfying(
            Finding.Lacks.class,
            it ->
                assertThat(it.shown())
                    .contains("net:[8] and not net:[7] of /run/netns/plant in process 10 (pump)"));
    assertThat(found("net:[1]", Map.of("net", "net:[1]", PATH, "net:[7]")))
        .isInstanceOf(Finding.Lacks.class);
  }

  /** Nothing can be said of it, and a restart would only end the app. */
  @Test
  void whereNothingHasTheNameItIsNoDrift() {
    assertThat(found("net:[8]", Map.of("net", "net:[1]"))).isInstanceOf(Finding.Silent.class);
    assertThat(found("net:[1]", Map.of("net", "net:[1]"))).isInstanceOf(Finding.Lacks.class);
  }
}
