package dev.sandbar.core.compile;

import dev.sandbar.core.catalog.AddressSet;
import dev.sandbar.core.catalog.Extent;
import dev.sandbar.core.catalog.PermissionCatalog;
import dev.sandbar.core.catalog.Sandbox;
import dev.sandbar.core.model.AppSpec.Mode;
import dev.sandbar.core.model.AppSpec.RawDirective;
import dev.sandbar.core.model.Cidr;
import dev.sandbar.core.model.Nearest;
import dev.sandbar.core.model.Problem;
import dev.sandbar.core.model.SafeText;
import dev.sandbar.core.model.SocketFamilies;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The directives of {@code directives:} that are about the network and about namespaces. */
final class NetworkOverrides {

  private static final List<String> NAMESPACES =
      List.of("cgroup", "ipc", "mnt", "net", "pid", "user", "uts");
  private static final Map<String, List<String>> NAMED_ADDRESSES =
      Map.of(
          "any", List.of("0.0.0.0/0", "::/0"),
          "localhost", List.of("127.0.0.0/8", "::1/128"),
          "link-local", List.of("169.254.0.0/16", "fe80::/64"),
          "multicast", List.of("224.0.0.0/4", "ff00::/8"));

  private final Sandbox.Network point;
  private final Extent<String> openNamespaces;
  private final Mode mode;
  private final Complaints complaints;
  private final List<String> joined = new ArrayList<>();

  NetworkOverrides(Sandbox point, Mode mode, Complaints complaints) {
    this.point = point.network();
    this.openNamespaces = point.kernel().namespaces();
    this.mode = mode;
    this.complaints = complaints;
  }

  /** What the directives close together. */
  Sandbox ceiling(Map<String, RawDirective> directives) {
    if (directives.isEmpty()) {
      return Sandbox.TOP;
    }
    AddressSet allowed = addresses(directives, "IPAddressAllow");
    AddressSet denied = addresses(directives, "IPAddressDeny");
    RawDirective allow = directives.get("IPAddressAllow");
    if (allow != null && !point.addresses().includes(allowed)) {
      DirectiveOverridesReader.loosens(
          complaints,
          allow,
          "would let packets through that the permissions do not",
          "ask for permissions.internet with internetTo, or for permissions.localNetwork");
    } else if (allow != null) {
      denied = narrowed(allow, directives.get("IPAddressDeny") == null, denied);
    }
    RawDirective path = directives.get("NetworkNamespacePath");
    if (path != null) {
      namespace(path);
    }
    RawDirective network = directives.get("PrivateNetwork");
    boolean host = network == null || network(network);
    RawDirective families = directives.get("RestrictAddressFamilies");
    RawDirective namespaces = directives.get("RestrictNamespaces");
    Sandbox.Kernel kernel = Sandbox.TOP.kernel();
    Sandbox.Network top = Sandbox.TOP.network();
    return Sandbox.TOP
        .with(
            new Sandbox.Network(
                host,
                top.joined(),
                families == null ? Extent.all() : families(families),
                denied.complement().join(allowed),
                top.binds()))
        .with(
            new Sandbox.Kernel(
                kernel.calls(),
                kernel.capabilities(),
                namespaces == null ? Extent.all() : namespaces(namespaces),
                kernel.foreignCalls(),
                kernel.writableCode(),
                kernel.realtime(),
                kernel.lockedMemory()));
  }

  /**
   * What the list of allowed addresses is an exception from. systemd allows what no list denies, so
   * an entry that nothing denies would do nothing.
   */
  private AddressSet narrowed(RawDirective allow, boolean alone, AddressSet denied) {
    if (alone && !point.addresses().equals(AddressSet.ALL)) {
      return AddressSet.ALL; // The unit denies all that no permission grants.
    }
    for (String word : words(allow)) {
      if (addresses(word).meet(denied).isEmpty()) {
        complaints.error(
            Problem.CONFLICT,
            allow.at(),
            "directives.IPAddressAllow: %s has no effect, since nothing denies it"
                .formatted(SafeText.shown(word)),
            "add IPAddressDeny: any to allow nothing else, or remove it");
      }
    }
    return denied;
  }

  /** The network namespace to join; empty for none. */
  String namespace() {
    return joined.isEmpty() ? "" : joined.getFirst();
  }

  private AddressSet addresses(Map<String, RawDirective> directives, String name) {
    RawDirective directive = directives.get(name);
    if (directive == null) {
      return AddressSet.NONE;
    }
    AddressSet addresses = AddressSet.NONE;
    for (String word : words(directive)) {
      AddressSet named = addresses(word);
      if (named.isEmpty()) {
        invalid(
            directive,
            word,
            "write any, localhost, link-local, multicast, or a prefix such as 203.0.113.0/24");
      }
      addresses = addresses.join(named);
    }
    return addresses;
  }

  private static AddressSet addresses(String word) {
    List<String> named = NAMED_ADDRESSES.getOrDefault(word, List.of(word));
    return AddressSet.of(named.stream().map(Cidr::parse).flatMap(Optional::stream).toList());
  }

