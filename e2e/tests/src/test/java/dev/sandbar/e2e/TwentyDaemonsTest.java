package dev.sandbar.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.vdev.CommandResult;
import dev.sandbar.vdev.Suite;
import dev.sandbar.vdev.VirtualDevice;
import dev.sandbar.vdev.image.InstalledPackages;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionTimeoutException;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Measures how many daemons run in closed mode by what {@code sandbar learn --write} wrote of them,
 * without a change: twenty of Debian's packages that are in no example, installed as they are,
 * watched while a client uses them, and used again as apps.
 */
@Tag("nightly")
class TwentyDaemonsTest {

  /** So many did, and fewer are a regression. */
  private static final int FLOOR = 6;

  private static final Duration LIMIT = Duration.ofSeconds(120);

  /**
   * A daemon of a package.
   *
   * @param unit its service, without the ending
   * @param client a script that uses it
   * @param answer what that prints, among other things
   */
  private record Daemon(String unit, String client, String answer) {}

  private static final List<Daemon> DAEMONS =
      List.of(
          new Daemon("apache2", get(80, "/"), "It works"),
          new Daemon("icecast2", get(8000, "/status-json.xsl"), "icestats"),
          new Daemon("named", query("localhost."), "127.0.0.1"),
          new Daemon("knot", query("pump.example."), "REFUSED"),
          new Daemon("nsd", query("pump.example."), "REFUSED"),
          new Daemon("varnish", get(6081, "/"), "Backend fetch failed"),
          new Daemon(
              "prosody",
              says(
                  5222,
                  "<stream:stream xmlns=\"jabber:client\" to=\"localhost\" version=\"1.0\""
                      + " xmlns:stream=\"http://etherx.jabber.org/streams\">"),
              "stream:features"),
          new Daemon("memcached", says(11211, "stats\\r\\nquit\\r\\n"), "STAT uptime"),
          new Daemon("ngircd", says(6667, "NICK a\\r\\nUSER a 0 * :a\\r\\nQUIT\\r\\n"), "Welcome"),
          new Daemon("tinyproxy", proxied(8888, "http://127.0.0.1:1/"), "tinyproxy"),
          new Daemon("privoxy", proxied(8118, "http://config.privoxy.org/"), "Privoxy"),
          new Daemon("squid", proxied(3128, "http://127.0.0.1:1/"), "squid"),
          new Daemon("vsftpd", says(21, "QUIT\\r\\n"), "220 "),
          new Daemon("minidlna", get(8200, "/"), "MiniDLNA"),
          new Daemon("pdns-recursor", query("localhost."), "127.0.0.1"),
          new Daemon("beanstalkd", says(11300, "stats\\r\\nquit\\r\\n"), "current-jobs"),
          new Daemon("iperf3", "iperf3 -c 127.0.0.1 -n 1K", "iperf Done"),
          new Daemon("radicale", "curl -sL http://127.0.0.1:5232/", "Radicale"),
          new Daemon("dovecot", says(143, "a logout\\r\\n"), "OK"),
          new Daemon("nats-server", says(4222, "PING\\r\\n"), "INFO"));

  private static final List<String> PACKAGES =
      List.of(
          ("apache2 icecast2 bind9 knot nsd varnish prosody memcached ngircd tinyproxy privoxy squid"
                  + " vsftpd minidlna pdns-recursor beanstalkd iperf3 radicale dovecot-imapd"
                  + " nats-server curl bind9-dnsutils netcat-openbsd systemd-sysv dbus")
              .split(" "));

  /** The file system of a device with the packages: what it has itself stays, but for users. */
  private static final String INSTALL =
      """
      tar -C / --skip-old-files -xf /srv/packages.tar ./usr ./etc ./var
      tar -C / -xf /srv/packages.tar ./etc/passwd ./etc/group ./etc/shadow ./etc/gshadow
      ldconfig
      echo 'shutdown_lifetime 1 seconds' >/etc/squid/conf.d/test.conf
      sed -i 's/^    rundir:/    listen: 127.0.0.1@53\\n&/' /etc/knot/knot.conf
      install -d -o radicale /var/lib/radicale /var/cache/radicale
      systemd-tmpfiles --create || true
      systemctl daemon-reload
      """;

