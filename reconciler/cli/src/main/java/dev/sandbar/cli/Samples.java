package dev.sandbar.cli;

import dev.sandbar.core.compile.Compilation;
import dev.sandbar.core.compile.CompiledApp;
import dev.sandbar.core.compile.DeviceFacts;
import dev.sandbar.core.compile.Directive;
import dev.sandbar.core.compile.ReferenceDevice;
import dev.sandbar.core.model.AppSandbox;
import dev.sandbar.core.model.AppSandbox.Mode;
import dev.sandbar.core.model.Location;
import dev.sandbar.core.model.Permission;
import dev.sandbar.core.model.Permissions;
import dev.sandbar.core.model.Permissions.Request;
import dev.sandbar.core.model.Permissions.Value;
import dev.sandbar.core.model.SpecReader;
import dev.sandbar.source.text.YamlReader;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * A small app that permissions are tried on, so that what is told of them is what the compiler
 * does.
 */
final class Samples {
  /** A volume that the sample's device has. */
  static final String VOLUME = "media";

  private static final String APP =
      """
      apiVersion: sandbar.dev/v1alpha1
      kind: AppSandbox
      metadata: {name: sample}
      spec:
        run: {command: [/usr/bin/sample]}
        permissions: {%s}
      """;

  private Samples() {}

  /**
   * One directive in two units.
   *
   * @param before its values; none if the unit does not have it
   * @param after its values; none if the unit does not have it
   */
  record Change(String directive, List<String> before, List<String> after) {}

  /**
   * What a permission does to the sample.
   *
   * @param grants the difference between an app without and one with it
   * @param guards the lines by which withholding it by name closes an app that is otherwise open
   */
  record Effects(List<Change> grants, List<Change> guards) {}

  /** What the permission's example asks for. */
  static Request request(Permission permission) {
    return asked(permission)
        .get(permission)
        .orElseThrow(() -> new AssertionError("the example asks for it: " + permission));
  }

  /** What the permission does if it is asked for like this. */
  static Effects effects(Permission permission, Request request) {
    Permissions without = companion(permission).map(Samples::asked).orElse(Permissions.NONE);
    Permissions with = without.with(Map.of(permission, request));
    Request no = new Request(new Value.Withheld(), Location.NOWHERE);
    Permissions refusal = Permissions.NONE.with(Map.of(permission, no));
    return new Effects(
        changes(compiled(Mode.CLOSED, without), compiled(Mode.CLOSED, with)),
        changes(compiled(Mode.OPEN, Permissions.NONE), compiled(Mode.OPEN, refusal)));
  }

  /** The permission without which the other is none. */
  static Optional<Permission> companion(Permission permission) {
    return switch (permission) {
      case INTERNET_TO -> Optional.of(Permission.INTERNET);
      case PORTS -> Optional.of(Permission.LOCAL_NETWORK);
      case INTERNET, LOCAL_NETWORK, NETWORK_NAMESPACE, STATE, STORAGE, SERIAL, DEVICES, JIT ->
          Optional.empty();
    };
  }

  /** The values of every directive of an app that asks for nothing. */
  static SequencedMap<String, List<String>> closed() {
    return values(compiled(Mode.CLOSED, Permissions.NONE));
  }

  /** The same app with other permissions. */
  static AppSandbox with(AppSandbox app, Permissions permissions) {
    return with(app, app.mode(), permissions);
  }

  private static AppSandbox with(AppSandbox app, Mode mode, Permissions permissions) {
    return new AppSandbox(
        app.name(),
        app.at(),
        app.devices(),
        app.root(),
        app.run(),
        mode,
        permissions,
        app.systemCalls(),
        app.directives(),
        app.drift());
  }

  private static CompiledApp compiled(Mode mode, Permissions permissions) {
    AppSandbox app = with(app(""), mode, permissions);
    return switch (Compilations.compile(app, facts(app))) {
      case Compilation.Compiled(var compiled, _) -> compiled;
      case Compilation.Rejected(_, var errors) ->
          throw new CommandException(errors.getFirst().message(), errors.getFirst().help());
    };
  }

  private static List<Change> changes(CompiledApp before, CompiledApp after) {
    SequencedMap<String, List<String>> first = values(before);
    SequencedMap<String, List<String>> second = values(after);
    Set<String> names = new LinkedHashSet<>(second.keySet());
    names.addAll(first.keySet());
    return names.stream()
        .map(
            n -> new Change(n, first.getOrDefault(n, List.of()), second.getOrDefault(n, List.of())))
        .filter(change -> !change.before().equals(change.after()))
        .toList();
  }

  /** The stamp of the generation left out. */
  private static SequencedMap<String, List<String>> values(CompiledApp app) {
    var values = new LinkedHashMap<String, List<String>>();
    for (Directive directive : app.directives()) {
      if (!directive.value().contains(CompiledApp.GENERATION_VARIABLE)) {
        values.merge(directive.name(), List.of(directive.value()), Samples::joined);
      }
    }
    return values;
  }

  private static List<String> joined(List<String> first, List<String> second) {
    return Stream.concat(first.stream(), second.stream()).toList();
  }

  /** The reference device with every volume that the app asks for. */
  static DeviceFacts facts(AppSandbox app) {
    var volumes = new TreeMap<String, String>();
    app.permissions()
        .get(Permission.STORAGE)
        .ifPresent(
            request -> {
              if (request.value() instanceof Value.Volumes(var mounts)) {
                mounts.forEach(m -> volumes.put(m.source(), "/srv/" + m.source()));
              }
            });
    return ReferenceDevice.facts().configured(Map.of(), volumes);
  }

  private static Permissions asked(Permission permission) {
    String companion = companion(permission).map(c -> PermissionText.example(c) + ", ").orElse("");
    return app(companion + PermissionText.example(permission)).permissions();
  }

  private static AppSandbox app(String permissions) {
    byte[] yaml = APP.formatted(permissions).getBytes(StandardCharsets.UTF_8);
    var documents = YamlReader.read("sample.yaml", yaml).documents();
    return switch (SpecReader.read(documents.getFirst())) {
      case SpecReader.Read(var app, _) -> app;
      case SpecReader.Refused(_, _, var diagnostics) ->
          throw new AssertionError("the sample is right: " + diagnostics);
    };
  }
}
