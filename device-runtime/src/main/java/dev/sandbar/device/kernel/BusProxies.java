package dev.sandbar.device.kernel;

import dev.sandbar.core.compile.BusPolicy;
import dev.sandbar.core.compile.BusProxy;
import dev.sandbar.core.compile.BusProxy.Instance;
import dev.sandbar.core.compile.BusProxy.Part;
import dev.sandbar.core.model.SafeText;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What the kernel holds of the filters between apps and the system bus, and what files of systemd
 * change their units.
 */
final class BusProxies {

  /** The slice that their unit names. */
  private static final String SLICE = "/system.slice/";

  /** Asks the filter whether it is there, when it starts. */
  private static final String ASKER = "/usr/bin/busctl";

  /** After the link of a program that was replaced, by a new version for example (proc(5)). */
  private static final String DELETED = " (deleted)";

  private static final int ARGUMENTS_LIMIT = 128 << 10;
  private static final int POLICY_LIMIT = 64 << 10;
  private static final int MOST_FILES = 16;
  private static final String FILTERED = "2";

  private static final List<String> CAPABILITIES =
      List.of("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb");

  private static final Set<String> FIELDS =
      Set.of("Uid", "NoNewPrivs", "Seccomp", "CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb");

  /** Where files stand that come before those of the package, or add to them (systemd.unit(5)). */
  private static final List<String> FOLDERS =
      List.of(
          "etc/systemd/system.control",
          "run/systemd/system.control",
          "run/systemd/transient",
          "run/systemd/generator.early",
          "etc/systemd/system",
          "etc/systemd/system.attached",
          "run/systemd/system",
          "run/systemd/system.attached",
          "run/systemd/generator",
          "usr/local/lib/systemd/system",
          "usr/lib/systemd/system",
          "run/systemd/generator.late");

  private final Path device;
  private final ProcessReader reader;

  /**
   * @param root of the device's file system
   */
  BusProxies(Path root, ProcessReader reader) {
    this.reader = reader;
    Path first = root.resolve("proc/1/root");
    this.device = Files.isDirectory(first.resolve("run")) ? first : root;
  }

  /**
   * What there is of the filter of an app that runs, in the form of {@link BusProxy#declared}.
   *
   * @param paths that the unit of the app mounts
   * @return empty if the app has none, or does not run
   */
  Map<Part, String> read(List<ProcessReader.Seen> processes, SortedSet<String> paths) {
    Optional<Instance> instance =
        paths.stream().flatMap(path -> Instance.of(path).stream()).findFirst();
    if (instance.isEmpty() || processes.isEmpty()) {
      return Map.of();
    }
    var seen = new EnumMap<Part, String>(Part.class);
    Optional<Path> main = process(instance.get(), seen);
    main.ifPresent(
        process -> {
          seen.put(Part.ARGUMENTS, arguments(process));
          seen.put(Part.CONFINEMENT, confinement(process));
        });
    seen.put(
        Part.SOCKET,
        socket(instance.get(), main, processes.getFirst().directory())
            ? BusProxy.OWN_SOCKET
            : "another one");
    seen.put(Part.FILES, files(instance.get()));
    if (instance.get().kind() == BusProxy.Kind.OWNS) {
      seen.put(Part.POLICY, policy(instance.get().instance()));
    }
    return Collections.unmodifiableMap(seen);
  }

  /** The only process of the unit. */
  private Optional<Path> process(Instance instance, EnumMap<Part, String> seen) {
    var found = new ArrayList<Path>();
    var programs = new ArrayList<String>();
    for (int pid : reader.members(SLICE + instance.unit())) {
      Path process = reader.member(pid);
      String program = program(process);
      if (!program.isEmpty() && !program.equals(ASKER)) {
        found.add(process);
        programs.add(program);
      }
    }
    seen.put(Part.PROGRAM, programs.isEmpty() ? "none runs" : String.join(", ", programs));
    return found.stream().findFirst();
  }

  private static String program(Path process) {
    try {
      String program = Files.readSymbolicLink(process.resolve("exe")).toString();
      return program.endsWith(DELETED)
          ? program.substring(0, program.length() - DELETED.length())
          : program;
    } catch (IOException e) {
      return "";
    }
  }

  private static String arguments(Path process) {
    try {
      String all = ProcFile.read(process.resolve("cmdline"), ARGUMENTS_LIMIT);
      return String.join(" ", all.split("\0"));
    } catch (IOException e) {
      return "none";
    }
  }

