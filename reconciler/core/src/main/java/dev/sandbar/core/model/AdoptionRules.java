package dev.sandbar.core.model;

import dev.sandbar.core.model.AppSpec.Root;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * What a spec may say that confines a service of the device ({@code run.unit}): what is taken from
 * the service, and nothing that would give it more or make another program of it.
 */
public final class AdoptionRules {

  /** Regular expression of services that can be confined. */
  public static final String UNITS =
      "[A-Za-z0-9:_][A-Za-z0-9:_.-]{0,200}(@[A-Za-z0-9:_.-]{1,50})?[.]service";

  private static final Pattern ADOPTABLE = Pattern.compile(UNITS);
  private static final Pattern OWN = Pattern.compile(Lifecycle.OWN_UNITS);

  /** The agent itself. */
  public static final String AGENT = "sandbard.service";

  private AdoptionRules() {}

  /** Whether text names a service that can be confined: no template, and none of Sandbar's own. */
  public static boolean isAdoptable(String text) {
    return text.endsWith(".service")
        && ADOPTABLE.matcher(text).matches()
        && UnitName.isValid(text)
        && !OWN.matcher(text).matches()
        && !text.equals(AGENT);
  }

  /** The service that an object confines, as far as it says one; empty for any other. */
  public static Optional<UnitName> unit(Node manifest) {
    Node none = Node.mapping(List.of());
    Node run = manifest.fields().getOrDefault("spec", none).fields().getOrDefault("run", none);
    return run.fields().get("unit") instanceof Node.Scalar(_, _, var text) && isAdoptable(text)
        ? Optional.of(new UnitName(text))
        : Optional.empty();
  }

  /** What is wrong with the spec; nothing of one that runs a program of its own. */
  static List<Diagnostic> check(AppSpec app) {
    if (!app.run().adopts()) {
      return List.of();
    }
    var wrong = new ArrayList<Diagnostic>();
    if (app.root() instanceof Root.Image(_, _, _, var at)) {
      wrong.add(
          conflict(
              at,
              "image gives an app a root of its own, and run.unit keeps that of the service",
              "remove image, or run a program of the image by run.command"));
    }
    if (!app.files().isEmpty()) {
      wrong.add(
          conflict(
              app.files().getFirst().at(),
              "files are for a program of the app's own, and run.unit keeps the files of the service",
              "remove files"));
    }
    if (!app.secrets().isEmpty()) {
      wrong.add(
          conflict(
              app.secrets().getFirst().at(),
              "secrets are for a program of the app's own, and run.unit gives the service nothing",
              "remove secrets"));
    }
    app.permissions()
        .get(Permission.INTERNET_TO)
        .filter(
            it ->
                it.value() instanceof Permissions.Value.Destinations(var all)
                    && all.stream().anyMatch(Destination.Host.class::isInstance))
        .ifPresent(
            it ->
                wrong.add(
                    conflict(
                        it.at(),
                        "internetTo by host follows the addresses of the host, and a service that"
                            + " run.unit confines is restarted for each change",
                        "write cidr: with the addresses of the host")));
    if (!app.systemCalls().allow().isEmpty()) {
      wrong.add(
          conflict(
              app.systemCalls().allow().getFirst().at(),
              "systemCalls.allow gives calls back, and run.unit only takes from a service",
              "remove systemCalls.allow; systemCalls.deny takes calls away"));
    }
    return wrong;
  }

  private static Diagnostic conflict(Location at, String what, String help) {
    return Diagnostic.error(Problem.CONFLICT, at, what, help);
  }
}
