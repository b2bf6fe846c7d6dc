package dev.sandbar.core.probe;

import dev.sandbar.core.catalog.AddressSet;
import dev.sandbar.core.catalog.Extent;
import dev.sandbar.core.catalog.Sandbox;
import dev.sandbar.core.model.AppDirectory;
import dev.sandbar.core.model.Permissions.Port.Protocol;
import dev.sandbar.core.model.PortRange;
import java.util.List;

/** What lets an attempt of the kit succeed. */
sealed interface AttemptOpening {

  /** The call without which there is no io_uring. */
  String RING = "io_uring_setup";

  /**
   * Nothing has to: any program can do it. Where it fails, the other attempts prove nothing either.
   *
   * @param calls system calls without which it fails, where the spec denies them
   */
  record Control(List<String> calls) implements AttemptOpening {
    public Control {
      calls = List.copyOf(calls);
    }
  }

  /** It may succeed in a closed sandbox, and says nothing. */
  record Harmless() implements AttemptOpening {}

  /**
   * No permission.
   *
   * @param calls system calls each of which opens it where the spec allows it, and what opens it
   *     where {@code raw} names it: directives, families, capabilities
   */
  record Unpermitted(List<String> calls) implements AttemptOpening {
    public Unpermitted {
      calls = List.copyOf(calls);
    }
  }

  /** Permissions, on some dimension of the sandbox. */
  sealed interface Permitted extends AttemptOpening {
    /** Whether it is open in this sandbox. */
    boolean isOpenIn(Sandbox sandbox);
  }

  /**
   * Packets to an address, from a socket of a family.
   *
   * @param address as a prefix of one address
   */
  record Reach(String family, String address) implements Permitted {
    @Override
    public boolean isOpenIn(Sandbox sandbox) {
      return sandbox.network().families().contains(family)
          && sandbox.network().addresses().includes(AddressSet.of(address));
    }
  }

  /** Sockets of a family by which packets are sent past the kernel's own protocols. */
  record RawSocket(String family) implements Permitted {
    @Override
    public boolean isOpenIn(Sandbox sandbox) {
      return new RawRight().isOpenIn(sandbox) && new Family(family).isOpenIn(sandbox);
    }
  }

  /** Marks on packets, which the capability to change a network allows too. */
  record Mark() implements Permitted {
    @Override
    public boolean isOpenIn(Sandbox sandbox) {
      return new Family("AF_INET").isOpenIn(sandbox)
          && (new RawRight().isOpenIn(sandbox)
              || sandbox.kernel().capabilities().contains("CAP_NET_ADMIN"));
    }
  }

  /** Packets of a raw socket to an address. */
  record RawReach(Reach to) implements Permitted {
    @Override
    public boolean isOpenIn(Sandbox sandbox) {
      return new RawRight().isOpenIn(sandbox) && to.isOpenIn(sandbox);
    }
  }

  /** The capability for raw sockets. */
  record RawRight() implements Permitted {
    @Override
    public boolean isOpenIn(Sandbox sandbox) {
      return sandbox.kernel().capabilities().contains("CAP_NET_RAW");
    }
  }

  /** Packets to an address, from a socket that io_uring made of whatever family. */
  record RingReach(String address) implements Permitted {
    @Override
    public boolean isOpenIn(Sandbox sandbox) {
      return new Call(RING).isOpenIn(sandbox)
          && sandbox.network().addresses().includes(AddressSet.of(address));
    }
  }

  /** Binding a port by io_uring. */
  record RingBind(Bind bound) implements Permitted {
    @Override
    public boolean isOpenIn(Sandbox sandbox) {
      return new Call(RING).isOpenIn(sandbox) && bound.isOpenIn(sandbox);
    }
  }

  /** Sockets of a family. */
  record Family(String name) implements Permitted {
    @Override
    public boolean isOpenIn(Sandbox sandbox) {
      return sandbox.network().families().contains(name);
    }
  }

