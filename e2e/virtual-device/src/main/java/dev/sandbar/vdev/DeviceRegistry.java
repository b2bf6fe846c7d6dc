package dev.sandbar.vdev;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;

/** The virtual devices that exist on this machine, whichever process made them. */
public final class DeviceRegistry {
  private DeviceRegistry() {}

  /** Returns the devices, running or not, ordered by id. */
  public static List<VirtualDevice> list() {
    DevicePlaces places = DevicePlaces.ofThisMachine();
    return Entry.ids(places, DevicePlaces.Kind.DEVICE).stream()
        .flatMap(id -> load(places, id).stream())
        .toList();
  }

  /** Returns the device of this id; the id of a detached device is its name. */
  public static Optional<VirtualDevice> find(String id) {
    return list().stream().filter(device -> device.id().equals(id)).findFirst();
  }

  /** Tells whether the device outlives the process that made it. */
  public static boolean detached(VirtualDevice device) {
    return Entry.detached(DevicePlaces.ofThisMachine(), DevicePlaces.Kind.DEVICE, device.id());
  }

  /**
   * Removes what processes that are gone left behind: devices, networks, disks.
   *
   * @return the ids of what was removed
   */
  public static List<String> sweep() {
    DevicePlaces places = DevicePlaces.ofThisMachine();
    var swept = new TreeSet<String>();
    // Disks first: a device's entry stands before its disk does.
    List<String> disks = Entry.names(places.disks());
    for (var kind : DevicePlaces.Kind.values()) {
      for (String id : Entry.ids(places, kind)) {
        if (Entry.orphaned(places, kind, id)) {
          Launcher.remove(places, kind, id);
          swept.add(id);
        }
      }
    }
    for (String id : disks) {
      if (!Files.exists(places.entries(DevicePlaces.Kind.DEVICE).resolve(id))) {
        Launcher.remove(places, DevicePlaces.Kind.DEVICE, id);
        swept.add(id);
      }
    }
    for (String group : groups(places.cgroup())) {
      for (var kind : DevicePlaces.Kind.values()) {
        String prefix = kind.directory + ".";
        if (group.startsWith(prefix)) {
          String id = group.substring(prefix.length());
          if (!Files.exists(places.entries(kind).resolve(id))) {
            Launcher.remove(places, kind, id);
            swept.add(id);
          }
        }
      }
    }
    return List.copyOf(swept);
  }

  private static List<String> groups(Path cgroup) {
    try (var files = Files.list(cgroup)) {
      return files.filter(Files::isDirectory).map(file -> file.getFileName().toString()).toList();
    } catch (NoSuchFileException e) {
      return List.of();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Optional<VirtualDevice> load(DevicePlaces places, String id) {
    Map<String, String> values = Entry.read(places, DevicePlaces.Kind.DEVICE, id);
    // It was removed between listing and reading.
    return values.isEmpty()
        ? Optional.empty()
        : Optional.of(new VirtualDevice(places, VirtualDeviceSpec.load(id, values)));
  }
}
