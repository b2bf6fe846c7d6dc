package dev.sandbar.core.model;

import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * A well-known name on the system bus, such as {@code org.bluez}: one service, not what is below
 * its name.
 *
 * @param value as the D-Bus specification has bus names
 */
public record BusName(String value) implements Comparable<BusName> {

  /** Most characters of one ("Message Protocol: Valid Names" of the D-Bus specification). */
  public static final int LONGEST = 255;

  /** Two elements or more; one that begins with a colon is a connection, not a service. */
  public static final String FORM = "^[A-Za-z_-][A-Za-z0-9_-]*([.][A-Za-z_-][A-Za-z0-9_-]*)++$";

  private static final Pattern VALID = Pattern.compile(FORM);

  /** The service for Bluetooth, which {@code bluetooth} opens. */
  public static final BusName BLUEZ = new BusName("org.bluez");

  /**
   * The bus itself, of which every app with a connection has what is harmless, and the manager of
   * all units: whoever it believes is root.
   */
  private static final List<String> NEVER =
      List.of("org.freedesktop.DBus", "org.freedesktop.systemd1");

  /**
   * Services of the system itself, which run programs, change users, disks, networks or the system
   * for whom they believe: who asks them believes the answer.
   */
  private static final List<String> OF_THE_SYSTEM =
      List.of(
          "com.redhat.tuned",
          "com.ubuntu.SoftwareProperties",
          "de.pengutronix.rauc",
          "fi.w1.wpa_supplicant1",
          "io.snapcraft",
          "io.systemd",
          "net.connman",
          "org.fedoraproject.FirewallD1",
          "org.freedesktop.Accounts",
          "org.freedesktop.Flatpak",
          "org.freedesktop.ModemManager1",
          "org.freedesktop.NetworkManager",
          "org.freedesktop.PackageKit",
          "org.freedesktop.PolicyKit1",
          "org.freedesktop.RealtimeKit1",
          "org.freedesktop.UDisks2",
          "org.freedesktop.bolt",
          "org.freedesktop.fwupd",
          "org.freedesktop.home1",
          "org.freedesktop.hostname1",
          "org.freedesktop.import1",
          "org.freedesktop.locale1",
          "org.freedesktop.login1",
          "org.freedesktop.machine1",
          "org.freedesktop.network1",
          "org.freedesktop.oom1",
          "org.freedesktop.portable1",
          "org.freedesktop.realmd",
          "org.freedesktop.resolve1",
          "org.freedesktop.sysupdate1",
          "org.freedesktop.timedate1",
          "org.freedesktop.timesync1",
          "org.projectatomic.rpmostree1",
          "org.storage.stratis3");

  public BusName {
    if (!isValid(value)) {
      throw new IllegalArgumentException("not a bus name: " + SafeText.shown(value));
    }
  }

  /** Whether it has the form of one. */
  public static boolean isValid(String text) {
    return text.length() <= LONGEST && VALID.matcher(text).matches();
  }

  /** Names that no app reaches, nor what is below them. */
  public static List<String> never() {
    return NEVER;
  }

  /** Names that no app takes, nor what is below them. */
  public static List<String> ofTheSystem() {
    return OF_THE_SYSTEM;
  }

  /** Whether no policy lets an app reach it. */
  public boolean isNever() {
    return within(NEVER).isPresent();
  }

  /** Whether it is that of a service of the system, whose place no app takes. */
  public boolean isOfTheSystem() {
    return within(OF_THE_SYSTEM).isPresent();
  }

  private Optional<String> within(List<String> names) {
    return names.stream()
        .filter(name -> value.equals(name) || value.startsWith(name + "."))
        .findFirst();
  }

  @Override
  public int compareTo(BusName other) {
    return value.compareTo(other.value);
  }

  @Override
  public String toString() {
    return value;
  }
}
