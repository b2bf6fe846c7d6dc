package dev.sandbar.vdev;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;

/** The directory that stands for a device or a network as long as it exists. */
final class Entry {
  private Entry() {}

  /**
   * Makes an entry in one step: a sweep that looks at the same time sees it whole or not at all.
   */
  static void create(
      DevicePlaces places,
      DevicePlaces.Kind kind,
      String id,
      boolean detached,
      Map<String, String> values) {
    Path entry = places.entries(kind).resolve(id);
    Launcher.createPrivate(places.entries(kind));
    try {
      Path fresh = Files.createTempDirectory(places.entries(kind), ".new");
      Path owner = fresh.resolve("owner");
      Path file = fresh.resolve("properties");
      try {
        if (!detached) {
          Files.writeString(owner, HolderProcess.self() + "\n");
        }
        var properties = new Properties();
        properties.putAll(values);
        try (var out = Files.newBufferedWriter(file)) {
          properties.store(out, null);
        }
        Files.move(fresh, entry, StandardCopyOption.ATOMIC_MOVE);
      } finally {
        // Nothing is there any more unless it could not be moved.
        Files.deleteIfExists(owner);
        Files.deleteIfExists(file);
        Files.deleteIfExists(fresh);
      }
    } catch (IOException e) {
      String why = Files.exists(entry) ? "it exists already" : e.toString();
      throw new VirtualDeviceException("cannot make " + entry + ": " + why, e);
    }
  }

  static Map<String, String> read(DevicePlaces places, DevicePlaces.Kind kind, String id) {
    var properties = new Properties();
    Path file = places.entries(kind).resolve(id).resolve("properties");
    try (var in = Files.newBufferedReader(file)) {
      properties.load(in);
    } catch (NoSuchFileException e) {
      return Map.of();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    var values = new TreeMap<String, String>();
    properties.stringPropertyNames().forEach(key -> values.put(key, properties.getProperty(key)));
    return values;
  }

  static List<String> ids(DevicePlaces places, DevicePlaces.Kind kind) {
    return names(places.entries(kind));
  }

  static List<String> names(Path directory) {
    try (var files = Files.list(directory)) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> !name.startsWith("."))
          .sorted()
          .toList();
    } catch (NoSuchFileException e) {
      return List.of();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static boolean detached(DevicePlaces places, DevicePlaces.Kind kind, String id) {
    return !Files.exists(places.entries(kind).resolve(id).resolve("owner"));
  }

  /** Tells whether whoever held it is gone without removing it. */
  static boolean orphaned(DevicePlaces places, DevicePlaces.Kind kind, String id) {
    String owner = Launcher.readLine(places.entries(kind).resolve(id).resolve("owner"));
    return !owner.isEmpty() && !HolderProcess.parse(owner).alive();
  }
}
