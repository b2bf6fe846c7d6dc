package dev.sandbar.core.denial;

import dev.sandbar.core.catalog.AddressSet;
import dev.sandbar.core.learn.CallRecord;
import dev.sandbar.core.learn.Lessons;
import dev.sandbar.core.learn.SocketAddress;
import dev.sandbar.core.learn.Use;
import dev.sandbar.core.model.PathText;
import dev.sandbar.core.model.Permission;
import dev.sandbar.core.model.Permissions.Port.Protocol;
import dev.sandbar.core.model.PortRange;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * Reads which system calls of an app the kernel refused, and which line of the spec would allow
 * each. Programs try much that they do without, so the last ones come first: what a program could
 * not go on without is near its end.
 */
public final class RefusedCalls {

  /** So many different things are a list; more are noise. */
  private static final int MOST = 16;

  private static final int MOST_CALLS = 4;
  private static final int DATAGRAM = 2;

  /** PROT_EXEC, and the flag of open(2) that makes a file. */
  private static final int EXECUTABLE = 4;

  private static final int CREATING = 0x40;

  private static final Set<String> OPENING = Set.of("open", "openat", "creat");
  private static final Set<String> MEMORY = Set.of("mmap", "mprotect", "pkey_mprotect");
  private static final Set<String> EXECUTION = Set.of("execve", "execveat");
  private static final Set<String> MAKING = Set.of("mkdir", "mkdirat", "mknod", "mknodat");

  private final Confines confines;
  private final Openings openings;
  private final Predicate<String> onDevice;

  private RefusedCalls(Confines confines, Predicate<String> onDevice) {
    this.confines = confines;
    this.openings = new Openings(confines);
    this.onDevice = onDevice;
  }

  /**
   * What was refused, what was refused last first.
   *
   * @param onDevice whether the device has something at a path that the app does not find
   */
  public static List<Denial> read(
      Collection<RefusedCall> calls, Confines confines, Predicate<String> onDevice) {
    return new RefusedCalls(confines, onDevice).denials(calls);
  }

  /** What a call was about, and what opens that. */
  private record Answer(Clue clue, Advice advice) {
    static final Answer NONE = new Answer(Clue.CALL, Advice.NONE);
  }

  private List<Denial> denials(Collection<RefusedCall> calls) {
    var answers = new LinkedHashMap<Answer, List<RefusedCall>>();
    calls.stream()
        .sorted(Comparator.comparingLong(RefusedCall::at).reversed())
        .forEach(
            call -> {
              Answer answer = answer(call);
              if (answer.advice().isRefusal()
                  && (answers.containsKey(answer) || answers.size() < MOST)) {
                answers.computeIfAbsent(answer, _ -> new ArrayList<>()).add(call);
              }
            });
    return joined(answers).entrySet().stream()
        .map(it -> denial(it.getKey(), it.getValue()))
        .toList();
  }

  /** A port that was bound. */
  private record Bound(Protocol protocol, int port) {}

  private static Optional<Bound> bound(RefusedCall refused) {
    CallRecord call = refused.call();
    return call.call().equals("bind")
            && call.address().orElse(null) instanceof SocketAddress.Internet at
        ? Optional.of(new Bound(protocol(call), at.port()))
        : Optional.empty();
  }

  private static Protocol protocol(CallRecord call) {
    return call.detail() == DATAGRAM ? Protocol.UDP : Protocol.TCP;
  }

  /**
   * All ports are one line of a spec. Any port is wide, and beside others of its protocol mostly
   * tried to see what the device can.
   */
  private Map<Answer, List<RefusedCall>> joined(Map<Answer, List<RefusedCall>> answers) {
    var ports = new LinkedHashMap<Answer, Bound>();
    answers.forEach(
        (answer, calls) -> {
          if (answer.advice().wishes().stream()
              .anyMatch(it -> it.permission() == Permission.PORTS)) {
            bound(calls.getFirst()).ifPresent(it -> ports.put(answer, it));
          }
        });
    if (ports.size() < 2) {
      return answers;
    }
    List<Bound> named = ports.values().stream().filter(it -> it.port() != 0).toList();
    ports
        .values()
        .removeIf(
            it ->
                it.port() == 0
                    && named.stream().anyMatch(other -> other.protocol() == it.protocol()));
    boolean privileged =
        confines.hasPrivilegedPort()
            || named.stream().anyMatch(it -> it.port() < PortRange.UNPRIVILEGED);
    var all =
        new Answer(
            Clue.PORT,
            Advice.of(
                Wish.joined(
                    ports.values().stream()
                        .map(it -> Openings.port(it.protocol(), it.port(), privileged))
                        .toList())));
    var joined = new LinkedHashMap<Answer, List<RefusedCall>>();
    answers.forEach(
        (answer, calls) -> {
          if (ports.containsKey(answer)) {
            joined.computeIfAbsent(all, _ -> new ArrayList<>()).addAll(calls);
          } else if (bound(calls.getFirst()).filter(it -> it.port() == 0).isEmpty()) {
            joined.put(answer, calls);
          }
        });
    return joined;
  }

