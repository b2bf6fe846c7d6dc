package dev.sandbar.core.model;

import dev.sandbar.core.model.AppSpec.Mode;
import dev.sandbar.core.model.Permissions.Port;
import dev.sandbar.core.model.Permissions.Port.Protocol;
import dev.sandbar.core.model.Permissions.Port.Via;
import dev.sandbar.core.model.Permissions.Request;
import dev.sandbar.core.model.Sources.Place;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * What {@code via: Socket} may say. The app gets a socket of the device's network, so only what the
 * IP filter of the socket holds is accepted.
 */
public final class SocketPortRules {

  /** What systemd takes for FileDescriptorName= without a second thought (systemd.socket(5)). */
  public static final String NAME = "[A-Za-z0-9][A-Za-z0-9._-]{0,62}";

  private static final Pattern NAMES = Pattern.compile(NAME);

  private SocketPortRules() {}

  /** Whether systemd opens any of them. */
  public static boolean any(List<Port> ports) {
    return ports.stream().anyMatch(port -> port.via() == Via.SOCKET);
  }

  static List<Diagnostic> check(Request request, List<Port> ports, Mode mode) {
    var found = new ArrayList<Diagnostic>();
    if (!any(ports)) {
      return found;
    }
    if (mode == Mode.OPEN) {
      found.add(
          wrong(
              request,
              "via: Socket is for apps in closed mode: one in open mode opens every port itself",
              "use mode: Closed, or remove via"));
    }
    if (ports.stream().anyMatch(port -> port.via() == Via.DIRECT)) {
      found.add(
          wrong(
              request,
              "ports via Socket and Direct are in one app, which would have to bind and listen for"
                  + " the second",
              "write via: Socket for all ports, or for none"));
      return found;
    }
    for (Port port : ports) {
      check(request, port, found);
    }
    return found;
  }

  private static void check(Request request, Port port, List<Diagnostic> found) {
    String which = "port %s via Socket ".formatted(port.range().shown());
    if (port.range().protocol() == Protocol.UDP) {
      found.add(
          wrong(
              request,
              which + "is UDP, and a socket of UDP sends to everybody",
              "write protocol: TCP, or via: Direct"));
    }
    if (port.range().isAny() || port.range().first() != port.range().last()) {
      found.add(
          wrong(
              request,
              which + "is not one port, and the app is given one socket for each",
              "list each port by its number"));
    }
    if (port.from().isReached()) {
      found.add(
          wrong(
              request,
              which + "does not say who may connect",
              "add from: LocalNetwork, or a list of prefixes"));
    }
    if (port.from().is(Place.ANYWHERE) || port.from().is(Place.THIS_DEVICE)) {
      found.add(
          wrong(
              request,
              "%sis from %s, whom the app could then connect to by the socket that it is given"
                  .formatted(which, port.from()),
              "write from: LocalNetwork or a list of prefixes, or via: Direct"));
    }
    if (!NAMES.matcher(port.name()).matches()) {
      found.add(
          wrong(
              request,
              which + "has a name that the app cannot be given in LISTEN_FDNAMES",
              "use up to 63 letters, digits, dots, hyphens and underscores"));
    }
  }

  private static Diagnostic wrong(Request request, String what, String help) {
    return Diagnostic.error(Problem.CONFLICT, request.at(), "permissions.ports: " + what, help);
  }
}
