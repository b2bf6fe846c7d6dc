package dev.sandbar.cli.document;

import dev.sandbar.core.model.Node;
import dev.sandbar.core.model.UnitName;
import dev.sandbar.core.plan.ObservedUnit;
import dev.sandbar.core.plan.ObservedUnit.File;
import dev.sandbar.core.plan.ObservedUnit.Loaded;
import dev.sandbar.core.plan.ObservedUnit.ProcessEvidence;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;

/** One observed unit as a document. */
final class UnitDocument {
  private UnitDocument() {}

  static Node write(ObservedUnit unit) {
    var properties = new MappingBuilder();
    unit.properties().forEach((name, raw) -> properties.put(name, RawDocument.write(raw)));
    return new MappingBuilder()
        .put("files", Node.list(unit.files().stream().map(UnitDocument::file).toList()))
        .put("loaded", loaded(unit.loaded()))
        .put("processes", Node.list(unit.processes().stream().map(UnitDocument::process).toList()))
        .texts("cgroupPrograms", unit.cgroupPrograms())
        .put("properties", properties.build())
        .build();
  }

  static SortedMap<UnitName, ObservedUnit> readAll(Fields units) {
    var map = new TreeMap<UnitName, ObservedUnit>();
    for (String key : units.keys()) {
      UnitName name;
      try {
        name = new UnitName(key);
      } catch (IllegalArgumentException _) {
        throw Fields.wrong(units.at(), key + " is not the name of a unit");
      }
      map.put(name, read(name, units.child(key)));
    }
    return map;
  }

  private static ObservedUnit read(UnitName name, Fields unit) {
    return new ObservedUnit(
        name,
        unit.list("files", node -> readFile(Fields.of(node))),
        readLoaded(unit.child("loaded")),
        unit.map("properties", RawDocument::read),
        unit.list("processes", node -> readProcess(Fields.of(node))),
        unit.list("cgroupPrograms", Fields::text));
  }

  private static Node file(File file) {
    return new MappingBuilder()
        .put("path", file.path())
        .put("sha256", file.sha256())
        .put("marked", file.marked())
        .build();
  }

  private static File readFile(Fields file) {
    return new File(file.text("path"), file.text("sha256"), file.flag("marked"));
  }

  private static Node loaded(Loaded loaded) {
    return new MappingBuilder()
        .put("loadState", loaded.loadState())
        .put("activeState", loaded.activeState())
        .put("subState", loaded.subState())
        .put("unitFileState", loaded.unitFileState())
        .put("fragmentPath", loaded.fragmentPath())
        .texts("dropInPaths", loaded.dropInPaths())
        .put("needDaemonReload", loaded.needDaemonReload())
        .put("invocationId", loaded.invocationId())
        .put("generation", loaded.generation())
        .put("result", loaded.result())
        .put("exitStatus", loaded.exitStatus())
        .put("restarts", loaded.restarts())
        .build();
  }

  private static Loaded readLoaded(Fields loaded) {
    return new Loaded(
        loaded.text("loadState"),
        loaded.text("activeState"),
        loaded.text("subState"),
        loaded.text("unitFileState"),
        loaded.text("fragmentPath"),
        loaded.list("dropInPaths", Fields::text),
        loaded.flag("needDaemonReload"),
        loaded.text("invocationId"),
        loaded.text("generation"),
        loaded.text("result"),
        loaded.count("exitStatus"),
        loaded.number("restarts"));
  }

  private static Node process(ProcessEvidence process) {
    var namespaces = new MappingBuilder();
    process.namespaces().forEach(namespaces::put);
    return new MappingBuilder()
        .put("pid", process.pid())
        .put("command", process.command())
        .put("uid", process.uid())
        .put("noNewPrivileges", process.noNewPrivileges())
        .put("seccomp", process.seccomp())
        .put("capBounding", process.capBounding())
        .put("capEffective", process.capEffective())
        .put("capAmbient", process.capAmbient())
        .put("ownNamespaces", namespaces.build())
        .put("generation", process.generation())
        .texts("visible", process.visible())
        .build();
  }

  private static ProcessEvidence readProcess(Fields process) {
    return new ProcessEvidence(
        process.count("pid"),
        process.text("command"),
        process.count("uid"),
        process.flag("noNewPrivileges"),
        process.count("seccomp"),
        process.number("capBounding"),
        process.number("capEffective"),
        process.number("capAmbient"),
        process.map("ownNamespaces", Fields::flag),
        process.text("generation"),
        new TreeSet<>(process.list("visible", Fields::text)));
  }
}
