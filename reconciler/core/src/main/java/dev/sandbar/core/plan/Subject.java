package dev.sandbar.core.plan;

import dev.sandbar.core.compile.BusProxy;
import dev.sandbar.core.compile.CompiledApp;
import dev.sandbar.core.compile.KernelExpectation.CgroupProgram;
import dev.sandbar.core.model.UnitName;
import dev.sandbar.core.plan.Difference.Layer;

/** What of a unit differs. Its text is for people; nothing is decided by it. */
public sealed interface Subject {

  /** Where it is seen. */
  Layer layer();

  /**
   * Whether it says that the kernel does not hold what the unit declares, of which systemd knows
   * nothing.
   */
  default boolean isEnforcement() {
    return switch (this) {
      case ProcessFact _, Held _, VisiblePath _, Program _, ProgramList _, Firewall _ -> true;
      case UnitFile _,
          StoredFile _,
          StoredSecret _,
          Property _,
          ManagerVariable _,
          Loading _,
          Processes _,
          Image _,
          Rules _,
          Sockets _,
          Proxy _,
          SideUnit _,
          Setting _,
          State _ ->
          false;
    };
  }

  /** A unit file, a drop-in, a link that masks the unit. */
  record UnitFile(String path) implements Subject {
    @Override
    public Layer layer() {
      return Layer.FILE;
    }

    @Override
    public String toString() {
      return path;
    }
  }

  /**
   * A file of the spec, in the store.
   *
   * @param path where the app sees it
   * @param reloads whether another content reaches the app without a restart
   */
  record StoredFile(String path, boolean reloads) implements Subject {
    /** Whether a filter of the system bus reads it, and the app does not. */
    boolean isOfFilter() {
      return path.equals(BusProxy.FILE);
    }

    @Override
    public Layer layer() {
      return Layer.FILE;
    }

    @Override
    public String toString() {
      return "files " + path;
    }
  }

  /**
   * A secret of the spec, in the store.
   *
   * @param name under which the app reads it
   */
  record StoredSecret(String name) implements Subject {
    @Override
    public Layer layer() {
      return Layer.FILE;
    }

    @Override
    public String toString() {
      return "secrets " + name;
    }
  }

  /** A directive, as the manager has it loaded. */
  record Property(String name) implements Subject {
    @Override
    public Layer layer() {
      return Layer.MANAGER;
    }

    @Override
    public String toString() {
      return name;
    }
  }

  /** What the manager has loaded, and from where. */
  enum Loading implements Subject {
    /** The generation that the loaded text carries. */
    GENERATION(CompiledApp.GENERATION_VARIABLE),
    LOAD_STATE("LoadState"),
    FRAGMENT_PATH("FragmentPath"),
    DROP_IN_PATHS("DropInPaths");

    private final String text;

    Loading(String text) {
      this.text = text;
    }

    @Override
    public Layer layer() {
      return Layer.MANAGER;
    }

    @Override
    public String toString() {
      return text;
    }
  }

  /** A variable that the manager gives to every service that it starts. */
  record ManagerVariable(String name) implements Subject {
    @Override
    public Layer layer() {
      return Layer.MANAGER;
    }

    @Override
    public String toString() {
      return "manager environment " + name;
    }
  }

  /**
   * What the kernel holds of the main process: a field of {@code /proc/PID/status}, a namespace.
   */
  record ProcessFact(String name) implements Subject {
    @Override
    public Layer layer() {
      return Layer.PROCESS;
    }

    @Override
    public String toString() {
      return name;
    }
  }

  /** A directive that the kernel does not hold, whatever the manager says. */
  record Held(String directive) implements Subject {
    @Override
    public Layer layer() {
      return Layer.PROCESS;
    }

    @Override
    public String toString() {
      return directive;
    }
  }

  /** A path that the unit hides and the main process sees. */
  record VisiblePath(String path) implements Subject {
    @Override
    public Layer layer() {
      return Layer.PROCESS;
    }

    @Override
    public String toString() {
      return HiddenPaths.DIRECTIVE + " " + path;
    }
  }

