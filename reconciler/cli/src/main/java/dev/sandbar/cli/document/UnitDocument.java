package dev.sandbar.cli.document;

import dev.sandbar.core.model.Node;
import dev.sandbar.core.model.UnitName;
import dev.sandbar.core.plan.ObservedUnit;
import dev.sandbar.core.plan.ObservedUnit.File;
import dev.sandbar.core.plan.ObservedUnit.Loaded;
import dev.sandbar.core.plan.ObservedUnit.ProcessEvidence;
import dev.sandbar.core.property.Raw;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/** One observed unit as a document; its name is the key that it stands at. */
record UnitDocument(
    List<File> files,
    Loaded loaded,
    List<ProcessEvidence> processes,
    List<String> cgroupPrograms,
    SortedMap<String, Node> properties) {

  static UnitDocument of(ObservedUnit unit) {
    var properties = new TreeMap<String, Node>();
    unit.properties().forEach((name, raw) -> properties.put(name, RawDocument.write(raw)));
    return new UnitDocument(
        unit.files(), unit.loaded(), unit.processes(), unit.cgroupPrograms(), properties);
  }

  ObservedUnit unit(UnitName name) {
    var raw = new TreeMap<String, Raw>();
    properties.forEach((key, node) -> raw.put(key, RawDocument.read(node)));
    return new ObservedUnit(name, files, loaded, raw, processes, cgroupPrograms);
  }
}
