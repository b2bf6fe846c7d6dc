package dev.sandbar.device.probe;

import dev.sandbar.core.model.UnitName;
import dev.sandbar.core.property.Raw;
import dev.sandbar.device.store.DevicePaths;
import dev.sandbar.device.store.DurableFiles;
import dev.sandbar.device.systemd.Systemd;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The files that systemd has loaded a unit from, as they are on the disk.
 *
 * @param texts of the unit file, then of the drop-ins in the order in which they apply; none if
 *     systemd has loaded no such unit
 * @param dropIns paths of the drop-ins
 * @param changed whether a file has changed since systemd loaded it
 */
public record UnitContent(List<String> texts, List<String> dropIns, boolean changed) {

  /** systemd itself reads a little more; a unit file of that size is none. */
  private static final int FILE_LIMIT = 1 << 20;

  public UnitContent {
    texts = List.copyOf(texts);
    dropIns = List.copyOf(dropIns);
  }

  /** What a unit would be that is only this text. */
  public static UnitContent only(String text) {
    return new UnitContent(List.of(text), List.of(), false);
  }

  /** The text of a drop-in; empty if the unit has none of that path. */
  public Optional<String> dropIn(String path) {
    int index = dropIns.indexOf(path);
    return index < 0 ? Optional.empty() : Optional.of(texts.get(index + 1));
  }

  /** The texts, without that of a drop-in of this path. */
  public List<String> textsWithout(String path) {
    int index = dropIns.indexOf(path);
    var others = new ArrayList<>(texts);
    if (index >= 0) {
      others.remove(index + 1);
    }
    return others;
  }

  /** This, with a drop-in of another text, or with one more that is the last to be applied. */
  public UnitContent with(String path, String text) {
    var changedTexts = new ArrayList<>(texts);
    var paths = new ArrayList<>(dropIns);
    int index = dropIns.indexOf(path);
    if (index < 0) {
      changedTexts.add(text);
      paths.add(path);
    } else {
      changedTexts.set(index + 1, text);
    }
    return new UnitContent(changedTexts, paths, false);
  }

  /**
   * Reads them.
   *
   * @param root of the device's file system
   * @throws IOException if one cannot be read: what it opens would be missing
   */
  public static UnitContent of(Path root, Systemd systemd, UnitName unit) throws IOException {
    Map<String, Raw> properties = systemd.properties(unit);
    if (!new Raw.Str("loaded").equals(properties.get("LoadState"))
        || !(properties.get("FragmentPath") instanceof Raw.Str(String fragment))
        || !fragment.startsWith("/")) {
      return new UnitContent(List.of(), List.of(), false);
    }
    var dropIns = new ArrayList<String>();
    if (properties.get("DropInPaths") instanceof Raw.Array(List<Raw> items)) {
      for (Raw item : items) {
        if (item instanceof Raw.Str(String path) && path.startsWith("/")) {
          dropIns.add(path);
        }
      }
    }
    var texts = new ArrayList<String>();
    texts.add(text(root, fragment));
    for (String path : dropIns) {
      texts.add(text(root, path));
    }
    boolean changed =
        properties.get("NeedDaemonReload") instanceof Raw.Bool(boolean needed) && needed;
    return new UnitContent(texts, dropIns, changed);
  }

  private static String text(Path root, String path) throws IOException {
    Path file = DevicePaths.onDisk(root, Path.of(path).normalize().toString());
    // A drop-in that is masked, systemd.unit(5), sets nothing.
    if (file.equals(root.resolve("dev/null"))) {
      return "";
    }
    return new String(new DurableFiles().read(file, FILE_LIMIT), StandardCharsets.UTF_8);
  }
}
