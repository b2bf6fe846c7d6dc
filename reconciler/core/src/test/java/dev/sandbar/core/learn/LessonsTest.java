package dev.sandbar.core.learn;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.catalog.PermissionCatalog;
import dev.sandbar.core.compile.ClosedMode;
import dev.sandbar.core.learn.Use.Trait;
import dev.sandbar.core.model.Cidr;
import dev.sandbar.core.model.Node;
import dev.sandbar.core.model.Permission;
import dev.sandbar.core.model.Permissions.Port.Protocol;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What permissions things take. */
class LessonsTest {

  private static SocketAddress.Internet at(String host, int port) {
    return new SocketAddress.Internet(Cidr.parse(host).orElseThrow(), port);
  }

  private static Use reached(String host, int port) {
    return new Use.Reached(at(host, port));
  }

  private static Use unix(String path) {
    return new Use.Reached(new SocketAddress.Unix(path));
  }

  static Stream<Arguments> uses() {
    return Stream.of(
        Arguments.of(reached("203.0.113.7", 443), "internet"),
        Arguments.of(reached("2001:4860::1", 443), "internet"),
        Arguments.of(reached("192.168.1.9", 1883), "localNetwork"),
        Arguments.of(reached("fe80::1", 1883), "localNetwork"),
        Arguments.of(reached("127.0.0.53", 53), "internet"),
        Arguments.of(reached("::1", 53), "internet"),
        Arguments.of(reached("192.168.1.1", 53), "internet"),
        Arguments.of(new Use.Met(at("192.168.1.9", 40000)), "localNetwork"),
        Arguments.of(new Use.Met(at("203.0.113.7", 40000)), "internet"),
        Arguments.of(new Use.Bound(Protocol.TCP, at("0.0.0.0", 1883)), "localNetwork ports"),
        Arguments.of(new Use.Bound(Protocol.UDP, at("::", 53)), "localNetwork ports"),
        Arguments.of(unix("/run/cups/cups.sock"), "unixSockets"),
        Arguments.of(reached("127.0.0.1", 6379), "internet internetTo"),
        Arguments.of(new Use.Met(at("::1", 4000)), "internet internetTo"),
        Arguments.of(
            new Use.Bound(Protocol.TCP, at("127.0.0.1", 8125)), "internet internetTo ports"),
        Arguments.of(new Use.Given(Protocol.TCP, at("0.0.0.0", 80)), "ports"),
        Arguments.of(new Use.ReadProc("/proc/net/dev"), "networkStatus systemInfo"),
        Arguments.of(new Use.ReadProc("/proc/self/net/route"), "networkStatus"),
        Arguments.of(new Use.Family("AF_NETLINK"), "networkStatus"),
        Arguments.of(new Use.Family("AF_CAN"), "canBus"),
        Arguments.of(new Use.Device("/dev/ttyUSB0", true), "serial"),
        Arguments.of(new Use.Device("/dev/video3", true), "camera"),
        Arguments.of(new Use.Device("/dev/dri/card0", true), "gpu"),
        Arguments.of(new Use.Device("/dev/snd/pcmC0D0p", true), "audio"),
        Arguments.of(new Use.Device("/dev/tpmrm0", true), "tpm"),
        Arguments.of(new Use.Device("/dev/hwrng", false), "hardwareRandom"),
        Arguments.of(new Use.Device("/dev/gpiochip4", true), "gpio"),
        Arguments.of(new Use.Device("/dev/i2c-1", true), "i2c"),
        Arguments.of(new Use.Device("/dev/spidev10.1", true), "spi"),
        Arguments.of(new Use.Device("/dev/i2c-30", true), "devices"),
        Arguments.of(new Use.Wrote("/var/lib/app/db"), "state"),
        Arguments.of(new Use.Wrote("/var/cache/app/x"), "cache"),
        Arguments.of(new Use.Wrote("/var/log/app.log"), "logs"),
        Arguments.of(new Use.ReadProc("/proc/stat"), "systemInfo"),
        Arguments.of(new Use.ReadProc("/proc/77/cmdline"), "otherApps"),
        Arguments.of(new Use.Has(Trait.WRITABLE_CODE), "jit"),
        Arguments.of(new Use.Has(Trait.CODE_IN_DATA), "runFromData"),
        Arguments.of(new Use.Has(Trait.LOCKED_MEMORY), "lockMemory"),
        Arguments.of(new Use.Has(Trait.REALTIME), "realtime"),
        Arguments.of(new Use.Called("mlockall"), "lockMemory"),
        Arguments.of(new Use.Called("keyctl"), "keyring"),
        Arguments.of(new Use.Called("ptrace"), "debug"),
        Arguments.of(new Use.Called("setpriority"), "scheduling"),
        Arguments.of(new Use.Called("sched_setscheduler"), "scheduling"),
        Arguments.of(new Use.Called("memfd_create"), "runFromData"));
  }

