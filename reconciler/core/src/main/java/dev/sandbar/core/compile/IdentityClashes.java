package dev.sandbar.core.compile;

import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.AppSpec;
import dev.sandbar.core.model.AppSpec.Mode;
import dev.sandbar.core.model.AppSpec.Network;
import dev.sandbar.core.model.Diagnostic;
import dev.sandbar.core.model.Problem;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;

/**
 * Apps of one device for which one short hash stands: the address of a network of its own has 27
 * bits, and the name of a user is at most 31 characters long. By chance that hardly happens, but
 * names can be searched for. All of them are refused: none takes the place of another by its name
 * or by when it came, and what runs of them goes on.
 */
final class IdentityClashes {

  private IdentityClashes() {}

  /** By app, why it is refused. */
  static SortedMap<AppName, List<Diagnostic>> find(Collection<AppSpec> apps) {
    var found = new TreeMap<AppName, List<Diagnostic>>();
    find(
        apps.stream().filter(app -> app.network() == Network.OWN).toList(),
        app -> OwnNetwork.address(app.name()),
        "network: Own: apps '%s' and '%s' would both have the address %s",
        found);
    find(
        apps.stream().filter(app -> app.mode() == Mode.CLOSED && !app.run().adopts()).toList(),
        UserLines::name,
        "apps '%s' and '%s' would both run as the user %s",
        found);
    return found;
  }

  private static void find(
      Collection<AppSpec> apps,
      Function<AppSpec, String> identity,
      String message,
      SortedMap<AppName, List<Diagnostic>> found) {
    var holders = new TreeMap<String, List<AppSpec>>();
    apps.forEach(
        app -> holders.computeIfAbsent(identity.apply(app), _ -> new ArrayList<>()).add(app));
    holders.forEach(
        (held, all) -> {
          for (AppSpec app : all) {
            all.stream()
                .filter(other -> !other.name().equals(app.name()) && BusClashes.meet(app, other))
                .findFirst()
                .ifPresent(
                    other ->
                        found
                            .computeIfAbsent(app.name(), _ -> new ArrayList<>())
                            .add(
                                Diagnostic.error(
                                    Problem.CONFLICT,
                                    app.at(),
                                    message.formatted(app.name(), other.name(), held),
                                    "rename one of them, or select other devices")));
          }
        });
  }
}