  private static String get(int port, String path) {
    return "curl -s http://127.0.0.1:%d%s".formatted(port, path);
  }

  private static String proxied(int port, String url) {
    return "curl -s -x 127.0.0.1:%d %s".formatted(port, url);
  }

  private static String query(String name) {
    return "dig +time=1 +tries=1 @127.0.0.1 " + name;
  }

  private static String says(int port, String text) {
    return "printf '%s' | nc -w 2 127.0.0.1 %d".formatted(text, port);
  }

  private static boolean serves(VirtualDevice device, Daemon daemon) {
    return device
        .exec(Duration.ofSeconds(20), "sh", "-c", daemon.client())
        .stdout()
        .contains(daemon.answer());
  }

  private static boolean soonServes(VirtualDevice device, Daemon daemon) {
    try {
      Awaitility.await().atMost(Duration.ofSeconds(20)).until(() -> serves(device, daemon));
      return true;
    } catch (ConditionTimeoutException _) {
      return false;
    }
  }

  @Test
  void someRunByWhatWasWritten() throws InterruptedException {
    var rows = new ArrayList<String>();
    int running = 0;
    var archive = InstalledPackages.archive(Suite.TRIXIE, PACKAGES);
    try (VirtualDevice device =
        ChildJvm.shown(VirtualDevice.named("twenty"))
            .suite(Suite.TRIXIE)
            .bind(archive, "/srv/packages.tar")
            .boot()) {
      device.exec(LIMIT, "sh", "-ec", INSTALL).orThrow();
      for (Daemon daemon : DAEMONS) {
        String fails = tried(device, daemon);
        running += fails.isEmpty() ? 1 : 0;
        rows.add("%-14s %s".formatted(daemon.unit(), fails.isEmpty() ? "runs" : fails));
        System.out.println(rows.getLast());
      }
    }
    String table = String.join("\n", rows);
    System.out.println("%d of %d".formatted(running, rows.size()));
    assertThat(running).as(table).isGreaterThanOrEqualTo(FLOOR);
  }

  /** Why it does not run; empty if it does. */
  private static String tried(VirtualDevice device, Daemon daemon) throws InterruptedException {
    String unit = daemon.unit();
    device.exec(LIMIT, "systemctl", "start", unit);
    if (!soonServes(device, daemon)) {
      return "does not serve as installed: "
          + device.exec("sh", "-c", "systemctl status %s | tail -5".formatted(unit)).stdout();
    }
    CommandResult learned = learned(device, daemon);
    device.exec(LIMIT, "systemctl", "stop", unit).orThrow();
    if (learned.exitCode() != 0) {
      return "is not learned: " + learned.stderr();
    }
    CommandResult applied =
        DeviceCli.run(device, LIMIT, "apply /root/apps/%s --yes".formatted(unit));
    boolean runs = applied.exitCode() == 0 && soonServes(device, daemon);
    String why = runs ? "" : why(device, unit, learned, applied);
    DeviceCli.run(device, LIMIT, "delete " + unit);
    return why;
  }

  /** What was written of it while its client came. */
  private static CommandResult learned(VirtualDevice device, Daemon daemon)
      throws InterruptedException {
    var over = new AtomicBoolean();
    Thread client =
        Thread.ofVirtual()
            .start(
                () -> {
                  while (!over.get()) {
                    serves(device, daemon);
                  }
                });
    try {
      return DeviceCli.run(
          device,
          LIMIT,
          "learn %1$s --restart --for 6s --environment-files --write /root/apps/%1$s"
              .formatted(daemon.unit()));
    } finally {
      over.set(true);
      client.join();
    }
  }

  private static String why(
      VirtualDevice device, String unit, CommandResult learned, CommandResult applied) {
    String journal =
        device
            .exec(
                "sh", "-c", "journalctl -u sandbar-%s -o cat --no-pager | tail -12".formatted(unit))
            .stdout();
    return "does not\n" + plain(learned.stderr()) + plain(applied.stderr()) + journal;
  }

  /** Without what the libraries of a test print. */
  private static String plain(String text) {
    return text.lines()
        .filter(line -> !line.startsWith("SLF4J"))
        .map(line -> "  " + line + "\n")
        .collect(Collectors.joining());
  }
}
