package dev.sandbar.core.plan;

import dev.sandbar.core.compile.CompiledApp;
import dev.sandbar.core.compile.FileStorePath;
import dev.sandbar.core.compile.KernelExpectation.CgroupProgram;
import dev.sandbar.core.compile.SecretStorePath;
import dev.sandbar.core.model.Sha256;
import dev.sandbar.core.model.UnitName;
import dev.sandbar.core.plan.ObservedUnit.File;
import dev.sandbar.core.plan.ObservedUnit.Loaded;
import dev.sandbar.core.plan.ObservedUnit.ProcessEvidence;
import dev.sandbar.core.plan.Plan.Step;
import dev.sandbar.core.property.Raw;
import dev.sandbar.core.property.RawText;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * As much of systemd as the planner relies on: files are read at a reload, a process keeps what it
 * was started with, live settings reach it when they are set.
 */
final class SimulatedDevice {

  final TreeMap<String, String> files = new TreeMap<>();
  final TreeSet<UnitName> enabled = new TreeSet<>();
  final TreeMap<String, StoredImage> images = new TreeMap<>();
  final TreeMap<UnitName, List<ProcessEvidence>> processes = new TreeMap<>();
  final TreeMap<UnitName, TreeSet<String>> programs = new TreeMap<>();
  final TreeMap<UnitName, TreeMap<String, Raw>> overrides = new TreeMap<>();
  final TreeSet<UnitName> active = new TreeSet<>();

  /** What the processes of a unit do not see. */
  private final TreeMap<UnitName, TreeSet<String>> hidden = new TreeMap<>();

  private final TreeMap<UnitName, String> loadedText = new TreeMap<>();
  private final TreeMap<UnitName, List<String>> loadedDropIns = new TreeMap<>();

  /** What systemd reports for a text, and the stamp in it. */
  private final TreeMap<String, SortedMap<String, Raw>> reports = new TreeMap<>();

  private final TreeMap<String, String> stamps = new TreeMap<>();
  private final TreeSet<UnitName> units = new TreeSet<>();
  private int nextPid = 100;

  /** Makes the device able to load the text. */
  void understands(String text, String stamp, SortedMap<String, Raw> reported) {
    reports.put(text, reported);
    stamps.put(text, stamp);
  }

  void understands(CompiledApp app, String variant, int version) {
    units.add(app.unit());
    understands(
        app.text(),
        GenerationStamp.of(app),
        AppVariants.reported(app.spec().name().value(), variant, version));
  }

  /** Has the manager report other hidden paths for the text than it says. */
  void reportsHidden(CompiledApp app, List<String> paths) {
    var raw = new TreeMap<>(Objects.requireNonNull(reports.get(app.text())));
    raw.put(HiddenPaths.DIRECTIVE, new Raw.Array(paths.stream().<Raw>map(Raw.Str::new).toList()));
    reports.put(app.text(), raw);
  }

  /** Somebody takes away what hides the path. */
  void show(UnitName unit, String path) {
    hidden.getOrDefault(unit, new TreeSet<>()).remove(path);
  }

  private final SortedMap<String, Boolean> stored = new TreeMap<>();

  Observation observe() {
    var seen = new TreeMap<UnitName, ObservedUnit>();
    units.forEach(u -> seen.put(u, observe(u)));
    return new Observation(seen, images, stored, new TreeSet<>());
  }

  void watch(UnitName unit) {
    units.add(unit);
  }

  private ObservedUnit observe(UnitName unit) {
    var found = new ArrayList<File>();
    String own = UnitFiles.own(unit);
    files.forEach(
        (path, text) -> {
          if (path.endsWith("/" + unit) || (path + "/").contains("/" + unit + ".d/")) {
            String digest = text.startsWith("link:") ? text : Sha256.of(text).hex();
            found.add(
                path.equals(own) ? 0 : found.size(),
                new File(
                    path,
                    digest,
                    path.equals(own) && text.startsWith("# Written by Sandbar"),
                    path.equals(own) ? List.of() : DropInText.settings(text)));
          }
        });
    String text = loadedText.get(unit);
    boolean isActive = active.contains(unit);
    var raw = new TreeMap<String, Raw>();
    if (text != null) {
      raw.putAll(Objects.requireNonNullElseGet(reports.get(text), TreeMap::new));
    }
    raw.putAll(overrides.getOrDefault(unit, new TreeMap<>()));
    String generation = text == null ? "" : stamps.getOrDefault(text, "");
    String file = Objects.requireNonNullElse(files.get(own), "");
    String fileState =
        file.startsWith("link:") ? "masked" : enabled.contains(unit) ? "enabled" : "disabled";
    return new ObservedUnit(
        unit,
        found,
        new Loaded(
            loadState(text),
            isActive ? "active" : "inactive",
            isActive ? "running" : "dead",
            fileState,
            text == null ? "" : own,
            loadedDropIns.getOrDefault(unit, List.of()),
            false,
            "",
            generation,
            "success",
            0,
            0),
        raw,
        processes.getOrDefault(unit, List.of()).stream().map(p -> sees(unit, p, raw)).toList(),
        List.copyOf(programs.getOrDefault(unit, new TreeSet<>())));
  }

  /** A process sees what the manager hides since it was started, until it is hidden from it too. */
  private ProcessEvidence sees(UnitName unit, ProcessEvidence p, SortedMap<String, Raw> raw) {
    var visible = hidden(raw);
    visible.removeAll(hidden.getOrDefault(unit, new TreeSet<>()));
    return new ProcessEvidence(
        p.pid(),
        p.command(),
        p.uid(),
        p.noNewPrivileges(),
        p.seccomp(),
        p.capBounding(),
        p.capEffective(),
        p.capAmbient(),
        p.ownNamespaces(),
        p.generation(),
        visible);
  }

