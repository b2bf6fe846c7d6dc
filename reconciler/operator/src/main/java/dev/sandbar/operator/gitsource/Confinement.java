package dev.sandbar.operator.gitsource;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Gives up rights for good and becomes another program: what a process is forbidden before its
 * {@code execve} is forbidden to all of its threads after it.
 *
 * <ul>
 *   <li>Of the file system it sees Java, the class path, the C library, what name resolution reads,
 *       and the clones (Landlock, Linux 5.13): no token of a service account, no kubeconfig, no
 *       memory of the operator.
 *   <li>It sends no signal to other processes (Landlock, Linux 6.12), gains no rights and leaves no
 *       core.
 *   <li>Everybody else's work goes before its own, and if memory is short it is the first to end.
 * </ul>
 */
public final class Confinement {
  private static final int NICE = 10;

  private static final long CREATE_RULESET = 444;
  private static final long ADD_RULE = 445;
  private static final long RESTRICT_SELF = 446;
  private static final long VERSION = 1;
  private static final long PATH_BENEATH = 1;

  private static final long EXECUTE = 1;
  private static final long WRITE_FILE = 1 << 1;
  private static final long READ_FILE = 1 << 2;
  private static final long READ_DIR = 1 << 3;
  private static final long READ = EXECUTE | READ_FILE | READ_DIR;

  /** Remove, and make folders and files; not devices, sockets and links. */
  private static final long CHANGE =
      WRITE_FILE | READ_FILE | READ_DIR | 1 << 4 | 1 << 5 | 1 << 7 | 1 << 8;

  private static final long TRUNCATE = 1 << 14;
  private static final long REFER = 1 << 13;
  private static final int FIRST = 13;
  private static final int O_PATH = 0x200000;
  private static final int O_CLOEXEC = 0x80000;
  private static final int NO_NEW_PRIVILEGES = 38;
  private static final int RLIMIT_CORE = 4;

  private static final List<String> SYSTEM =
      List.of(
          "/lib",
          "/lib64",
          "/usr/lib",
          "/usr/lib64",
          "/proc",
          "/sys",
          "/etc/resolv.conf",
          "/etc/hosts",
          "/etc/host.conf",
          "/etc/nsswitch.conf",
          "/etc/gai.conf",
          "/etc/passwd",
          "/etc/group",
          "/etc/localtime",
          "/etc/ld.so.cache",
          "/etc/ssl",
          "/usr/share/zoneinfo",
          "/etc/java-25-openjdk");

  private static final List<String> DEVICES =
      List.of("/dev/null", "/dev/zero", "/dev/random", "/dev/urandom");

  private static final MethodHandle CALL =
      Linker.nativeLinker()
          .downcallHandle(
              Linker.nativeLinker().defaultLookup().findOrThrow("syscall"),
              FunctionDescriptor.of(
                  ValueLayout.JAVA_LONG,
                  ValueLayout.JAVA_LONG,
                  ValueLayout.JAVA_LONG,
                  ValueLayout.JAVA_LONG,
                  ValueLayout.JAVA_LONG,
                  ValueLayout.JAVA_LONG),
              Linker.Option.firstVariadicArg(1));

  private Confinement() {}

  /**
   * Becomes a program that may write below one directory.
   *
   * @param arguments the directory, the program, its arguments
   */
  public static void main(String[] arguments) throws IOException {
    Path writable = Path.of(arguments[0]);
    List<String> program = List.of(arguments).subList(1, arguments.length);
    Files.createDirectories(writable);
    try {
      Files.writeString(Path.of("/proc/self/oom_score_adj"), "1000");
    } catch (IOException e) {
      // It may already be higher; then nothing is lost.
    }
    try (Arena arena = Arena.ofConfined()) {
      new Calls(arena).confine(writable);
      new Calls(arena).become(program, System.getenv());
    }
    throw new IOException("cannot start " + program.getFirst());
  }

  /** Calls of the kernel with memory of this arena. */
  private record Calls(Arena arena) {

    private static long call(long number, long... words) {
      var all = new long[4];
      System.arraycopy(words, 0, all, 0, words.length);
      try {
        return (long) CALL.invokeExact(number, all[0], all[1], all[2], all[3]);
      } catch (Throwable e) {
        throw new IllegalStateException("syscall", e);
      }
    }

    private static boolean isArm() {
      return System.getProperty("os.arch").equals("aarch64");
    }