  @ParameterizedTest
  @MethodSource("uses")
  void oneThingTakesJustThese(Use use, String permissions) {
    Learned learned = Lessons.of(List.of(use));
    assertThat(learned.permissions().keySet().stream().map(Permission::key))
        .containsExactlyInAnyOrder(permissions.split(" "));
    assertThat(learned.permissions().values()).allMatch(it -> !it.because().isEmpty());
  }

  static Stream<Use> ordinary() {
    return Stream.of(
        new Use.Called("read"),
        new Use.Called("accept4"),
        new Use.Family("AF_INET"),
        new Use.Family("AF_UNIX"),
        reached("198.51.100.1", 0),
        unix("/run/systemd/journal/stdout"),
        unix("/run/systemd/notify"),
        new Use.Device("/dev/urandom", false),
        new Use.Device("/dev/pts/3", true),
        new Use.Chosen(at("0.0.0.0", 45678)),
        new Use.Wrote("/tmp/x"),
        new Use.ReadProc("/proc/self/status"));
  }

  @ParameterizedTest
  @MethodSource("ordinary")
  void whatEveryAppMayDoTakesNothing(Use use) {
    Learned learned = Lessons.of(List.of(use));
    assertThat(learned.permissions()).isEmpty();
    assertThat(learned.systemCalls()).isEmpty();
    assertThat(learned.notes()).isEmpty();
  }

  static Stream<Arguments> impossible() {
    return Stream.of(
        Arguments.of(new Use.Called("swapon"), "no app gets it"),
        Arguments.of(new Use.Called("mount"), "permissions.nestedSandbox opens it"),
        Arguments.of(new Use.Called("setuid"), "user of its own"),
        Arguments.of(new Use.Called("fchown"), "user of its own"),
        Arguments.of(new Use.Called("499"), "nobody knows"),
        Arguments.of(new Use.Family("AF_PACKET"), "permissions.rawNetwork: true"),
        Arguments.of(new Use.Family("AF_TIPC"), "no permission opens this family"),
        Arguments.of(unix("/run/dbus/system_bus_socket"), "permissions.dbus: {talk: [...]}"),
        Arguments.of(unix("/var/run/dbus/system_bus_socket"), "permissions.dbus: {talk: [...]}"),
        Arguments.of(new Use.Bound(Protocol.UDP, at("0.0.0.0", 45678)), "--restart shows"),
        Arguments.of(unix("/dev/log"), "standard output"),
        Arguments.of(new Use.Wrote("/etc/app.conf"), "no permission opens that"),
        Arguments.of(new Use.Has(Trait.IO_URING), "permissions.asyncIO"),
        Arguments.of(new Use.Has(Trait.OWN_NAMESPACE), "permissions.nestedSandbox"),
        Arguments.of(new Use.ReadProc("/proc/meminfo"), "most programs do without"));
  }

  @ParameterizedTest
  @MethodSource("impossible")
  void whatNoAppCanHaveIsNamed(Use use, String help) {
    Learned learned = Lessons.of(List.of(use));
    assertThat(learned.permissions()).isEmpty();
    assertThat(learned.systemCalls()).isEmpty();
    assertThat(learned.notes())
        .singleElement()
        .satisfies(it -> assertThat(it.help()).contains(help));
  }

  @Test
  void ofTwoPermissionsThatOpenACallTheOneThatIsTakenAnywayStands() {
    assertThat(
            Lessons.of(List.of(new Use.Called("memfd_create"), new Use.Has(Trait.WRITABLE_CODE)))
                .permissions())
        .containsOnlyKeys(Permission.JIT);
    assertThat(
            Lessons.of(List.of(new Use.Called("sched_setscheduler"), new Use.Has(Trait.REALTIME)))
                .permissions())
        .containsOnlyKeys(Permission.REALTIME);
  }

