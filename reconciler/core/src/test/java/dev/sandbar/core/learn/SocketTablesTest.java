package dev.sandbar.core.learn;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SocketTablesTest {

  private static final String TCP =
      """
        sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
         0: 00000000:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 11 1 0 100 0 0 10 0
         1: 0100007F:1F90 0100007F:D431 01 00000000:00000000 00:00000000 00000000     0        0 12 1 0 20 4 30 10 -1
         2: 0100007F:D431 0100007F:01BB 01 00000000:00000000 00:00000000 00000000     0        0 13 1 0 20 4 30 10 -1
         3: 00000000:0050 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 99 1 0 100 0 0 10 0
         4: nonsense
      """;

  private static List<String> uses(String name, String text, String... inodes) {
    return SocketTables.uses(name, text, Set.of(inodes)).stream()
        .map(Use::toString)
        .collect(Collectors.toList());
  }

  @Test
  void ofTheTableOnlyTheSocketsOfTheProcessCount() {
    assertThat(SocketTables.uses("tcp", TCP, Set.of("11", "12", "13")))
        .extracting(it -> it.getClass().getSimpleName())
        .containsExactly("Bound", "Met", "Flow", "Reached", "Flow");
    assertThat(uses("tcp", TCP, "11").getFirst()).contains("TCP", "8080");
    assertThat(uses("tcp", TCP, "4")).isEmpty();
    assertThat(uses("tcp", TCP, "")).as("a line without an inode is none").isEmpty();
  }

  @Test
  void udpIsBoundOrTalksToSomebody() {
    String text =
        """
         10: 00000000:0035 00000000:0000 07 00000000:00000000 00:00000000 00000000 0 0 21 2 0 0
         11: 0100007F:9C40 0100007F:0035 01 00000000:00000000 00:00000000 00000000 0 0 22 2 0 0
         12: 00000000:0000 00000000:0000 07 00000000:00000000 00:00000000 00000000 0 0 23 2 0 0
        """;
    assertThat(SocketTables.uses("udp", text, Set.of("21", "22", "23")))
        .extracting(it -> it.getClass().getSimpleName())
        .containsExactly("Bound", "Reached", "Flow");
  }

  @Test
  void whoDoesNotAnswerIsWaitedFor() {
    String text =
        """
         0: 0A00000A:D431 026433C6:1F90 02 00000001:00000000 01:00000000 00000000 0 0 11 2 0 0
         1: 0A00000A:D432 026433C6:1F90 01 00000000:00000000 00:00000000 00000000 0 0 12 2 0 0
         2: 0A00000A:D433 026433C6:1F91 02 00000001:00000000 01:00000000 00000000 0 0 99 2 0 0
        """;
    Set<String> own = Set.of("11", "12");
    assertThat(SocketTables.waiting("tcp", text, own))
        .extracting(it -> it.protocol() + " " + it.peer())
        .containsExactly("TCP 198.51.100.2:8080");
    assertThat(SocketTables.waiting("udp", text, own))
        .extracting(it -> it.protocol() + " " + it.peer())
        .containsExactly("UDP 198.51.100.2:8080");
    assertThat(SocketTables.waiting("tcp6", "nonsense 02\n\n", own)).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "unix, '0000000000000000: 00000003 00000000 00000000 0001 03 31 /run/x', AF_UNIX",
    "netlink, '0000000000000000 0   1    00000001 0 0 0 2 0 31', AF_NETLINK",
    "packet, '0000000000000000 3 3 0003 2 1 0 0 31', AF_PACKET",
    "raw6, '1: 00000000:00FF 00000000:0000 07 0:0 00:0 0 0 0 31 2 0 0', raw packets",
  })
  void familiesHaveTablesOfTheirOwn(String name, String line, String family) {
    assertThat(SocketTables.uses(name, line + "\n", Set.of("31")))
        .containsExactly(new Use.Family(family));
  }
}