  private boolean network(RawDirective directive) {
    List<String> words = words(directive);
    Optional<Boolean> isPrivate =
        words.size() == 1 ? DirectiveOverridesReader.bool(words.getFirst()) : Optional.empty();
    if (isPrivate.isEmpty()) {
      invalid(directive, String.join(" ", words), "write yes or no");
      return true;
    }
    boolean host = !isPrivate.get();
    if (host && !point.host() && point.joined().isNone()) {
      DirectiveOverridesReader.loosens(
          complaints,
          directive,
          "would put the app into the network of the device",
          "ask for permissions.internet or permissions.localNetwork");
    }
    if (!host && (!point.joined().isNone() || !joined.isEmpty())) {
      complaints.error(
          Problem.CONFLICT,
          directive.at(),
          "directives.PrivateNetwork has no effect beside the network namespace that the app joins",
          "remove one of them");
      return true;
    }
    if (!host && mode == Mode.CLOSED && point.host()) {
      complaints.error(
          Problem.CONFLICT,
          directive.at(),
          "directives.PrivateNetwork takes away the network that the permissions grant",
          "remove it, or withhold internet and localNetwork");
    }
    return host;
  }

  private void namespace(RawDirective directive) {
    String value = String.join(" ", directive.values());
    String name =
        value.startsWith("/var" + NetworkLines.NAMESPACE_FOLDER)
            ? value.substring(("/var" + NetworkLines.NAMESPACE_FOLDER).length())
            : value.startsWith(NetworkLines.NAMESPACE_FOLDER)
                ? value.substring(NetworkLines.NAMESPACE_FOLDER.length())
                : "";
    if (!name.matches("[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}")) {
      invalid(directive, value, "write /run/netns/NAME of a namespace made with ip netns add NAME");
    } else if (!point.joined().isNone() && !point.joined().contains(name)) {
      complaints.error(
          Problem.CONFLICT,
          directive.at(),
          "directives.NetworkNamespacePath and permissions.networkNamespace name two namespaces",
          "remove one of them");
    } else {
      joined.add(name);
    }
  }

  private Extent<String> families(RawDirective directive) {
    if (words(directive).equals(List.of("none"))) {
      return Extent.none();
    }
    Extent<String> families = set(directive, SocketFamilies.ALL);
    if (!families.allBut() && !point.families().includes(families)) {
      DirectiveOverridesReader.loosens(
          complaints,
          directive,
          "would open socket families that the permissions do not",
          opening(families) + "; a leading ~ takes away");
    }
    return families;
  }

  /** The permissions to ask for. */
  private static String opening(Extent<String> families) {
    List<String> keys =
        PermissionCatalog.all().values().stream()
            .filter(entry -> !entry.grants().network().families().meet(families).isNone())
            .map(entry -> "permissions." + entry.permission().key())
            .toList();
    return keys.isEmpty() ? "no permission opens them" : "ask for " + String.join(" or ", keys);
  }

  private Extent<String> namespaces(RawDirective directive) {
    List<String> words = words(directive);
    Optional<Boolean> all =
        words.size() == 1 ? DirectiveOverridesReader.bool(words.getFirst()) : Optional.empty();
    Extent<String> namespaces =
        all.isPresent() ? (all.get() ? Extent.none() : Extent.all()) : set(directive, NAMESPACES);
    boolean asks = all.isPresent() ? !all.get() : !namespaces.allBut();
    if (asks && !openNamespaces.includes(namespaces)) {
      DirectiveOverridesReader.loosens(
          complaints,
          directive,
          "would let the app make namespaces, which no permission opens",
          "remove the line; a leading ~ takes away");
    }
    return namespaces;
  }

  /** A list of names, or with a leading tilde all but these. */
  private Extent<String> set(RawDirective directive, Collection<String> known) {
    List<String> words = words(directive);
    long denied = words.stream().filter(w -> w.startsWith("~")).count();
    boolean firstOnly = denied == 1 && words.getFirst().startsWith("~");
    if (denied != 0 && denied != words.size() && !(firstOnly && directive.values().size() == 1)) {
      invalid(directive, String.join(" ", words), "do not mix names with and without ~");
      return Extent.all();
    }
    List<String> names = words.stream().map(w -> w.startsWith("~") ? w.substring(1) : w).toList();
    for (String name : names) {
      if (!known.contains(name)) {
        invalid(directive, name, Nearest.help(name, known, "man systemd.exec"));
        return Extent.all();
      }
    }
    return denied > 0 ? Extent.allBut(names) : Extent.only(names);
  }

  private List<String> words(RawDirective directive) {
    List<String> words =
        directive.values().stream()
            .flatMap(value -> Arrays.stream(value.strip().split("[ \t]+")))
            .filter(word -> !word.isEmpty())
            .toList();
    if (words.isEmpty()) {
      invalid(directive, "", "give a value or remove the line");
      return List.of("~");
    }
    return words;
  }

  private void invalid(RawDirective directive, String value, String help) {
    complaints.error(
        Problem.INVALID_VALUE,
        directive.at(),
        "directives.%s: %s is not usable".formatted(directive.name(), SafeText.shown(value)),
        help);
  }
}
