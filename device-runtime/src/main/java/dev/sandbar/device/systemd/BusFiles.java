package dev.sandbar.device.systemd;

import dev.sandbar.core.compile.BusPolicy;
import dev.sandbar.core.compile.BusServices;
import dev.sandbar.core.model.BusName;
import dev.sandbar.device.store.DevicePaths;
import dev.sandbar.device.store.DurableFiles;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What files of the system bus say of the services of a device (dbus-daemon(1)): what it starts,
 * and which names somebody may own. Nobody owns a name that is in none of them.
 */
final class BusFiles {

  private static final List<String> ACTIVATION =
      List.of(
          "/etc/dbus-1/system-services",
          "/run/dbus-1/system-services",
          "/usr/local/share/dbus-1/system-services",
          "/usr/share/dbus-1/system-services",
          "/usr/lib/dbus-1/system-services");

  private static final List<String> POLICIES =
      List.of("/usr/share/dbus-1/system.d", BusPolicy.FOLDER);

  private static final List<String> SINGLE =
      List.of(
          "/usr/share/dbus-1/system.conf",
          "/etc/dbus-1/system.conf",
          "/etc/dbus-1/system-local.conf");

  private static final String SERVICE = ".service";
  private static final Pattern STARTED = Pattern.compile("(?m)^\\s*Name\\s*=\\s*(\\S+)\\s*$");
  private static final Pattern OWNED =
      Pattern.compile("\\bown(_prefix)?\\s*=\\s*[\"']([^\"'<>]{1,255})[\"']");

  private static final int FILE_LIMIT = 256 << 10;
  private static final int MOST_FILES = 1024;

  private final Path root;
  private final SortedSet<String> names = new TreeSet<>();
  private final SortedSet<String> prefixes = new TreeSet<>();
  private int files;

  private BusFiles(Path root) {
    this.root = root;
  }

  /** Reads them. */
  static BusServices read(Path root) {
    var reader = new BusFiles(root);
    for (String folder : ACTIVATION) {
      reader.each(folder, reader::started);
    }
    for (String folder : POLICIES) {
      reader.each(folder, reader::owned);
    }
    for (String file : SINGLE) {
      reader.onDisk(file, reader::owned);
    }
    return new BusServices(reader.names, reader.prefixes);
  }

  private void started(Path file) {
    String name = file.getFileName().toString();
    if (name.endsWith(SERVICE)) {
      add(name.substring(0, name.length() - SERVICE.length()), names);
      Matcher found = STARTED.matcher(text(file));
      while (found.find()) {
        add(found.group(1), names);
      }
    }
  }

  private void owned(Path file) {
    // What an app owns is not in its way.
    if (!BusPolicy.isOwn(file.getFileName().toString())) {
      Matcher found = OWNED.matcher(text(file));
      while (found.find()) {
        add(found.group(2), found.group(1) == null ? names : prefixes);
      }
    }
  }

  /** A prefix may be of one element, which no name is. */
  private static void add(String name, SortedSet<String> to) {
    if (BusName.isValid(name) || BusName.isValid(name + ".a")) {
      to.add(name);
    }
  }

  private String text(Path file) {
    try {
      return new String(new DurableFiles().read(file, FILE_LIMIT), StandardCharsets.UTF_8);
    } catch (IOException e) {
      return "";
    }
  }

  private void each(String folder, Consumer<Path> reading) {
    onDisk(
        folder,
        there -> {
          try (DirectoryStream<Path> entries = Files.newDirectoryStream(there)) {
            for (Path entry : entries) {
              if (files++ >= MOST_FILES) {
                return;
              }
              reading.accept(entry);
            }
          } catch (IOException | DirectoryIteratorException e) {
            // There is none.
          }
        });
  }

  private void onDisk(String path, Consumer<Path> reading) {
    try {
      reading.accept(DevicePaths.onDisk(root, path));
    } catch (IOException e) {
      // There is none.
    }
  }
}
