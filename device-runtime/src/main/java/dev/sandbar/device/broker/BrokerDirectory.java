package dev.sandbar.device.broker;

import dev.sandbar.core.compile.BrokerSocket;
import dev.sandbar.core.model.AppName;
import dev.sandbar.device.kernel.PeerSocket;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where the sockets are. Only root can write there, and only root enters: an app has its own
 * directory mounted, so everybody in it may connect.
 */
final class BrokerDirectory {
  private static final Logger LOG = LoggerFactory.getLogger(BrokerDirectory.class);

  /** Connections that the kernel keeps for the agent. */
  private static final int WAITING = 8;

  private final Path folder;

  /**
   * @param root of the device's file system
   */
  BrokerDirectory(Path root) {
    this.folder = root.resolve(BrokerSocket.FOLDER.substring(1));
  }

  /**
   * A new socket of an app, in place of the one that an agent before has left.
   *
   * @throws IOException if it cannot be made now
   */
  PeerSocket open(AppName app) throws IOException {
    make(folder, "rwx------");
    make(directory(app), "rwxr-xr-x");
    Path path = path(app);
    Files.deleteIfExists(path);
    PeerSocket socket = PeerSocket.listen(path.toString(), WAITING);
    try {
      Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rw-rw-rw-"));
      return socket;
    } catch (IOException e) {
      socket.close();
      throw e;
    }
  }

  private static void make(Path directory, String access) throws IOException {
    try {
      Files.createDirectory(directory);
      // Not by an attribute, from which the process's mask takes away.
      Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString(access));
    } catch (FileAlreadyExistsException e) {
      if (!Files.isDirectory(directory, LinkOption.NOFOLLOW_LINKS)) {
        throw e;
      }
    }
  }

  /** Which socket stands there now; empty if none does. */
  String identity(AppName app) {
    try {
      return String.valueOf(Files.getAttribute(path(app), "unix:ino", LinkOption.NOFOLLOW_LINKS));
    } catch (IOException e) {
      return "";
    }
  }

  /** What connects finds nothing there. */
  void remove(AppName app) throws IOException {
    Files.deleteIfExists(path(app));
  }

  /** Of apps that are not among these no socket stays; their directories may still be mounted. */
  void keepOnly(Set<AppName> apps) {
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder)) {
      for (Path entry : entries) {
        String name = String.valueOf(entry.getFileName());
        if (AppName.isValid(name) && !apps.contains(new AppName(name))) {
          remove(new AppName(name));
        }
      }
    } catch (NoSuchFileException e) {
      // No app has ever asked for anything.
    } catch (IOException | DirectoryIteratorException e) {
      LOG.warn("action=broker sockets stay: {}", e.getMessage());
    }
  }

  private Path directory(AppName app) {
    return folder.resolve(app.value());
  }

  private Path path(AppName app) {
    return directory(app).resolve(BrokerSocket.SOCKET);
  }
}