  /**
   * Binding a port.
   *
   * @param number 0 for one that the kernel picks
   */
  record Bind(Protocol protocol, int number) implements Permitted {
    @Override
    public boolean isOpenIn(Sandbox sandbox) {
      Extent<PortRange> binds = sandbox.network().binds();
      return binds.isAll() || binds.items().stream().anyMatch(it -> it.contains(protocol, number));
    }
  }

  /** A capability of the app's own. */
  record Privilege() implements Permitted {
    @Override
    public boolean isOpenIn(Sandbox sandbox) {
      return sandbox.kernel().isPrivileged();
    }
  }

  /** A call that the closed default takes away and permissions give back. */
  record Call(String name) implements Permitted {
    @Override
    public boolean isOpenIn(Sandbox sandbox) {
      return sandbox.kernel().calls().contains(name);
    }
  }

  /** Scheduling before ordinary processes. */
  record Realtime() implements Permitted {
    @Override
    public boolean isOpenIn(Sandbox sandbox) {
      return sandbox.kernel().realtime();
    }
  }

  /** Memory that stays where it is. */
  record LockedMemory() implements Permitted {
    @Override
    public boolean isOpenIn(Sandbox sandbox) {
      return sandbox.kernel().lockedMemory();
    }
  }

  /** Memory that is written and executed. */
  record WritableCode() implements Permitted {
    @Override
    public boolean isOpenIn(Sandbox sandbox) {
      return sandbox.kernel().writableCode();
    }
  }

  /** Files that the app writes and executes. */
  record ExecutableData() implements Permitted {
    @Override
    public boolean isOpenIn(Sandbox sandbox) {
      return sandbox.files().executableData();
    }
  }

  /** A directory of the app's own, or writing anywhere. */
  record OwnDirectory(AppDirectory directory) implements Permitted {
    @Override
    public boolean isOpenIn(Sandbox sandbox) {
      return sandbox.files().hostWritable() || sandbox.files().directories().contains(directory);
    }
  }

  /** Files of /proc about the whole device. */
  record SystemInfo() implements Permitted {
    @Override
    public boolean isOpenIn(Sandbox sandbox) {
      return sandbox.proc().system();
    }
  }

  /** Processes of others in /proc. */
  record OtherProcesses() implements Permitted {
    @Override
    public boolean isOpenIn(Sandbox sandbox) {
      return sandbox.proc().others();
    }
  }

  /** The system bus, behind a filter or not. */
  record SystemBus() implements Permitted {
    @Override
    public boolean isOpenIn(Sandbox sandbox) {
      return !sandbox.peers().services().isNone() && new Family("AF_UNIX").isOpenIn(sandbox);
    }
  }

  /** The socket of the agent, on which it does things for the app. */
  record AgentSocket() implements Permitted {
    @Override
    public boolean isOpenIn(Sandbox sandbox) {
      return !sandbox.peers().verbs().isNone() && new Family("AF_UNIX").isOpenIn(sandbox);
    }
  }

  /**
   * Namespaces of the app's own, which a user namespace among them lets anybody make, and mounts in
   * them.
   *
   * @param kinds of namespace
   */
  record Nested(List<String> kinds) implements Permitted {
    public Nested {
      kinds = List.copyOf(kinds);
    }

    @Override
    public boolean isOpenIn(Sandbox sandbox) {
      return kinds.stream().allMatch(sandbox.kernel().namespaces()::contains)
          && (!kinds.contains("mnt") || sandbox.kernel().calls().contains("mount"));
    }
  }

  /**
   * A device node.
   *
   * @param writing whether it is opened for writing, or for both
   */
  record Device(String path, boolean writing) implements Permitted {
    @Override
    public boolean isOpenIn(Sandbox sandbox) {
      String access = (writing ? "w " : "r ") + path;
      Extent<String> devices = sandbox.files().devices();
      return devices.contains(access)
          || (!devices.allBut()
              && devices.items().stream().anyMatch(folder -> access.startsWith(folder + "/")));
    }
  }
}
