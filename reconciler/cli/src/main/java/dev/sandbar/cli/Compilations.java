package dev.sandbar.cli;

import dev.sandbar.core.compile.AppClashes;
import dev.sandbar.core.compile.Compilation;
import dev.sandbar.core.compile.CompiledApp;
import dev.sandbar.core.compile.Compiler;
import dev.sandbar.core.compile.DeviceFacts;
import dev.sandbar.core.compile.MissingPeers;
import dev.sandbar.core.compile.PortClashes;
import dev.sandbar.core.compile.ReferenceDevice;
import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.AppSpec;
import dev.sandbar.core.model.AppSpec.Root;
import dev.sandbar.core.model.Diagnostic;
import dev.sandbar.core.model.Permission;
import dev.sandbar.core.model.Problem;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.function.Function;

/**
 * The apps of some specs, compiled for one device.
 *
 * @param apps those that the device can run, by name
 * @param diagnostics why it cannot run the others, and warnings
 */
record Compilations(List<CompiledApp> apps, List<Diagnostic> diagnostics) {
  Compilations {
    apps = List.copyOf(apps);
    diagnostics = List.copyOf(diagnostics);
  }

  /** Compiles all. */
  static Compilations of(Specs specs, DeviceFacts facts) {
    return of(specs, _ -> facts);
  }

  /** Compiles each for a device of its own, which has the volumes that the app asks for. */
  static Compilations withoutDevice(Specs specs) {
    Compilations compiled = of(specs, ReferenceDevice::facts);
    var all = new ArrayList<>(compiled.diagnostics());
    specs.apps().values().forEach(app -> all.addAll(unknownVolumes(app)));
    return new Compilations(compiled.apps(), all);
  }

  private static List<Diagnostic> unknownVolumes(AppSpec app) {
    return app.permissions().get(Permission.STORAGE).stream()
        .flatMap(
            request ->
                ReferenceDevice.facts(app).volumes().keySet().stream()
                    .map(
                        volume ->
                            Diagnostic.warning(
                                Problem.CANNOT_ENFORCE,
                                request.at(),
                                "permissions.storage: only a device knows whether it has volume "
                                    + volume,
                                "check it for a device: --device NAME or --facts FILE")))
        .toList();
  }

  private static Compilations of(Specs specs, Function<AppSpec, DeviceFacts> device) {
    var apps = new ArrayList<CompiledApp>();
    var diagnostics = new ArrayList<Diagnostic>();
    for (AppSpec spec : specs.apps().values()) {
      switch (compile(spec, device.apply(spec))) {
        case Compilation.Compiled(var app, var warnings) -> {
          apps.add(app);
          diagnostics.addAll(warnings);
        }
        case Compilation.Rejected(_, var errors) -> diagnostics.addAll(errors);
      }
    }
    SortedMap<AppName, List<Diagnostic>> clashes =
        AppClashes.find(apps.stream().map(CompiledApp::spec).toList());
    clashes.values().forEach(diagnostics::addAll);
    apps.removeIf(app -> clashes.containsKey(app.spec().name()));
    List<AppSpec> compiled = apps.stream().map(CompiledApp::spec).toList();
    diagnostics.addAll(PortClashes.find(compiled));
    diagnostics.addAll(MissingPeers.find(compiled, specs.apps().keySet()));
    return new Compilations(apps, Diagnostic.oncePerDevice(diagnostics));
  }

  /** These, without apps whose image is refused. */
  Compilations verified(Function<Root.Image, Optional<Diagnostic>> refusal) {
    var kept = new ArrayList<CompiledApp>();
    var all = new ArrayList<>(diagnostics);
    for (CompiledApp app : apps) {
      Optional<Diagnostic> refused =
          app.spec().root() instanceof Root.Image image ? refusal.apply(image) : Optional.empty();
      if (refused.isEmpty()) {
        kept.add(app);
      }
      refused.ifPresent(all::add);
    }
    return new Compilations(kept, all);
  }

  /** Compiles one. */
  static Compilation compile(AppSpec spec, DeviceFacts facts) {
    return Compiler.compile(spec, facts);
  }
}