  @Test
  void aNameServerOnTheLocalNetworkIsReachedWithWhateverElseIs() {
    assertThat(
            Lessons.of(List.of(reached("192.168.1.1", 53), reached("192.168.1.9", 80)))
                .permissions())
        .containsOnlyKeys(Permission.LOCAL_NETWORK);
    assertThat(
            Lessons.of(List.of(reached("192.168.1.1", 53), reached("203.0.113.1", 80)))
                .permissions())
        .containsOnlyKeys(Permission.INTERNET);
  }

  /** Every call is open, opened by something, or explained: none gets lost. */
  @Test
  void everyCallLeadsSomewhere() {
    var open = ClosedMode.openCalls();
    assertThat(open).contains("read", "openat").doesNotContain("bind", "mount", "ptrace");
    for (String call : ClosedMode.knownCalls()) {
      Learned learned = Lessons.of(List.of(new Use.Called(call)));
      int answers =
          learned.permissions().size() + learned.systemCalls().size() + learned.notes().size();
      boolean silent =
          open.contains(call) || List.of("bind", "listen", "accept", "accept4").contains(call);
      assertThat(answers).as(call).isEqualTo(silent ? 0 : 1);
      learned
          .permissions()
          .keySet()
          .forEach(
              it ->
                  assertThat(PermissionCatalog.entry(it).grants().kernel().calls().contains(call))
                      .as("%s opens %s", it, call)
                      .isTrue());
    }
  }

  /** In the flow form of YAML. */
  private static String shown(Node node) {
    return switch (node) {
      case Node.Scalar(_, _, var text) -> text;
      case Node.Sequence(_, var items) ->
          items.stream().map(LessonsTest::shown).collect(Collectors.joining(", ", "[", "]"));
      case Node.Mapping(_, var entries) ->
          entries.stream()
              .map(it -> it.key() + ": " + shown(it.value()))
              .collect(Collectors.joining(", ", "{", "}"));
    };
  }

  private static String value(Learned learned, Permission permission) {
    Learned.Wanted wanted = learned.permissions().get(permission);
    return wanted == null ? "" : shown(wanted.value());
  }

  private static String value(Permission permission, Use... uses) {
    return value(Lessons.of(List.of(uses)), permission);
  }

  @Test
  void aNodeThatIsWrittenIsPrintedSo() {
    assertThat(
            value(
                Permission.DEVICES,
                new Use.Device("/dev/watchdog", true),
                new Use.Device("/dev/rtc0", false)))
        .isEqualTo(
            "[{device: /dev/rtc0, access: ReadOnly}, {device: /dev/watchdog, access: ReadWrite}]");
    assertThat(value(Permission.SERIAL, new Use.Device("/dev/ttyUSB0", true)))
        .isEqualTo("[{device: /dev/ttyUSB0}]");
  }

  @Test
  void aHighPortOfUdpThatItNamedItselfIsItsOwn() {
    assertThat(
            value(
                Permission.PORTS,
                new Use.Bound(Protocol.UDP, at("0.0.0.0", 45678)),
                new Use.Bound(Protocol.UDP, at("0.0.0.0", 50000)),
                new Use.Chosen(at("0.0.0.0", 45678))))
        .isEqualTo("[{name: udp-45678, port: 45678, protocol: UDP}]");
  }

  /** As resolvers do, so that nobody can guess where the answer goes. */
  @Test
  void oneThatPicksAnotherPortEachTimeHasAllOfThem() {
    var uses = new ArrayList<Use>();
    uses.add(new Use.Bound(Protocol.UDP, at("0.0.0.0", 53)));
    uses.add(new Use.Bound(Protocol.UDP, at("0.0.0.0", 40007)));
    for (int port = 40000; port < 40100; port += 7) {
      uses.add(new Use.Chosen(at("0.0.0.0", port)));
    }
    assertThat(value(Permission.PORTS, uses.toArray(Use[]::new)))
        .isEqualTo(
            "[{name: udp-53, port: 53, protocol: UDP}, {name: udp-1024, port: 1024, endPort: 65535,"
                + " protocol: UDP}]");
  }

  /** Whoever is in the network of the device reads of it. */
  @Test
  void tablesOfTheNetworkTakeNothingBesideANetwork() {
    assertThat(
            Lessons.of(
                    List.of(
                        new Use.ReadProc("/proc/self/net/dev"),
                        reached("127.0.0.1", 53),
                        reached("192.168.1.9", 1883)))
                .permissions())
        .containsOnlyKeys(Permission.LOCAL_NETWORK);
  }