  private String confinement(Path process) {
    try {
      Map<String, String> status = ProcFile.status(process, FIELDS);
      var lacks = new ArrayList<String>();
      if (!isOwn(status.getOrDefault("Uid", ""))) {
        lacks.add("root");
      }
      for (String field : CAPABILITIES) {
        if (!status.getOrDefault(field, "?").matches("0+")) {
          lacks.add(field);
        }
      }
      if (!status.getOrDefault("NoNewPrivs", "").equals("1")) {
        lacks.add("may gain privileges");
      }
      if (!status.getOrDefault("Seccomp", "").equals(FILTERED)) {
        lacks.add("no filtered calls");
      }
      for (String kind : List.of("mnt", "net", "user")) {
        if (namespace(process, kind).equals(reader.initNamespaces().get(kind))) {
          lacks.add("in the device's " + kind + " namespace");
        }
      }
      return lacks.isEmpty() ? BusProxy.CONFINED : String.join(", ", lacks);
    } catch (IOException e) {
      return "unknown";
    }
  }

  private static boolean isOwn(String users) {
    Set<String> all = new TreeSet<>(List.of(users.split("\\s+")));
    return all.size() == 1 && !all.contains("0") && !all.contains("");
  }

  private static String namespace(Path process, String kind) throws IOException {
    return Files.readSymbolicLink(process.resolve("ns").resolve(kind)).toString();
  }

  /** Whether the filter made it, and the app has the directory in which it is, and nothing else. */
  private boolean socket(Instance instance, Optional<Path> filter, Path app) {
    Path directory = device.resolve(instance.directory().substring(1));
    Path inApp = app.resolve("root").resolve(BusProxy.PLACE.substring(1));
    Optional<String> identity = identity(directory);
    return filter.isPresent()
        && identity.isPresent()
        && identity.equals(identity(inApp))
        && identity(directory.resolve(BusProxy.SOCKET))
            .equals(identity(inApp.resolve(BusProxy.SOCKET)))
        && owner(inFilter(filter.get(), instance)).equals(owner(filter.get()));
  }

  /** Where its user owns it: systemd 257 maps owners in the mounts of a dynamic user. */
  private static Path inFilter(Path filter, Instance instance) {
    return filter
        .resolve("root")
        .resolve(instance.directory().substring(1))
        .resolve(BusProxy.SOCKET);
  }

  private static Optional<String> identity(Path path) {
    try {
      Map<String, Object> found =
          Files.readAttributes(path, "unix:dev,ino", LinkOption.NOFOLLOW_LINKS);
      return Optional.of(found.get("dev") + ":" + found.get("ino"));
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  private static String owner(Path path) {
    try {
      @Nullable Object owner = Files.getAttribute(path, "unix:uid", LinkOption.NOFOLLOW_LINKS);
      return String.valueOf(owner);
    } catch (IOException e) {
      return "unknown " + path.getFileName();
    }
  }

  /** What is in the file that lets it own names. */
  private String policy(String instance) {
    Path file = device.resolve(BusPolicy.FOLDER.substring(1)).resolve(BusPolicy.file(instance));
    try (FileChannel channel = RegularFile.open(file)) {
      var content = ByteBuffer.allocate(POLICY_LIMIT);
      while (content.hasRemaining() && channel.read(content) >= 0) {
        // On, to the end of it.
      }
      return BusPolicy.shown(Arrays.copyOf(content.array(), content.position()));
    } catch (IOException e) {
      return "none";
    }
  }

  /** Files in the place of that of the package, and drop-ins. */
  private String files(Instance instance) {
    String unit = instance.unit().value();
    String template = instance.kind().template();
    var found = new ArrayList<String>();
    var templates = new ArrayList<String>();
    for (String folder : FOLDERS) {
      Path at = device.resolve(folder);
      if (Files.exists(at.resolve(template), LinkOption.NOFOLLOW_LINKS)) {
        templates.add("/" + folder + "/" + template);
      }
      if (Files.exists(at.resolve(unit), LinkOption.NOFOLLOW_LINKS)) {
        found.add("/" + folder + "/" + unit);
      }
      for (String drops : List.of(unit + ".d", template + ".d", "sandbard-.service.d")) {
        dropIns(at.resolve(drops), "/" + folder + "/" + drops, found);
      }
    }
    // The first is the one that counts; a device without the package has its own.
    if (templates.size() > 1 || templates.stream().anyMatch(it -> it.startsWith("/run/"))) {
      found.addFirst(templates.getFirst());
    }
    return found.isEmpty() ? BusProxy.NO_FILES : String.join(", ", found);
  }

  private static void dropIns(Path folder, String shown, List<String> found) {
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder, "*.conf")) {
      for (Path entry : entries) {
        if (found.size() >= MOST_FILES) {
          return;
        }
        found.add(shown + "/" + SafeText.shown(entry.getFileName().toString()));
      }
    } catch (IOException | DirectoryIteratorException e) {
      // There is none.
    }
  }
}
