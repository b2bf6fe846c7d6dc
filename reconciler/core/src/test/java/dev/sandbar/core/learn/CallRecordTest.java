package dev.sandbar.core.learn;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.model.Permissions.Port.Protocol;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Bytes of system calls and tables. */
class CallRecordTest {

  private static byte[] hex(String text) {
    return HexFormat.of().parseHex(text);
  }

  private static byte[] text(String text) {
    return Arrays.copyOf(text.getBytes(StandardCharsets.ISO_8859_1), 112);
  }

  @ParameterizedTest
  @CsvSource({
    "0200 01bb cb007107 0000000000000000, 203.0.113.7:443",
    "0a00 0035 00000000 20010db8000000000000000000000001 00000000, [2001:db8::1]:53",
    "0a00 0035 00000000 00000000000000000000ffffc0a80101 00000000, 192.168.1.1:53",
    "0100 2f72756e2f780000, /run/x",
    "0100 00666f6f00, @foo"
  })
  void anAddressIsReadAsTheKernelHasIt(String bytes, String shown) {
    byte[] padded = Arrays.copyOf(hex(bytes.replace(" ", "")), 112);
    assertThat(new CallRecord("connect", 0, padded).use())
        .hasValueSatisfying(
            use ->
                assertThat(use)
                    .isInstanceOfSatisfying(
                        Use.Reached.class, it -> assertThat(it.at()).hasToString(shown)));
  }

  @ParameterizedTest
  @CsvSource({"''", "02", "0200", "020001bb", "0a000035", "0100", "0100000000", "1000aabb"})
  void whatIsNoAddressIsNone(String bytes) {
    assertThat(SocketAddress.parse(hex(bytes))).isEmpty();
  }

  @Test
  void aFileThatIsWrittenOrOfTheSystemShows() {
    assertThat(new CallRecord("openat", 1, text("/var/lib/a")).use())
        .contains(new Use.Wrote("/var/lib/a"));
    assertThat(new CallRecord("open", 0, text("/dev/gpiochip0")).use())
        .contains(new Use.Device("/dev/gpiochip0", false));
    assertThat(new CallRecord("openat", 0, text("/proc/stat")).use())
        .contains(new Use.ReadProc("/proc/stat"));
    assertThat(new CallRecord("openat", 0, text("/etc/hosts")).use())
        .contains(new Use.ReadSettings("/etc/hosts"));
    assertThat(new CallRecord("openat", 0, text("/srv/x")).use()).isEmpty();
    assertThat(new CallRecord("openat", 2, text("relative")).use()).isEmpty();
    assertThat(new CallRecord("openat", 2, text("/proc/self/oom_score_adj")).use()).isEmpty();
    assertThat(new CallRecord("openat", 2, text("/dev/shm/x")).use())
        .contains(new Use.Wrote("/dev/shm/x"));
  }

  /** What a service names could be made to look like a line of ours, or to move a cursor. */
  @Test
  void aNameHasNoControlCharacters() {
    assertThat(new CallRecord("openat", 1, text("/var/a\nnote: \u001b[2J")).use())
        .contains(new Use.Wrote("/var/a\uFFFDnote: \uFFFD[2J"));
    assertThat(SocketAddress.parse(hex("01002f610a62")))
        .contains(new SocketAddress.Unix("/a\uFFFDb"));
  }

  @Test
  void aPortIsLearnedFromACallAndOfWhichProtocolOnlyWhereTheKernelPicksIt() {
    assertThat(new CallRecord("bind", 0, hex("0200000000000000")).use())
        .hasValueSatisfying(
            use ->
                assertThat(use)
                    .isInstanceOfSatisfying(
                        Use.Bound.class, it -> assertThat(it.protocol()).isEqualTo(Protocol.UDP)));
    assertThat(new CallRecord("bind", 0, hex("020001bb00000000")).use())
        .containsInstanceOf(Use.Chosen.class);
    assertThat(new CallRecord("bind", 0, hex("020000007f000001")).use()).isEmpty();
    assertThat(new CallRecord("bind", 0, hex("01002f7800")).use())
        .contains(new Use.Offered(new SocketAddress.Unix("/x")));
    assertThat(new CallRecord("socket", 17, new byte[0]).use())
        .contains(new Use.Family("AF_PACKET"));
    assertThat(new CallRecord("socket", 99, new byte[0]).use()).contains(new Use.Family("99"));
    assertThat(new CallRecord("read", 1, text("/etc/passwd")).use()).isEmpty();
  }

  /** Whoever resolves names makes such a socket, and asks for addresses. */
  @Test
  void netlinkIsLearnedFromWhatIsAskedThere() {
    byte[] plain = hex("100000000000000000000000");
    var family = new Use.Family("AF_NETLINK");
    assertThat(new CallRecord("socket", 16, new byte[0]).use()).isEmpty();
    assertThat(new CallRecord("bind", 0, plain).use()).isEmpty();
    assertThat(new CallRecord("bind", 0, hex("100000000000000001000000")).use()).contains(family);
    assertThat(new CallRecord("sendto", 22, plain).use()).isEmpty();
    assertThat(new CallRecord("sendto", 18, plain).use()).contains(family);
    assertThat(new CallRecord("sendmsg", 0, plain).use()).contains(family);
    assertThat(new CallRecord("connect", 0, plain).use()).isEmpty();
  }

  @Test
  void theTableOfConnectionsShowsWhoCame() {
    String table =
        """
          sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid
           0: 00000000:075B 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0
           1: 0101A8C0:075B 0901A8C0:D431 01 00000000:00000000 00:00000000 00000000     0
           2: 0101A8C0:075B 0A01A8C0:D432 06 00000000:00000000 00:00000000 00000000     0
           3: 0101A8C0:9999 0B01A8C0:01BB 01 00000000:00000000 00:00000000 00000000     0
           4: broken
           5: 0101A8C0:075B zz01A8C0:D432 01 00000000:00000000 00:00000000 00000000     0
        """;
    assertThat(TcpTable.peers(table, Set.of(1883)))
        .map(TcpTable.Peer::address)
        .map(SocketAddress.Internet::toString)
        .isEqualTo(List.of("192.168.1.9:54321", "192.168.1.10:54322"));
    String six =
        "  1: B80D0120000000000000000001000000:0050 0000000000000000FFFF00000901A8C0:D431 01 0:0";
    assertThat(TcpTable.peers(six, Set.of(80)))
        .map(TcpTable.Peer::address)
        .map(SocketAddress.Internet::toString)
        .isEqualTo(List.of("192.168.1.9:54321"));
  }
}
