package dev.sandbar.device.observe;

import dev.sandbar.core.compile.BusPolicy;
import dev.sandbar.core.compile.SharedRules;
import dev.sandbar.core.compile.SocketDirectory;
import dev.sandbar.core.model.HardwareLinks;
import dev.sandbar.core.model.UnitName;
import dev.sandbar.core.plan.Observation;
import dev.sandbar.core.plan.PluggedHardware;
import dev.sandbar.core.plan.StoredImage;
import dev.sandbar.device.store.DurableFiles;
import dev.sandbar.device.store.FileStore;
import dev.sandbar.device.store.SecretStore;
import dev.sandbar.device.systemd.Systemd;
import java.io.File;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Supplier;

/** Reads what concerns every app. For one thread at a time. */
final class CommonReader {

  private final Path root;
  private final Systemd systemd;
  private final Supplier<SortedMap<String, StoredImage>> images;
  private final FileStore stored;
  private final SecretStore secrets;

  /** What concerns every app, at one moment. */
  record Common(
      SortedMap<String, StoredImage> images,
      SortedMap<String, Boolean> kept,
      SortedSet<String> managerVariables,
      SortedSet<UnitName> plugged) {
    static final Common NOTHING = of(Observation.NOTHING);

    static Common of(Observation seen) {
      return new Common(
          seen.images(), seen.files(), seen.managerVariables(), seen.plugged().units());
    }
  }

  /**
   * @param root of the device's file system
   * @param images those whose content is right
   */
  CommonReader(Path root, Systemd systemd, Supplier<SortedMap<String, StoredImage>> images) {
    this.root = root;
    this.systemd = systemd;
    this.images = images;
    this.stored = FileStore.of(root, new DurableFiles());
    this.secrets = SecretStore.of(root, new DurableFiles());
  }

  Common read() {
    return new Common(images(), kept(), systemd.managerVariables(), plugged().units());
  }

  SortedMap<String, StoredImage> images() {
    return images.get();
  }

  /** Files and secrets of apps, and whether each is what it should be. */
  SortedMap<String, Boolean> kept() {
    var kept = new TreeMap<>(stored.files());
    kept.putAll(secrets.secrets());
    return kept;
  }

  PluggedHardware plugged() {
    var there = new TreeSet<UnitName>();
    systemd
        .units(List.of(HardwareLinks.UNITS))
        .forEach(
            (unit, state) -> {
              if (state.equals("active")) {
                there.add(unit);
              }
            });
    return new PluggedHardware(there);
  }

  /**
   * Files that the agent writes for all apps together, and folders with links by which apps let
   * others in.
   */
  List<String> files() {
    var files = new ArrayList<String>();
    for (String path : List.of(SharedRules.FILE, BusPolicy.FOLDER, SocketDirectory.LINKS)) {
      files.add(root.resolve(path.substring(1)).toString());
    }
    String links = files.getLast();
    String[] servers = new File(links).list();
    if (servers != null) {
      Arrays.sort(servers);
      for (String server : servers) {
        files.add(links + "/" + server);
      }
    }
    return files;
  }
}
