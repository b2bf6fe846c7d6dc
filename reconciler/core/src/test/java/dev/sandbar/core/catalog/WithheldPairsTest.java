package dev.sandbar.core.catalog;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.model.AppSpec.Mode;
import dev.sandbar.core.model.Location;
import dev.sandbar.core.model.Permission;
import dev.sandbar.core.model.PermissionRules;
import dev.sandbar.core.model.Permissions;
import dev.sandbar.core.model.Permissions.Request;
import dev.sandbar.core.model.Permissions.Value;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What one permission withholds by name, no other that is granted beside it gives back. */
class WithheldPairsTest {

  /**
   * Pairs of which both may be: the one that is granted opens a call or a kind of namespace for
   * something else, and another wall holds what is withheld.
   */
  private static final Map<Mode, Set<String>> HELD_OTHERWISE =
      Map.of(
          Mode.OPEN,
          Set.of(
              // Files of memory are executed, and no memory is written and executed at once.
              "jit runFromData",
              // Of the two it is the stronger one, for the program's own threads.
              "scheduling realtime"),
          Mode.CLOSED,
          Set.of(
              "jit runFromData",
              "scheduling realtime",
              // An app without capabilities enters no namespace but those that it makes.
              "internet nestedSandbox",
              "internetTo nestedSandbox",
              "localNetwork nestedSandbox",
              "ports nestedSandbox",
              "networkNamespace nestedSandbox",
              // It is in a network of its own, or in none, which holds ports and interfaces.
              "ports asyncIO",
              "canBus asyncIO",
              // The same, and rules of its own hold what leaves it.
              "internet rawNetwork",
              "internetTo rawNetwork",
              "localNetwork rawNetwork",
              "canBus rawNetwork",
              // Unix sockets: SocketBindDeny= holds ports.
              "ports acceptFrom"));

  @ParameterizedTest
  @EnumSource(Mode.class)
  void aGrantGivesBackNothingThatAnotherWithholds(Mode mode) {
    var given = new TreeSet<String>();
    for (Permission withheld : Permission.values()) {
      for (Permission granted : Permission.values()) {
        if (granted != withheld && givesBack(mode, withheld, granted)) {
          given.add(withheld.key() + " " + granted.key());
        }
      }
    }
    assertThat(given).isEqualTo(new TreeSet<>(HELD_OTHERWISE.getOrDefault(mode, Set.of())));
  }

  private static boolean givesBack(Mode mode, Permission withheld, Permission granted) {
    var requests = new HashMap<>(PermissionCatalog.sample(granted).requests());
    requests.put(withheld, new Request(new Value.Withheld(), Location.NOWHERE));
    Permissions permissions = Permissions.NONE.with(requests);
    if (!PermissionRules.check(permissions, mode, false).isEmpty()) {
      return false;
    }
    Sandbox.Kernel closed = PermissionCatalog.entry(withheld).closes().kernel();
    Sandbox.Kernel open = Resolution.of(mode, permissions).sandbox().kernel();
    return !closed.calls().includes(open.calls())
        || !closed.capabilities().includes(open.capabilities())
        || !closed.namespaces().includes(open.namespaces());
  }
}