  @Test
  void whatSystemdListensOnTakesNoNetwork() {
    Learned learned =
        Lessons.of(
            List.of(
                new Use.Given(Protocol.TCP, at("0.0.0.0", 80)),
                new Use.Bound(Protocol.TCP, at("0.0.0.0", 80)),
                new Use.Met(at("192.168.1.9", 40000))));
    assertThat(learned.permissions()).containsOnlyKeys(Permission.PORTS);
    assertThat(value(learned, Permission.PORTS))
        .isEqualTo("[{name: tcp-80, port: 80, via: Socket, from: LocalNetwork}]");
    Learned both =
        Lessons.of(
            List.of(
                new Use.Given(Protocol.TCP, at("0.0.0.0", 80)),
                new Use.Bound(Protocol.TCP, at("0.0.0.0", 90))));
    assertThat(value(both, Permission.PORTS))
        .isEqualTo("[{name: tcp-80, port: 80}, {name: tcp-90, port: 90}]");
    assertThat(both.notes()).singleElement().matches(it -> it.what().contains("may open others"));
  }

  @Test
  void loopbackIsOpenedByItsAddressWhereItNeedsNothingElseOfTheInternet() {
    assertThat(value(Permission.INTERNET_TO, reached("127.0.0.1", 6379), reached("0.0.0.0", 80)))
        .isEqualTo("[{cidr: 127.0.0.1/32}]");
    Learned both = Lessons.of(List.of(reached("127.0.0.1", 6379), reached("203.0.113.7", 443)));
    assertThat(both.permissions()).containsOnlyKeys(Permission.INTERNET);
    assertThat(both.notes())
        .anyMatch(it -> it.what().equals("talks to 127.0.0.1:6379"))
        .anyMatch(it -> it.help().contains("open no loopback"));
  }

  @ParameterizedTest
  @CsvSource({
    "/dev/ttyS0, true",
    "/dev/ttyACM3, true",
    "/dev/serial/by-id/usb-x, true",
    "/dev/tty, false",
    "/dev/tty1, false",
    "/dev/ttyS, false"
  })
  void serialLinesAreKnownByTheirNames(String path, boolean serial) {
    assertThat(FileLessons.isSerial(path)).isEqualTo(serial);
  }

  @Test
  void aFewReasonsAreEnough() {
    List<Use> many =
        Stream.iterate(1, it -> it + 1)
            .limit(50)
            .<Use>map(it -> new Use.Wrote("/var/lib/app/" + it))
            .toList();
    Learned learned = Lessons.of(many);
    assertThat(learned.permissions().get(Permission.STATE))
        .satisfies(it -> assertThat(it.because()).hasSize(5).endsWith("and 46 more"));
  }

  @Test
  void whoCameAndWhoWasCalledIsNamedForFromAndInternetTo() {
    assertThat(
            Lessons.of(
                    List.of(
                        new Use.Flow(Protocol.TCP, at("192.168.1.9", 40000), 1883),
                        new Use.Flow(Protocol.TCP, at("192.168.1.9", 40001), 1883),
                        new Use.Flow(Protocol.TCP, at("127.0.0.1", 40001), 1883),
                        new Use.Flow(Protocol.TCP, at("203.0.113.7", 443), 0),
                        new Use.Flow(Protocol.UDP, at("192.168.1.9", 53), 0)))
                .notes())
        .extracting(it -> it.what() + " > " + it.help())
        .containsExactlyInAnyOrder(
            "only 192.168.1.9 connected to {port: 1883} > if nobody else ever has to, with network:"
                + " Own write ports: [{port: 1883, from: [192.168.1.9]}]",
            "connects to 203.0.113.7 alone of the internet > if that is all it needs, write"
                + " internetTo: [{cidr: 203.0.113.7, ports: [{port: 443}]}], by host: where they"
                + " have names; ports take network: Own");
  }

  /** Many are nobody in particular. */
  @Test
  void ofManyNobodyIsNamed() {
    var uses = new ArrayList<Use>();
    for (int i = 0; i < 2000; i++) {
      String host = "203.0." + i / 250 + "." + i % 250;
      uses.add(new Use.Flow(Protocol.TCP, at(host, 40000), 80));
      uses.add(new Use.Flow(Protocol.TCP, at(host, 443), 0));
    }
    assertThat(Lessons.of(uses).notes()).isEmpty();
  }
}