    void confine(Path writable) throws IOException {
      boolean arm = isArm();
      long _ = call(arm ? 140 : 141, 0, 0, NICE);
      MemorySegment none = arena.allocate(16);
      long _ = call(arm ? 164 : 160, RLIMIT_CORE, none.address());
      if (call(arm ? 167 : 157, NO_NEW_PRIVILEGES, 1) != 0) {
        throw new IOException("rights cannot be given up");
      }
      long version = call(CREATE_RULESET, 0, 0, VERSION);
      if (version < 1) {
        System.Logger log = System.getLogger(Confinement.class.getName());
        log.log(
            System.Logger.Level.WARNING,
            "action=confine message=the kernel has no Landlock (Linux 5.13, lsm=landlock), so the"
                + " worker could read what the operator may read");
        return;
      }
      restrict(version, writable);
    }

    private void restrict(long version, Path writable) throws IOException {
      long rights = (1L << FIRST) - 1;
      rights |= version >= 2 ? REFER : 0;
      rights |= version >= 3 ? TRUNCATE : 0;
      MemorySegment attributes = arena.allocate(24);
      attributes.set(ValueLayout.JAVA_LONG, 0, rights);
      if (version >= 6) {
        attributes.set(ValueLayout.JAVA_LONG, 16, 3); // no signals, no abstract sockets
      }
      long size = version >= 6 ? 24 : version >= 4 ? 16 : 8;
      long ruleset = call(CREATE_RULESET, attributes.address(), size, 0);
      if (ruleset < 0) {
        throw new IOException("no rules can be made");
      }
      for (Path path : readable()) {
        allow(ruleset, path, READ & rights);
      }
      for (String device : DEVICES) {
        allow(ruleset, Path.of(device), READ_FILE | WRITE_FILE);
      }
      allow(ruleset, writable, (CHANGE | TRUNCATE | REFER) & rights);
      if (call(RESTRICT_SELF, ruleset, 0) != 0) {
        throw new IOException("the file system cannot be closed");
      }
    }

    private static Set<Path> readable() throws IOException {
      var paths = new LinkedHashSet<Path>();
      SYSTEM.forEach(it -> paths.add(Path.of(it)));
      Path java = Path.of(System.getProperty("java.home"));
      paths.add(java);
      for (String real : List.of("conf/security", "lib/security/cacerts")) {
        if (Files.exists(java.resolve(real))) {
          paths.add(java.resolve(real).toRealPath());
        }
      }
      String authorities = System.getProperty("javax.net.ssl.trustStore", "");
      if (!authorities.isEmpty()) {
        paths.add(Path.of(authorities)); // by JAVA_TOOL_OPTIONS
      }
      for (String entry : System.getProperty("java.class.path").split(":", -1)) {
        if (!entry.isEmpty()) {
          paths.add(Path.of(entry));
        }
      }
      return paths;
    }

    private void allow(long ruleset, Path path, long rights) throws IOException {
      if (!Files.exists(path)) {
        return;
      }
      MemorySegment name = arena.allocateFrom(path.toAbsolutePath().toString());
      long at = -100; // AT_FDCWD
      long opened = call(isArm() ? 56 : 257, at, name.address(), O_PATH | O_CLOEXEC);
      if (opened < 0) {
        return; // what cannot be opened needs no right
      }
      MemorySegment rule = arena.allocate(12);
      long fitting =
          Files.isDirectory(path) ? rights : rights & (EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE);
      rule.set(ValueLayout.JAVA_LONG_UNALIGNED, 0, fitting);
      rule.set(ValueLayout.JAVA_INT_UNALIGNED, 8, (int) opened);
      if (call(ADD_RULE, ruleset, PATH_BENEATH, rule.address(), 0) != 0) {
        throw new IOException("no rule can be made for " + path);
      }
      long _ = call(isArm() ? 57 : 3, opened);
    }

    void become(List<String> program, Map<String, String> environment) {
      MemorySegment path = arena.allocateFrom(program.getFirst());
      MemorySegment arguments = texts(program);
      MemorySegment variables =
          texts(
              environment.entrySet().stream()
                  .map(it -> it.getKey() + "=" + it.getValue())
                  .toList());
      long _ = call(isArm() ? 221 : 59, path.address(), arguments.address(), variables.address());
    }

    private MemorySegment texts(List<String> texts) {
      MemorySegment all = arena.allocate(ValueLayout.ADDRESS, texts.size() + 1L);
      for (int i = 0; i < texts.size(); i++) {
        all.setAtIndex(ValueLayout.ADDRESS, i, arena.allocateFrom(texts.get(i)));
      }
      return all;
    }
  }
}