  private static TreeSet<String> hidden(SortedMap<String, Raw> raw) {
    var paths = new TreeSet<String>();
    if (raw.get(HiddenPaths.DIRECTIVE) instanceof Raw.Array(var items)) {
      items.forEach(item -> paths.add(((Raw.Str) item).text().replaceFirst("^[-+]+", "")));
    }
    return paths;
  }

  private static String loadState(@Nullable String text) {
    if (text == null) {
      return "not-found";
    }
    return text.startsWith("link:") ? "masked" : "loaded";
  }

  void reload() {
    loadedText.clear();
    loadedDropIns.clear();
    overrides.values().forEach(TreeMap::clear);
    for (UnitName unit : units) {
      String text = files.get(UnitFiles.own(unit));
      if (text != null) {
        loadedText.put(unit, text);
      }
      var dropIns = files.keySet().stream().filter(p -> p.contains("/" + unit + ".d/")).toList();
      loadedDropIns.put(unit, dropIns);
      for (String path : dropIns) {
        applyDropIn(unit, Objects.requireNonNull(files.get(path)));
      }
    }
  }

  private void applyDropIn(UnitName unit, String text) {
    var own = overrides.computeIfAbsent(unit, _ -> new TreeMap<>());
    if (text.contains("NoNewPrivileges=no")) {
      own.put("NoNewPrivileges", new Raw.Bool(false));
    }
    if (text.contains("CPUWeight=50")) {
      own.put("CPUWeight", new Raw.Int(50));
    }
    if (text.contains("IPAddressAllow=any")) {
      own.put("IPAddressAllow", RawText.read("[(2 [0 0 0 0] 0)]"));
    }
  }

  void start(UnitName unit) {
    String text = loadedText.get(unit);
    if (text == null || text.startsWith("link:")) {
      throw new IllegalStateException("cannot start " + unit);
    }
    active.add(unit);
    if (!unit.isService()) {
      return;
    }
    hidden.put(unit, hidden(Objects.requireNonNullElseGet(reports.get(text), TreeMap::new)));
    boolean weak = overrides.getOrDefault(unit, new TreeMap<>()).containsKey("NoNewPrivileges");
    processes.put(unit, new ArrayList<>(List.of(process(stamps.getOrDefault(text, ""), !weak))));
    programs.put(
        unit,
        new TreeSet<>(Arrays.stream(CgroupProgram.values()).map(CgroupProgram::name).toList()));
  }

  void stop(UnitName unit) {
    active.remove(unit);
    processes.remove(unit);
    programs.remove(unit);
  }

  /** A process as the sandbox makes it, or one that somebody put there. */
  ProcessEvidence process(String stamp, boolean sandboxed) {
    var namespaces = new TreeMap<String, Boolean>(Map.of("mnt", sandboxed, "ipc", sandboxed));
    return new ProcessEvidence(
        nextPid++,
        sandboxed ? "app" : "sh",
        sandboxed ? 61234 : 0,
        sandboxed,
        sandboxed ? 2 : 0,
        sandboxed ? 0 : -1,
        sandboxed ? 0 : -1,
        0,
        namespaces,
        stamp,
        new TreeSet<>());
  }

  void apply(Plan plan) {
    plan.steps().forEach(this::apply);
  }

  private void apply(Step step) {
    switch (step) {
      case Plan.StoreImage s ->
          images.put(s.digest().hex(), new StoredImage("/images/" + s.digest(), s.rootHash()));
      case Plan.StoreFile s -> stored.put(FileStorePath.name(s.file()), true);
      case Plan.StoreSecret s -> stored.put(SecretStorePath.name(s.secret()), true);
      case Plan.Write s -> files.put(UnitFiles.own(s.unit()), s.text());
      case Plan.Remove s -> {
        if (files.remove(s.path()) == null) {
          throw new IllegalStateException("no file " + s.path());
        }
      }
      case Plan.Reload _ -> reload();
      case Plan.Enable s -> enabled.add(s.unit());
      case Plan.Disable s -> enabled.remove(s.unit());
      case Plan.Start s -> start(s.unit());
      case Plan.Restart s -> {
        stop(s.unit());
        start(s.unit());
      }
      case Plan.Stop s -> stop(s.unit());
      case Plan.LiveSet s -> liveSet(s);
      case Plan.Hide s -> hide(s);
      case Plan.SwapFiles s ->
          s.files().forEach(file -> stored.put(FileStorePath.name(file), true));
      case Plan.Thaw _, Plan.LoadRules _, Plan.SetKernel _, Plan.EndProxy _ -> {}
      case Plan.StartTimer _, Plan.StopTimer _ -> {}
      case Plan.RemoveImage s -> images.remove(s.digest().hex());
      case Plan.RemoveFile s -> stored.remove(s.name());
      case Plan.RemoveState _ -> {}
    }
  }

  private void hide(Plan.Hide step) {
    hidden.getOrDefault(step.unit(), new TreeSet<>()).addAll(step.paths());
  }

  private void liveSet(Plan.LiveSet step) {
    step.properties().forEach(p -> overrides.getOrDefault(step.unit(), new TreeMap<>()).remove(p));
    if (step.unit().isService()) {
      programs.put(
          step.unit(),
          new TreeSet<>(Arrays.stream(CgroupProgram.values()).map(CgroupProgram::name).toList()));
    }
  }
}
