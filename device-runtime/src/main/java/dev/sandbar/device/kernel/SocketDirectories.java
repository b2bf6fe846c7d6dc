package dev.sandbar.device.kernel;

import dev.sandbar.core.compile.BrokerSocket;
import dev.sandbar.core.compile.SocketDirectory;
import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.SafeText;
import dev.sandbar.core.model.UnitName;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The directories in which apps make sockets for others. Of what an app makes there nothing is
 * read: only the directory itself, and the links beside it, which no app can write.
 */
public final class SocketDirectories {

  private static final int MOST_LINKS = 256;

  /** Other apps can fill what it is in. */
  private static final String SHARED = ", and no file system of its own";

  private static final int PERMISSIONS = 07777;
  private static final int GROUPS_LIMIT = 1 << 20;

  private final Path root;
  private final Path device;

  /**
   * @param root of the device's file system
   */
  public SocketDirectories(Path root) {
    this.root = root;
    // As PID 1 sees it: what is mounted later need not come to the agent.
    Path first = root.resolve("proc/1/root");
    this.device = Files.isDirectory(first.resolve("run")) ? first : root;
  }

  /** What there is of an app's own, in the form of {@link SocketDirectory#declared}. */
  SortedMap<String, String> read(
      String controlGroup, List<ProcessReader.Seen> processes, SortedSet<String> paths) {
    var all = agent(processes, paths);
    String unit = controlGroup.substring(controlGroup.lastIndexOf('/') + 1);
    Optional<AppName> app =
        Optional.of(unit)
            .filter(UnitName::isValid)
            .flatMap(name -> new UnitName(name).ownApp())
            .filter(name -> paths.contains(SocketDirectory.of(name)));
    if (app.isEmpty() || processes.isEmpty()) {
      return all;
    }
    String own = SocketDirectory.of(app.get());
    String links = SocketDirectory.links(app.get());
    for (String path : List.of(SocketDirectory.FOLDER, links)) {
      state(path).ifPresent(it -> all.put(path, it));
    }
    boolean same = isMounted(own, processes.getFirst().facts().pid());
    String shared = device(own).equals(device(SocketDirectory.FOLDER)) ? SHARED : "";
    state(own)
        .ifPresent(
            it -> all.put(own, it + shared + (same ? "" : ", and not the one that the app has")));
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(on(links))) {
      for (Path entry : entries) {
        if (all.size() > MOST_LINKS) {
          break;
        }
        all.put(links + "/" + plain(entry.getFileName().toString()), target(entry));
      }
    } catch (IOException | DirectoryIteratorException e) {
      // Shown as missing.
    }
    return all;
  }

  /** The directory in which the agent has a socket for the app, where the app has one mounted. */
  private TreeMap<String, String> agent(
      List<ProcessReader.Seen> processes, SortedSet<String> paths) {
    var all = new TreeMap<String, String>();
    for (String own : paths.subSet(BrokerSocket.FOLDER + "/", BrokerSocket.FOLDER + "0")) {
      if (processes.isEmpty()) {
        break;
      }
      all.put(BrokerSocket.FOLDER, state(BrokerSocket.FOLDER).orElse("missing"));
      Path inApp = below(inside(processes.getFirst().facts().pid()), BrokerSocket.FOLDER);
      boolean same =
          identity(on(own)).filter(it -> identity(inApp).equals(Optional.of(it))).isPresent();
      state(own)
          .ifPresent(it -> all.put(own, same ? it : it + ", and not the one that the app has"));
    }
    return all;
  }

  /** Whether the process has that directory of the device mounted at the same place. */
  public boolean isMounted(String path, int pid) {
    return identity(on(path))
        .filter(identity -> identity(below(inside(pid), path)).filter(identity::equals).isPresent())
        .isPresent();
  }

  /** Whether the server lets the client in: whether there is what it would mount. */
  public boolean letsIn(AppName server, AppName client) {
    return Files.isSymbolicLink(on(SocketDirectory.link(server, client)));
  }

  /** Which directory it is; empty if there is none. */
  public Optional<String> identity(String path) {
    return identity(on(path));
  }

  /** Apps that have let others in since the device has started. */
  public List<AppName> servers() {
    var names = new ArrayList<AppName>();
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(on(SocketDirectory.LINKS))) {
      for (Path entry : entries) {
        String name = entry.getFileName().toString();
        if (AppName.isValid(name) && names.size() < MOST_LINKS) {
          names.add(new AppName(name));
        }
      }
    } catch (IOException | DirectoryIteratorException e) {
      return List.of();
    }
    return names;
  }

  /** Of an app that is gone, nobody is let in any more. */
  public void forget(AppName server) throws IOException {
    Path links = on(SocketDirectory.links(server));
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(links)) {
      for (Path entry : entries) {
        Files.delete(entry);
      }
    }
    Files.delete(links);
  }

  private Path inside(int pid) {
    return root.resolve("proc").resolve(Integer.toString(pid)).resolve("root");
  }

  private Path on(String path) {
    return below(device, path);
  }

  private static Path below(Path top, String path) {
    return top.resolve(path.substring(1));
  }

  private static Optional<String> identity(Path path) {
    try {
      Map<String, Object> found =
          Files.readAttributes(path, "unix:dev,ino,isDirectory", LinkOption.NOFOLLOW_LINKS);
      return Boolean.TRUE.equals(found.get("isDirectory"))
          ? Optional.of(found.get("dev") + ":" + found.get("ino"))
          : Optional.empty();
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  /** Of the file system that it is in. */
  private Optional<Object> device(String path) {
    try {
      return Optional.of(Files.getAttribute(on(path), "unix:dev", LinkOption.NOFOLLOW_LINKS));
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  private Optional<String> state(String path) {
    try {
      Map<String, Object> found =
          Files.readAttributes(
              on(path), "unix:mode,uid,gid,isDirectory", LinkOption.NOFOLLOW_LINKS);
      if (!Boolean.TRUE.equals(found.get("isDirectory"))
          || !(found.get("mode") instanceof Integer mode)) {
        return Optional.of("not a directory");
      }
      return Optional.of(
          "%o %s %s"
              .formatted(mode & PERMISSIONS, user(found.get("uid")), group(found.get("gid"))));
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  private static String user(@Nullable Object uid) {
    return Integer.valueOf(0).equals(uid) ? "root" : String.valueOf(uid);
  }

  private String group(@Nullable Object gid) {
    if (Integer.valueOf(0).equals(gid)) {
      return "root";
    }
    String number = String.valueOf(gid);
    try {
      return ProcFile.read(root.resolve("etc/group"), GROUPS_LIMIT)
          .lines()
          .map(line -> line.split(":", -1))
          .filter(fields -> fields.length > 2 && fields[2].equals(number))
          .map(fields -> fields[0])
          .findFirst()
          .orElse(number);
    } catch (IOException e) {
      return number;
    }
  }

  private static String target(Path link) {
    try {
      return plain(Files.readSymbolicLink(link).toString());
    } catch (IOException e) {
      return "not a link";
    }
  }

  /** Without quotes where nothing in it needs them. */
  private static String plain(String text) {
    String shown = SafeText.shown(text);
    return shown.equals("'" + text + "'") ? text : shown;
  }
}
