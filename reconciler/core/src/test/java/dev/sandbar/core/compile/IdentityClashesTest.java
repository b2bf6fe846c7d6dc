package dev.sandbar.core.compile;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.Diagnostic;
import dev.sandbar.core.model.FlowText;
import dev.sandbar.core.model.Problem;
import java.util.HashMap;
import java.util.List;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** Apps whose names were searched for until they share what a short hash stands for. */
class IdentityClashesTest {

  private static final String OWN =
      "{run: {command: [/usr/bin/app]}, network: Own, permissions: {internet: true}%s}";

  /** Two names with one address: of 27 bits they are found within some ten thousand. */
  private static List<String> sharing() {
    var names = new HashMap<String, String>();
    for (int i = 0; ; i++) {
      String name = "pump-" + i;
      String other = names.put(OwnNetwork.address(new AppName(name)), name);
      if (other != null) {
        return List.of(other, name);
      }
    }
  }

  private static TreeMap<AppName, Compilation> compiled(List<String> names, String... more) {
    var compiled = new TreeMap<AppName, Compilation>();
    for (int i = 0; i < names.size(); i++) {
      String spec = OWN.formatted(i < more.length ? more[i] : "");
      compiled.put(
          new AppName(names.get(i)),
          Compiler.compile(FlowText.read(names.get(i), spec), TestDevice.with(257)));
    }
    return compiled;
  }

  @Test
  void appsWithOneAddressAreAllRefused() {
    List<String> names = sharing();
    String address = OwnNetwork.address(new AppName(names.getFirst()));
    var compiled = compiled(List.of(names.getFirst(), names.getLast(), "other"));

    assertThat(AppClashes.refuse(compiled))
        .hasSize(2)
        .allSatisfy(
            it -> {
              assertThat(it.problem()).isEqualTo(Problem.CONFLICT);
              assertThat(it.message())
                  .startsWith("network: Own: apps ")
                  .contains(names.getFirst(), names.getLast(), address);
              assertThat(it.help()).contains("rename one of them");
            })
        .extracting(Diagnostic::message)
        .doesNotHaveDuplicates();
    assertThat(compiled.values())
        .filteredOn(Compilation.Rejected.class::isInstance)
        .extracting(Compilation::name)
        .containsExactlyInAnyOrder(new AppName(names.getFirst()), new AppName(names.getLast()));
  }

  @Test
  void appsOfDifferentDevicesMayShareOne() {
    assertThat(
            AppClashes.refuse(
                compiled(
                    sharing(),
                    ", devices: {matchLabels: {site: berlin}}",
                    ", devices: {matchLabels: {site: hamburg}}")))
        .isEmpty();
  }
}