  /** The processes themselves. */
  enum Processes implements Subject {
    /** The generation that the main process was started with. */
    GENERATION(CompiledApp.GENERATION_VARIABLE),
    /**
     * All processes that were not started by the app. An app names its processes as it likes and
     * starts as many as it likes, and a subject is what makes two alerts the same one: names and
     * numbers stand in what was observed.
     */
    FOREIGN("foreign process"),
    /** The main process runs outside its cgroup, where limits and BPF programs do not reach it. */
    ESCAPED("main process"),
    /** Processes outside its cgroup that live in its namespaces; a restart does not end them. */
    JOINED("process from outside"),
    /** Nothing of it gets to run. */
    FROZEN("frozen"),
    /** Its main process does not get to run, by a signal. */
    STOPPED("stopped"),
    /** All BPF programs at its cgroup that systemd did not attach. */
    PROGRAM("foreign BPF program"),
    /** All mounts that neither the unit nor the device explains. */
    MOUNT("foreign mount");

    private final String text;

    Processes(String text) {
      this.text = text;
    }

    @Override
    public Layer layer() {
      return Layer.PROCESS;
    }

    @Override
    public String toString() {
      return text;
    }
  }

  /** A BPF program at the control group of the unit. */
  record Program(CgroupProgram program) implements Subject {
    @Override
    public Layer layer() {
      return Layer.PROCESS;
    }

    @Override
    public String toString() {
      return "BPF " + program.name();
    }
  }

  /** What a BPF program at the control group that has a list lets through: devices, ports. */
  record ProgramList(CgroupProgram program) implements Subject {
    @Override
    public Layer layer() {
      return Layer.PROCESS;
    }

    @Override
    public String toString() {
      return new Program(program).toString();
    }
  }

  /** The root image. */
  record Image() implements Subject {
    @Override
    public Layer layer() {
      return Layer.IMAGE;
    }

    @Override
    public String toString() {
      return "RootImage";
    }
  }

  /**
   * The rules of nftables that give an app with a network of its own its connections.
   *
   * @param loader service that loads them anew
   */
  record Rules(String table, UnitName loader) implements Subject {
    @Override
    public Layer layer() {
      return Layer.STATE;
    }

    @Override
    public String toString() {
      return "nftables table " + table;
    }
  }

  /** The rules of nftables in the network namespace of an app. */
  record Firewall() implements Subject {
    @Override
    public Layer layer() {
      return Layer.PROCESS;
    }

    @Override
    public String toString() {
      return "firewall";
    }
  }

  /**
   * The directory in which an app makes sockets for others, or a link by which one of them is let
   * in.
   */
  record Sockets(String path) implements Subject {
    @Override
    public Layer layer() {
      return Layer.STATE;
    }

    @Override
    public String toString() {
      return "sockets " + path;
    }
  }

  /**
   * The filter between an app and the system bus.
   *
   * @param unit that it runs in
   * @param part of it that is not as declared
   */
  record Proxy(UnitName unit, BusProxy.Part part) implements Subject {
    @Override
    public Layer layer() {
      return Layer.STATE;
    }

    @Override
    public String toString() {
      return "system bus filter " + part.text();
    }
  }

  /**
   * A unit beside that of an app: a socket that systemd opens for it, a timer that starts it.
   *
   * @param what of it differs
   * @param fix what ends it
   */
  record SideUnit(UnitName unit, String what, Fix fix) implements Subject {
    @Override
    public Layer layer() {
      return Layer.STATE;
    }

    @Override
    public String toString() {
      return unit + " " + what;
    }
  }

  /**
   * A setting or a module of the device's kernel, or a mounted file system, that an app needs.
   *
   * @param name with dots, of a setting
   * @param loader unit that sets, loads or mounts it
   */
  record Setting(Kind kind, String name, UnitName loader) implements Subject {

    /** What it is. */
    public enum Kind {
      SETTING("kernel setting"),
      MODULE("kernel module"),
      MOUNT("mount"),
      MOUNT_UNIT("mount unit");

      private final String text;

      Kind(String text) {
        this.text = text;
      }
    }

    @Override
    public Layer layer() {
      return Layer.STATE;
    }

    @Override
    public String toString() {
      return kind.text + " " + name;
    }
  }

  /** Whether the unit runs, now and after the next boot, and reaches what it may. */
  enum State implements Subject {
    ACTIVE("ActiveState"),
    ENABLED("UnitFileState"),
    /** The interface that joins a network of its own to the device's. */
    LINKED("network interface");

    private final String text;

    State(String text) {
      this.text = text;
    }

    @Override
    public Layer layer() {
      return Layer.STATE;
    }

    @Override
    public String toString() {
      return text;
    }
  }
}
