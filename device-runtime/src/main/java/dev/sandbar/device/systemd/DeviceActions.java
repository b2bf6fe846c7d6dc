package dev.sandbar.device.systemd;

import dev.sandbar.core.property.Raw;
import dev.sandbar.device.systemd.SystemdException.Kind;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/**
 * What concerns the whole device, by the services of systemd that are for it: each call connects to
 * the message bus anew, since days pass between two.
 */
public final class DeviceActions {

  /** As long as sd-bus waits: the services are started by the call. */
  private static final Duration DEADLINE = Duration.ofSeconds(25);

  private static final String LOGIN = "org.freedesktop.login1";
  private static final String HOSTNAME = "org.freedesktop.hostname1";
  private static final String CLOCK = "org.freedesktop.timedate1";

  private final String address;

  /**
   * @param address of the message bus of the device
   */
  public DeviceActions(String address) {
    this.address = address;
  }

  /**
   * Restarts the device, when those who asked for a moment to prepare have had it
   * (org.freedesktop.login1(5), Reboot); on one without that service as systemctl(1) does, by the
   * start of {@code reboot.target}.
   *
   * @throws SystemdException if it is refused, or nobody answers
   */
  public void restart() {
    try {
      call(LOGIN, "/org/freedesktop/login1", LOGIN + ".Manager", "Reboot", "b", false);
    } catch (SystemdException e) {
      if (e.kind() != Kind.UNAVAILABLE) {
        throw e;
      }
      call(
          DbusSystemd.SYSTEMD,
          "/org/freedesktop/systemd1",
          "org.freedesktop.systemd1.Manager",
          "StartUnit",
          "ss",
          "reboot.target",
          "replace-irreversibly");
    }
  }

  /**
   * The name of the device that is in {@code /etc/hostname}; empty if there is none
   * (org.freedesktop.hostname1(5), StaticHostname).
   *
   * @throws SystemdException if nobody answers
   */
  public String hostName() {
    List<Raw> reply =
        call(
            HOSTNAME,
            "/org/freedesktop/hostname1",
            DbusSystemd.PROPERTIES,
            "Get",
            "ss",
            HOSTNAME,
            "StaticHostname");
    return reply.size() == 1 && reply.getFirst() instanceof Raw.Str(var name) ? name : "";
  }

  /**
   * Changes it, on the disk and at once; none if it is empty (SetStaticHostname).
   *
   * @throws SystemdException if it is refused, or nobody answers
   */
  public void rename(String name) {
    call(HOSTNAME, "/org/freedesktop/hostname1", HOSTNAME, "SetStaticHostname", "sb", name, false);
  }

  /**
   * Sets the clock of the system and of the hardware (org.freedesktop.timedate1(5), SetTime).
   *
   * @throws SystemdException if it is refused, as while a time server sets it, or nobody answers
   */
  public void setClock(Instant time) {
    long micros = Math.addExact(time.getEpochSecond() * 1_000_000L, time.getNano() / 1_000L);
    call(CLOCK, "/org/freedesktop/timedate1", CLOCK, "SetTime", "xbb", micros, false, false);
  }

  private List<Raw> call(
      String destination,
      String path,
      String face,
      String member,
      String signature,
      Object... arguments) {
    try (Bus bus = Bus.connect(address, () -> {})) {
      return bus.await(bus.send(destination, path, face, member, signature, arguments), DEADLINE);
    }
  }
}
