package dev.sandbar.cli.document;

import dev.sandbar.core.model.Node;
import dev.sandbar.core.model.UnitName;
import dev.sandbar.core.plan.ObservedUnit;
import dev.sandbar.core.plan.ObservedUnit.File;
import dev.sandbar.core.plan.ObservedUnit.Loaded;
import dev.sandbar.core.plan.ObservedUnit.ProcessEvidence;
import dev.sandbar.core.property.Raw;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** One observed unit as a document; its name is the key that it stands at. */
record UnitDocument(
    List<FileDocument> files,
    LoadedDocument loaded,
    List<ProcessEvidence> processes,
    List<String> cgroupPrograms,
    SortedMap<String, Node> properties) {

  static UnitDocument of(ObservedUnit unit) {
    var properties = new TreeMap<String, Node>();
    unit.properties().forEach((name, raw) -> properties.put(name, RawDocument.write(raw)));
    return new UnitDocument(
        unit.files().stream().map(FileDocument::of).toList(),
        LoadedDocument.of(unit.loaded()),
        unit.processes(),
        unit.cgroupPrograms(),
        properties);
  }

  ObservedUnit unit(UnitName name) {
    var raw = new TreeMap<String, Raw>();
    properties.forEach((key, node) -> raw.put(key, RawDocument.read(node)));
    return new ObservedUnit(
        name,
        files.stream().map(FileDocument::file).toList(),
        loaded.loaded(),
        raw,
        processes,
        cgroupPrograms);
  }

  /**
   * What the manager says.
   *
   * @param changing left out by earlier releases
   */
  record LoadedDocument(
      String loadState,
      String activeState,
      String subState,
      String unitFileState,
      String fragmentPath,
      List<String> dropInPaths,
      boolean needDaemonReload,
      String invocationId,
      String generation,
      String result,
      int exitStatus,
      long restarts,
      @Nullable Boolean changing) {
    static LoadedDocument of(Loaded loaded) {
      return new LoadedDocument(
          loaded.loadState(),
          loaded.activeState(),
          loaded.subState(),
          loaded.unitFileState(),
          loaded.fragmentPath(),
          loaded.dropInPaths(),
          loaded.needDaemonReload(),
          loaded.invocationId(),
          loaded.generation(),
          loaded.result(),
          loaded.exitStatus(),
          loaded.restarts(),
          loaded.changing());
    }

    Loaded loaded() {
      return new Loaded(
          loadState,
          activeState,
          subState,
          unitFileState,
          fragmentPath,
          dropInPaths,
          needDaemonReload,
          invocationId,
          generation,
          result,
          exitStatus,
          restarts,
          Boolean.TRUE.equals(changing));
    }
  }

  /**
   * One file.
   *
   * @param settings left out by earlier releases
   * @param access left out by earlier releases
   */
  record FileDocument(
      String path,
      String sha256,
      boolean marked,
      @Nullable List<String> settings,
      @Nullable String access) {
    static FileDocument of(File file) {
      return new FileDocument(
          file.path(), file.sha256(), file.marked(), file.settings(), file.access());
    }

    File file() {
      return new File(
          path,
          sha256,
          marked,
          Optional.ofNullable(settings).orElse(List.of()),
          Optional.ofNullable(access).orElse(""));
    }
  }
}
