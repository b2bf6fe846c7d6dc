package dev.sandbar.device.systemd;

import dev.sandbar.core.learn.SocketAddress;
import dev.sandbar.core.learn.Use;
import dev.sandbar.core.model.Permissions.Port.Protocol;
import dev.sandbar.core.model.UnitName;
import dev.sandbar.core.property.Raw;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Where systemd listens for services (systemd.socket(5)). */
public final class SocketUnits {

  private static final String SUFFIX = ".socket";

  private SocketUnits() {}

  /** The ports that it gives to a service. */
  public static Set<Use> given(Systemd systemd, UnitName service) {
    var given = new LinkedHashSet<Use>();
    for (Raw item : items(systemd.properties(service).get("TriggeredBy"))) {
      if (item instanceof Raw.Str(String name) && name.endsWith(SUFFIX) && UnitName.isValid(name)) {
        items(systemd.properties(new UnitName(name)).get("Listen")).stream()
            .map(SocketUnits::port)
            .flatMap(Optional::stream)
            .forEach(given::add);
      }
    }
    return given;
  }

  private static Optional<Use> port(Raw listen) {
    if (!(listen instanceof Raw.Tuple(var fields))
        || fields.size() != 2
        || !(fields.getFirst() instanceof Raw.Str(String type))
        || !(fields.getLast() instanceof Raw.Str(String text))) {
      return Optional.empty();
    }
    Protocol protocol = type.equals("Stream") ? Protocol.TCP : Protocol.UDP;
    return type.equals("Stream") || type.equals("Datagram")
        ? SocketAddress.read(text).map(at -> new Use.Given(protocol, at))
        : Optional.empty();
  }

  private static List<Raw> items(@org.jspecify.annotations.Nullable Raw value) {
    return value instanceof Raw.Array(var items) ? items : new ArrayList<>();
  }
}
