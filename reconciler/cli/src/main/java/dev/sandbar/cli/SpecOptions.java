package dev.sandbar.cli;

import dev.sandbar.core.model.AliasSetting;
import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.AppSpec;
import dev.sandbar.core.model.Diagnostic;
import dev.sandbar.core.model.Location;
import dev.sandbar.core.model.Permission;
import dev.sandbar.core.model.Permissions.Request;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import picocli.CommandLine.Option;

/** The options that choose apps and try other permissions on them. */
final class SpecOptions {
  @Option(names = "--app", paramLabel = "NAME", description = "Only this app. May be repeated.")
  private List<String> names = List.of();

  @Option(
      names = "--set",
      paramLabel = "ALIAS=VALUE",
      description =
          "Override a permission, for example ACCESS_INTERNET=no. The file is not"
              + " changed. May be repeated.")
  private List<String> settings = List.of();

  /** Apps that were chosen by name; none for all. */
  List<String> names() {
    return List.copyOf(names);
  }

  /** Permissions to try. */
  List<String> settings() {
    return List.copyOf(settings);
  }

  /** The same choice as somebody made before. */
  static SpecOptions of(List<String> names, List<String> settings) {
    var options = new SpecOptions();
    options.names = names;
    options.settings = settings;
    return options;
  }

  /**
   * The chosen apps, with the other permissions.
   *
   * @throws CommandException if there is no such app, or a setting is wrong
   */
  Specs narrowed(Specs specs) {
    Map<Permission, Request> requests = requests();
    var apps = new TreeMap<AppName, AppSpec>();
    for (AppSpec app : specs.apps().values()) {
      if (names.isEmpty() || names.contains(app.name().value())) {
        apps.put(app.name(), app.with(app.permissions().with(requests)));
      }
    }
    for (String name : names) {
      // An app that is wrong is not among them either; its errors say so.
      boolean known = apps.keySet().stream().anyMatch(app -> app.value().equals(name));
      if (!known && !specs.hasErrors()) {
        throw new CommandException("there is no app " + name + " in these files", among(specs));
      }
    }
    return specs.with(apps);
  }

  private static String among(Specs specs) {
    return specs.apps().isEmpty()
        ? ""
        : "There are: "
            + specs.apps().keySet().stream().map(AppName::value).collect(Collectors.joining(", "));
  }

  private Map<Permission, Request> requests() {
    var requests = new EnumMap<Permission, Request>(Permission.class);
    for (String setting : settings) {
      switch (AliasSetting.parse(setting, Location.NOWHERE)) {
        case AliasSetting.Accepted(var permission, var request, _) ->
            requests.put(permission, request);
        case AliasSetting.Refused(var errors) -> {
          Diagnostic first = errors.getFirst();
          throw new CommandException("--set " + setting + ": " + first.message(), first.help());
        }
      }
    }
    return requests;
  }
}
