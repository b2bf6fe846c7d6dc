package dev.sandbar.vdev.image;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** Unit files of daemons of Debian; the packages are downloaded, and not installed. */
final class DebianUnits {

  /** Daemons that people run at the edge and on servers, without what they depend on. */
  static final List<String> PACKAGES =
      List.of(
          "apache2",
          "avahi-daemon",
          "bind9",
          "bluez",
          "chrony",
          "conntrackd",
          "coturn",
          "cron",
          "cups-daemon",
          "dnsmasq",
          "exim4-base",
          "fail2ban",
          "gpsd",
          "haproxy",
          "hostapd",
          "irqbalance",
          "iwd",
          "keepalived",
          "knot",
          "lighttpd",
          "lldpd",
          "memcached",
          "minidlna",
          "modemmanager",
          "mosquitto",
          "motion",
          "mpd",
          "nginx-common",
          "nsd",
          "ntpsec",
          "nut-server",
          "opendkim",
          "openssh-server",
          "openvpn",
          "postfix",
          "postgresql-common",
          "privoxy",
          "prometheus-node-exporter",
          "radvd",
          "redis-server",
          "rng-tools5",
          "rsync",
          "rsyslog",
          "ser2net",
          "shairport-sync",
          "smartmontools",
          "snmpd",
          "stubby",
          "syncthing",
          "tor",
          "transmission-daemon",
          "unbound",
          "upower",
          "usbmuxd",
          "vsftpd",
          "watchdog",
          "wpasupplicant",
          "zabbix-agent");

  /** One package after the other, so that they never take much room together. */
  private static final String DOWNLOAD =
      """
      cd "$1" && mkdir units packages && cd packages && for package in %s; do \
      APT_CONFIG="$MMDEBSTRAP_APT_CONFIG" apt-get download -qq "$package" || exit 1; \
      dpkg-deb -x "$package"_*.deb tree || exit 1; mkdir "../units/$package"; \
      find tree -path '*/systemd/system/*.service' -type f -exec cp {} "../units/$package/" ';'; \
      rm -r tree "$package"_*.deb; done""";

  private DebianUnits() {}

  /** Puts them into a tree, in a folder for each package. */
  static void fill(List<String> packages, Path work, ImageTree tree) throws IOException {
    Path unpacked = work.resolve("debian");
    DebianPackages.extract(
        unpacked,
        "--aptopt=APT::Sandbox::User \"root\"",
        "--extract-hook=" + DOWNLOAD.formatted(String.join(" ", packages)));
    Path units = unpacked.resolve("units");
    try (Stream<Path> files = Files.walk(units)) {
      for (Path file : files.filter(Files::isRegularFile).sorted().toList()) {
        tree.copy(file, units.relativize(file).toString(), 0644);
      }
    }
  }
}
