package dev.sandbar.core.learn;

import dev.sandbar.core.learn.ServiceObservation.Service;
import dev.sandbar.core.model.Cidr;
import dev.sandbar.core.model.Permissions.Port.Protocol;
import dev.sandbar.core.model.UnitName;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Observations of every kind of use. */
record RandomUses(Random random) {

  private static final List<String> HOSTS =
      List.of(
          "127.0.0.1",
          "127.0.0.53",
          "192.168.1.20",
          "203.0.113.5",
          "0.0.0.0",
          "::1",
          "fe80::1",
          "2001:db8::7");

  private static final List<String> PATHS =
      List.of(
          "/var/lib/gauge/x",
          "/var/cache/y",
          "/var/log/z",
          "/tmp/lock",
          "/etc/adjtime",
          "/root/.cache",
          "/proc/sys/net/x",
          "/usr/lib/x",
          "/srv/\u202e/x",
          "/sys/fs/cgroup/y");

  private static final List<String> DEVICES =
      List.of(
          "/dev/ttyUSB0",
          "/dev/video0",
          "/dev/mem",
          "/dev/i2c-1",
          "/dev/null",
          "/dev/rtc0",
          "/dev/sda",
          "/dev/../etc/shadow",
          "/dev/tpm0",
          "/dev/gpiochip0");

  private static final List<String> CALLS =
      List.of(
          "memfd_create",
          "sched_setscheduler",
          "mount",
          "keyctl",
          "ptrace",
          "fsync",
          "io_uring_setup",
          "clock_settime",
          "unshare",
          "@mount",
          "nonsense",
          "setuid",
          "umask",
          "personality",
          "name_to_handle_at",
          "mincore");

  private static final List<String> PROC =
      List.of("/proc/cpuinfo", "/proc/loadavg", "/proc/1/status", "/proc/self/maps");

  private static final List<String> FAMILIES =
      List.of("AF_NETLINK", "AF_CAN", "AF_PACKET", "AF_INET", "AF_BLUETOOTH", "77");

  private static final List<String> SOCKETS =
      List.of("/run/x.sock", "/dev/log", "@abstract", "/run/systemd/notify", "/tmp/.X11");

  private <T> T one(List<T> all) {
    return all.get(random.nextInt(all.size()));
  }

  private SocketAddress.Internet at() {
    return at(one(List.of(0, 53, 80, 1883, 40_000)));
  }

  private SocketAddress.Internet at(int port) {
    return new SocketAddress.Internet(Cidr.parse(one(HOSTS)).orElseThrow(), port);
  }

  private Protocol protocol() {
    return one(List.of(Protocol.TCP, Protocol.UDP));
  }

  private Use use() {
    return switch (random.nextInt(15)) {
      case 0, 1 -> new Use.Called(one(CALLS));
      case 2 -> new Use.Family(one(FAMILIES));
      case 3 -> new Use.Bound(protocol(), at(one(List.of(53, 80, 1883, 40_000))));
      case 4 -> new Use.Reached(at());
      case 5 -> new Use.Reached(new SocketAddress.Unix(one(SOCKETS)));
      case 6 -> new Use.Met(at());
      case 7 -> new Use.Flow(protocol(), at(), one(List.of(0, 80)));
      case 8 -> new Use.Offered(new SocketAddress.Unix(one(SOCKETS)));
      case 9 -> new Use.Device(one(DEVICES), random.nextBoolean());
      case 11 -> new Use.Chosen(at(one(List.of(53, 40_000))));
      case 12 -> new Use.Given(protocol(), at(one(List.of(53, 80))));
      case 13 -> new Use.ReadSettings("/etc/gauge.conf");
      case 10 -> random.nextBoolean() ? new Use.Wrote(one(PATHS)) : new Use.ReadProc(one(PROC));
      default -> new Use.Has(one(List.of(Use.Trait.values())));
    };
  }

  List<Use> uses(int most) {
    var uses = new ArrayList<Use>();
    for (int i = random.nextInt(most + 1); i > 0; i--) {
      uses.add(use());
    }
    return uses;
  }

  ServiceObservation of(String device, Service service, int most) {
    return ServiceObservation.of(
        device,
        new UnitName("gauge.service"),
        Instant.ofEpochSecond(random.nextInt()),
        random.nextInt(10_000),
        random.nextInt(5),
        random.nextInt(4) > 0,
        random.nextInt(6) > 0 || service instanceof Service.App ? "" : "no BPF here",
        service,
        uses(most));
  }
}
