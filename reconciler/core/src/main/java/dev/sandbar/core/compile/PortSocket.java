package dev.sandbar.core.compile;

import dev.sandbar.core.catalog.AddressSet;
import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.AppSpec;
import dev.sandbar.core.model.Cidr;
import dev.sandbar.core.model.Permissions.Port;
import dev.sandbar.core.model.Sha256;
import dev.sandbar.core.model.UnitName;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * A port that systemd opens for an app ({@code via: Socket}): a socket unit that the service of the
 * app requires (systemd.socket(5)). It is named by its content: versions of an app with the same
 * port share it, and the unit of the app alone decides which of them is up.
 *
 * @param app that gets the socket
 */
public record PortSocket(AppName app, Port port) {

  private static final String PREFIX = "sandbar-";
  private static final String SUFFIX = ".socket";
  private static final int DIGITS = 12;
  private static final Pattern NAME =
      Pattern.compile(PREFIX + "(.+)-[0-9]+-[0-9a-f]{" + DIGITS + "}[.]socket");

  /** Those of an app, in the order of its spec. */
  public static List<PortSocket> of(AppSpec app) {
    return AppFirewall.asked(app).stream()
        .filter(port -> port.via() == Port.Via.SOCKET)
        .map(port -> new PortSocket(app.name(), port))
        .toList();
  }

  /** Whether a file of this name is one of Sandbar's. */
  public static boolean isOwn(String file) {
    return NAME.matcher(file).matches();
  }

  /** Whether a unit is a socket of the app, of whatever version. */
  public static boolean isOf(AppName app, UnitName unit) {
    return app(unit).filter(app::equals).isPresent();
  }

  /** The app that a unit is a socket of; empty if it is none. */
  static Optional<AppName> app(UnitName unit) {
    return SideUnit.app(NAME, unit);
  }

  /** The unit. */
  public UnitName unit() {
    return new UnitName(
        PREFIX
            + app
            + "-"
            + port.range().first()
            + "-"
            + Sha256.of(text()).hex().substring(0, DIGITS)
            + SUFFIX);
  }

  /** The prefixes from which clients come, as systemd has them. */
  public List<String> clients() {
    return addresses().prefixes().stream().map(Cidr::toString).toList();
  }

  AddressSet addresses() {
    return AppFirewall.sources(port.from());
  }

  /**
   * Exact content of its file. A service that is restarted, or is about to be, still needs it, so
   * the socket stays and clients wait; one that is stopped does not.
   */
  public String text() {
    return UnitMark.ofBase()
        + """

        [Unit]
        Description=Port %1$s of the app %2$s
        StopWhenUnneeded=yes

        [Socket]
        ListenStream=%3$d
        BindIPv6Only=both
        Service=%4$s
        FileDescriptorName=%5$s
        Slice=%6$s
        # The app could connect by this socket too: to its clients, and to nobody else.
        IPAddressDeny=any
        IPAddressAllow=%7$s
        """
            .formatted(
                port.range().shown(),
                app,
                port.range().first(),
                UnitName.own(app),
                port.name(),
                UnitName.SLICE,
                String.join(" ", clients()));
  }
}
