package dev.sandbar.core.attest;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.attest.Finding.Holds;
import dev.sandbar.core.attest.Finding.Lacks;
import dev.sandbar.core.attest.KernelFacts.Mount;
import dev.sandbar.core.attest.KernelFacts.Outside;
import dev.sandbar.core.property.Value;
import java.util.List;
import java.util.TreeMap;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class PressureCheckTest {
  private static final String ROOT = "36 35 0:30 / / ro - ext4 /dev/vda1 ro\n";
  private static final String GROUP = "/sys/fs/cgroup/sandbar.slice/sandbar-pump.service/";

  private static Finding of(String directive, String... points) {
    var table = new StringBuilder(ROOT);
    for (String point : points) {
      table.append("77 36 0:38 / ").append(point).append(" rw - cgroup2 cgroup2 rw\n");
    }
    return new MountChecks(
            new KernelFacts(
                "/sandbar.slice/sandbar-pump.service",
                List.of(),
                0,
                Mount.parse(table.toString()),
                List.of(),
                new TreeMap<>(),
                new TreeMap<>(),
                new TreeMap<>(),
                new TreeMap<>(),
                CallFilters.UNREAD,
                Outside.NOTHING))
        .of(directive, new Value.Text("no"));
  }

  @ParameterizedTest
  @CsvSource({"Memory,memory", "CPU,cpu", "IO,io"})
  void aFileToWatchPressureIsFoundWhereverTheAppSeesItsControlGroup(String kind, String file) {
    String directive = kind + "PressureWatch";
    String name = file + ".pressure";
    assertThat(of(directive)).isEqualTo(new Holds(name + " not mounted"));
    assertThat(of(directive, "/sys/fs/cgroup/other.pressure", "/srv/" + name))
        .isInstanceOf(Holds.class);
    for (String point : List.of("/sys/fs/cgroup/" + name, GROUP + name)) {
      assertThat(of(directive, point)).isEqualTo(new Lacks(point + " mounted"));
    }
  }
}