  private Denial denial(Answer answer, List<RefusedCall> calls) {
    var shown =
        calls.stream()
            .map(RefusedCalls::shown)
            .collect(Collectors.toCollection(LinkedHashSet::new));
    String more =
        shown.size() > MOST_CALLS ? "; and %d more".formatted(shown.size() - MOST_CALLS) : "";
    return confines.denial(
        answer.clue().refused(),
        answer.clue().directive(),
        Denial.Evidence.KERNEL,
        shown.stream().limit(MOST_CALLS).collect(Collectors.joining("; ", "", more)),
        calls.size(),
        answer.advice());
  }

  /** The call, what it was about, and the error. */
  private static String shown(RefusedCall refused) {
    CallRecord call = refused.call();
    String about =
        call.call().equals("socket")
            ? CallRecord.family(call.detail())
            : isOfAddress(call)
                ? call.address().map(SocketAddress::toString).orElse("")
                : call.path();
    return "%s%s: %s".formatted(call.call(), about.isEmpty() ? "" : " " + about, refused.result());
  }

  private static boolean isOfAddress(CallRecord call) {
    return switch (call.call()) {
      case "bind", "connect", "sendto", "sendmsg" -> true;
      default -> false;
    };
  }

  private Answer answer(RefusedCall refused) {
    CallRecord call = refused.call();
    String name = call.call();
    if (name.equals("socket")) {
      return new Answer(Clue.FAMILY, openings.family(CallRecord.family(call.detail())));
    }
    if (isOfAddress(call)) {
      return call.address().map(it -> address(refused, it)).orElse(ofCall(name));
    }
    if (MEMORY.contains(name)) {
      return (call.detail() & EXECUTABLE) != 0
          ? new Answer(Clue.CODE, openings.code())
          : Answer.NONE;
    }
    String path = call.path();
    // That it belongs to somebody else is refused wherever it is.
    boolean owner = refused.errno() == RefusedCall.NOT_PERMITTED && openings.isOfIdentity(name);
    if (path.isEmpty() || owner) {
      return ofCall(name);
    }
    if (PathText.problemIn(path).isPresent()) {
      return Answer.NONE;
    }
    return EXECUTION.contains(name)
        ? new Answer(Clue.EXECUTE, openings.execution(path))
        : path(refused, path);
  }

  private Answer ofCall(String name) {
    Advice advice = openings.refused(name);
    return new Answer(advice.help().equals(Openings.IDENTITY) ? Clue.IDENTITY : Clue.CALL, advice);
  }

  private Answer address(RefusedCall refused, SocketAddress address) {
    CallRecord call = refused.call();
    boolean binds = call.call().equals("bind");
    return switch (address) {
      // So runtimes find out which protocols the device has.
      case SocketAddress.Internet at when binds && at.port() == 0 && at.isLoopback() -> Answer.NONE;
      case SocketAddress.Internet at when binds -> {
        Protocol protocol = protocol(call);
        yield refused.errno() == RefusedCall.IN_USE
            ? new Answer(Clue.PORT, openings.taken(protocol, at.port()))
            : new Answer(Clue.PORT, openings.port(protocol, at.port()));
      }
      case SocketAddress.Internet at ->
          new Answer(Clue.ADDRESS, openings.address(AddressSet.of(List.of(at.host()))));
      case SocketAddress.Unix at when binds -> path(refused, at.path());
      case SocketAddress.Unix at -> unix(refused, at);
    };
  }

  private Answer unix(RefusedCall refused, SocketAddress.Unix at) {
    if (at.path().endsWith("/dbus/system_bus_socket")) {
      return new Answer(Clue.BUS, openings.bus());
    }
    // What every program connects to and goes on without is no need.
    boolean needed =
        Lessons.of(List.of(new Use.Reached(at))).permissions().containsKey(Permission.UNIX_SOCKETS);
    boolean there = refused.errno() != RefusedCall.NO_SUCH_FILE || onDevice.test(at.path());
    return needed && there && at.path().startsWith("/")
        ? new Answer(Clue.SOCKET, openings.socket())
        : Answer.NONE;
  }

  private Answer path(RefusedCall refused, String path) {
    CallRecord call = refused.call();
    boolean missing = refused.errno() == RefusedCall.NO_SUCH_FILE;
    boolean opens = OPENING.contains(call.call());
    boolean written = !opens || call.isWriting() || (call.detail() & CREATING) != 0;
    if (PathText.within(path, "/dev") && !PathText.within(path, "/dev/shm")) {
      return missing && !onDevice.test(path)
          ? Answer.NONE
          : new Answer(Clue.DEVICE, openings.node(path, written));
    }
    if (PathText.within(path, "/proc") && !written) {
      return new Answer(Clue.SYSTEM, openings.process(path));
    }
    Advice own = openings.ownDirectory(path);
    if (own.isRefusal()) {
      return new Answer(Clue.OWN_DIRECTORY, own);
    }
    if (missing && !(opens ? written : MAKING.contains(call.call()))) {
      return new Answer(Clue.VOLUME, openings.volume(path));
    }
    return written
        ? new Answer(Clue.WRITE, openings.file(path))
        : new Answer(Clue.READ, openings.read(path));
  }
}
