package dev.sandbar.core.compile;

import dev.sandbar.core.catalog.AddressSet;
import dev.sandbar.core.catalog.Resolution;
import dev.sandbar.core.catalog.Sandbox;
import dev.sandbar.core.model.AppSpec;
import dev.sandbar.core.model.AppSpec.RawDirective;
import dev.sandbar.core.model.Cidr;
import dev.sandbar.core.model.Problem;
import dev.sandbar.core.property.DirectiveInfo;
import dev.sandbar.core.property.DirectiveInfo.Role;
import dev.sandbar.core.property.DirectiveOverride.OpenOnly;
import dev.sandbar.core.property.DirectiveOverride.Setting;
import dev.sandbar.core.property.DirectiveTable;
import dev.sandbar.core.property.WallExceptions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * What a drop-in may add to a service of the device: walls. Every line closes, whatever the service
 * has itself, for systemd joins lists of one directive (systemd.exec(5)): a list of what is allowed
 * would give the service more.
 */
final class AdoptedLines {

  /** Who the service is, what it sees as its root, and where its processes are. */
  private static final Set<String> OF_THE_SERVICE =
      Set.of("DynamicUser", "RootImage", "NetworkNamespacePath");

  /** Ceilings, which are compared on the device with those of the service. */
  private static final List<String> OF_MEMORY = List.of("MemoryMax", "MemoryHigh", "MemorySwapMax");

  private static final List<String> OF_OTHERS = List.of("TasksMax", "CPUQuota");

  private static final Set<String> ALSO = Set.of("Slice", "Delegate");

  /** Lists that close by what they name after a tilde, and open by what they name without one. */
  private static final Set<String> LISTS =
      Set.of("SystemCallFilter", "RestrictAddressFamilies", "CapabilityBoundingSet");

  private static final String DENIED = "IPAddressDeny";
  private static final String ALLOWED = "IPAddressAllow";
  private static final String NAMESPACES = "RestrictNamespaces";

  /** systemd puts all architectures together that it finds. */
  private static final String ARCHITECTURES = "SystemCallArchitectures";

  private AdoptedLines() {}

  /** What of a spec gives a service more, or another start. */
  static void check(AppSpec app, Resolution permitted, Complaints complaints) {
    for (RawDirective directive : app.directives()) {
      DirectiveTable.find(directive.name())
          .filter(AdoptedLines::isOfTheService)
          .ifPresent(
              _ ->
                  complaints.error(
                      Problem.CONFLICT,
                      directive.at(),
                      "directives.%s is for a program of the app's own: run.unit keeps the user, the"
                              .formatted(directive.name())
                          + " directories and the start of the service",
                      "remove the line; 'systemctl edit' changes the service itself"));
    }
    app.directives().forEach(directive -> atMost(directive, complaints));
    given(app, permitted, complaints, s -> !s.network().joined().isNone());
    given(app, permitted, complaints, s -> !s.files().mounts().isNone());
    given(app, permitted, complaints, s -> !s.files().directories().isNone());
  }

  /** A value that is set takes the place of what the service has: it may be more. */
  private static void atMost(RawDirective directive, Complaints complaints) {
    boolean sets =
        DirectiveTable.find(directive.name())
            .filter(it -> it.role() == Role.SANDBOX && it.override() instanceof Setting)
            .isPresent();
    boolean ceiling = OF_MEMORY.contains(directive.name()) || OF_OTHERS.contains(directive.name());
    boolean nothing =
        directive.name().startsWith("Limit") && directive.values().equals(List.of("0"));
    if (sets && !ceiling && !nothing) {
      complaints.error(
          Problem.CONFLICT,
          directive.at(),
          "directives.%s could give the service more than it has, and run.unit only takes from it"
              .formatted(directive.name()),
          "remove the line; what can be limited: %s, %s, and Limit...=0"
              .formatted(String.join(", ", OF_MEMORY), String.join(", ", OF_OTHERS)));
    }
  }

  private static void given(
      AppSpec app, Resolution permitted, Complaints complaints, Predicate<Sandbox> more) {
    if (more.test(permitted.sandbox())) {
      complaints.error(
          Problem.CONFLICT,
          app.run().at(),
          "permissions.%s gives an app something of its own, and run.unit only takes from a service"
              .formatted(permitted.opened(more)),
          "remove it; 'systemctl edit' gives the service more");
    }
  }

  private static boolean isOfTheService(DirectiveInfo directive) {
    return directive.role() != Role.SANDBOX
        || OF_THE_SERVICE.contains(directive.name())
        || ALSO.contains(directive.name())
        // Capabilities are taken away, as by a list of a wall.
        || (directive.override() instanceof OpenOnly
            && !directive.name().equals(RightsOverrides.BOUNDING));
  }

  /** The lines of the drop-in. */
  static List<Directive> of(AppSpec app, List<Directive> lines, Complaints complaints) {
    var walls = new ArrayList<Directive>();
    for (Directive line : lines) {
      if (!line.section().equals(Draft.SERVICE)) {
        continue;
      }
      if (opens(line)) {
        complaints.error(
            Problem.CONFLICT,
            app.directives().stream()
                .filter(it -> it.name().equals(line.name()))
                .map(RawDirective::at)
                .findFirst()
                .orElse(app.run().at()),
            "directives.%s lists what is allowed, which systemd would add to what the service has"
                .formatted(line.name()),
            "write what to take away, after a tilde");
        continue;
      }
      if (line.name().equals(ARCHITECTURES)) {
        walls.add(anew(line, line.name()));
      }
      switch (line.name()) {
        case DENIED -> walls.add(denied(line, lines));
        case ALLOWED -> {}
        default -> walls.add(line);
      }
      // Those of the service would go through the wall that is named here.
      WallExceptions.in(line.name()).ifPresent(it -> walls.add(anew(line, it.list())));
    }
    return walls;
  }

  private static Directive anew(Directive line, String name) {
    return new Directive(Draft.SERVICE, name, "", line.because());
  }

  /** All addresses but those that are allowed: to allow some would open them to the service. */
  private static Directive denied(Directive line, List<Directive> lines) {
    List<Cidr> allowed =
        lines.stream()
            .filter(it -> it.name().equals(ALLOWED))
            .flatMap(it -> Arrays.stream(it.value().split(" ")))
            .flatMap(it -> Cidr.parse(it).stream())
            .toList();
    if (allowed.isEmpty()) {
      return line;
    }
    String others =
        AddressSet.of(allowed).complement().prefixes().stream()
            .map(Cidr::toString)
            .collect(Collectors.joining(" "));
    return new Directive(Draft.SERVICE, DENIED, others, line.because());
  }

  private static boolean opens(Directive line) {
    String value = line.value();
    if (line.name().equals(NAMESPACES)) {
      return !value.equals("yes") && !value.startsWith("~");
    }
    return LISTS.contains(line.name())
        && !value.isEmpty()
        && !value.startsWith("~")
        && !value.equals("none");
  }
}
