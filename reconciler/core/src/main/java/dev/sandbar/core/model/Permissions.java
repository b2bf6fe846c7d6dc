package dev.sandbar.core.model;

import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The permissions that one spec names. What it does not name is absent here: {@code Mode} says what
 * that means.
 */
public record Permissions(SortedMap<Permission, Request> requests) {

  /** Names nothing. */
  public static final Permissions NONE = new Permissions(new TreeMap<>());

  public Permissions {
    requests = Collections.unmodifiableSortedMap(new TreeMap<>(requests));
  }

  /** What the spec says of the permission; empty if it does not name it. */
  public Optional<Request> get(Permission permission) {
    return Optional.ofNullable(requests.get(permission));
  }

  /** This, with the given requests in place of those for the same permission. */
  public Permissions with(Map<Permission, Request> others) {
    var merged = new TreeMap<>(requests);
    merged.putAll(others);
    return new Permissions(merged);
  }

  /** One permission as asked for. */
  public record Request(Value value, Location at) {}

  /** The shapes a permission can be asked for in. */
  public sealed interface Value {
    /** {@code false} or an empty list: withheld by name. */
    record Withheld() implements Value {}

    /** {@code true}. */
    record Granted() implements Value {}

    /** {@code state}, {@code cache} and {@code logs} of which the size is limited. */
    record Limited(DirectoryQuota quota) implements Value {}

    /** {@code internetTo}. */
    record Destinations(List<Destination> destinations) implements Value {
      public Destinations {
        destinations = List.copyOf(destinations);
      }
    }

    /** {@code ports}. */
    record Ports(List<Port> ports) implements Value {
      public Ports {
        ports = List.copyOf(ports);
      }
    }

    /** {@code serial}, {@code usb}, {@code devices}. */
    record Devices(List<DeviceNode> nodes) implements Value {
      public Devices {
        nodes = List.copyOf(nodes);
      }
    }

    /** {@code storage}, {@code mounts}. */
    record Volumes(List<Mount> mounts) implements Value {
      public Volumes {
        mounts = List.copyOf(mounts);
      }
    }

    /** {@code talkTo}, {@code acceptFrom}: other apps of the device. */
    record Apps(List<AppName> names) implements Value {
      public Apps {
        names = List.copyOf(names);
      }
    }

    /**
     * {@code dbus}: services on the system bus.
     *
     * @param talk that the app calls
     * @param own that the app is
     */
    record BusNames(List<BusName> talk, List<BusName> own) implements Value {
      public BusNames {
        talk = List.copyOf(talk);
        own = List.copyOf(own);
      }
    }

    /** {@code kernelTuning}: settings of the device's kernel. */
    record Settings(List<KernelSetting> settings) implements Value {
      public Settings {
        settings = List.copyOf(settings);
      }
    }

    /** {@code kernelModules}: modules of the device's kernel. */
    record Modules(List<ModuleName> names) implements Value {
      public Modules {
        names = List.copyOf(names);
      }
    }

    /** {@code readLogs}: services of the device. */
    record Units(List<UnitName> names) implements Value {
      public Units {
        names = List.copyOf(names);
      }
    }

    /** {@code networkNamespace}: a namespace made with {@code ip netns add NAME}. */
    record Namespace(String name) implements Value {}
  }

  /**
   * Ports to listen on.
   *
   * @param name for people, and for the app if it is given the socket
   * @param from who may connect
   */
  public record Port(String name, PortRange range, Sources from, Via via) {

    /** Ports that the app binds itself. */
    public Port(String name, PortRange range, Sources from) {
      this(name, range, from, Via.DIRECT);
    }

    /** Ports for whom the app may reach. */
    public Port(String name, PortRange range) {
      this(name, range, Sources.REACHED);
    }

    /** One port. */
    public Port(String name, int number, Protocol protocol) {
      this(name, new PortRange(protocol, number, number));
    }

    /** {@code 8080/tcp}, {@code 8080/tcp (from LocalNetwork)}. */
    public String shown() {
      String by = via == Via.SOCKET ? "via Socket, " : "";
      return range.shown() + (from.isReached() ? "" : " (" + by + "from " + from + ")");
    }

    /** Who opens the port. */
    public enum Via {
      /** The app itself. */
      DIRECT("Direct"),
      /** systemd, which gives the app the listening socket (systemd.socket(5)). */
      SOCKET("Socket");

      private final String word;

      Via(String word) {
        this.word = word;
      }

      /** As people write it. */
      public String word() {
        return word;
      }
    }

    /** Transport protocol. */
    public enum Protocol {
      TCP,
      UDP
    }
  }

  /**
   * A device node.
   *
   * @param path absolute, below /dev; of hardware that is named as USB names it, one of {@link
   *     HardwareLinks}
   * @param writable read and write, or read only
   * @param required whether the app runs only while the hardware is there
   */
  public record DeviceNode(String path, boolean writable, boolean required) {
    /** One without which the app runs too. */
    public DeviceNode(String path, boolean writable) {
      this(path, writable, false);
    }
  }

  /**
   * A named volume of the device at a place in the app's file system.
   *
   * @param source the volume's name in the device's own configuration, never a path
   * @param mountPath absolute path in the app's file system
   * @param fileSystem whether it is a file system that is mounted for apps ({@code mounts}), and
   *     not a directory ({@code storage})
   */
  public record Mount(String source, String mountPath, boolean writable, boolean fileSystem)
      implements Comparable<Mount> {
    /** A directory of the device. */
    public Mount(String source, String mountPath, boolean writable) {
      this(source, mountPath, writable, false);
    }

    /** The permission that asks for it. */
    public Permission permission() {
      return fileSystem ? Permission.MOUNTS : Permission.STORAGE;
    }

    @Override
    public int compareTo(Mount other) {
      return Comparator.comparing(Mount::mountPath)
          .thenComparing(Mount::source)
          .thenComparing(Mount::writable)
          .thenComparing(Mount::fileSystem)
          .compare(this, other);
    }
  }
}
