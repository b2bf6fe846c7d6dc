package dev.sandbar.core.compile;

import dev.sandbar.core.catalog.Resolution;
import dev.sandbar.core.catalog.Sandbox;
import dev.sandbar.core.model.AppSandbox;
import dev.sandbar.core.model.AppSandbox.Root;
import dev.sandbar.core.model.Permissions.Mount;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/** Root, what can be executed, what is hidden, state, volumes. */
final class FileLines {

  private static final String IMAGE = "image";
  private static final String VAR_LIB = "/var/lib/";

  /** Each with a dash: an image need not have them all (a missing one is exit 226 otherwise). */
  private static final List<String> PROGRAMS =
      List.of("/usr", "/opt", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32");

  /** Places where nothing can be executed, so no program of an app can stand there. */
  static final List<String> NEVER_PROGRAMS =
      List.of("/tmp", "/var/tmp", "/run", "/dev", "/proc", "/sys", "/home", "/root", "/var/lib");

  private static final List<String> HIDDEN =
      List.of(
          "/sys/firmware",
          "/sys/kernel/debug",
          "/sys/kernel/tracing",
          "/sys/kernel/security",
          "/sys/fs/bpf",
          "/dev/hugepages");

  /** Units of others hold their environment. The tmpfs on /run hides what systemd has there. */
  private static final List<String> HIDDEN_ON_HOST =
      List.of(
          "/boot",
          "/efi",
          "/var/log",
          "/etc/sandbar",
          "/etc/systemd",
          "/usr/local/lib/systemd",
          "/var/lib/sandbar");

  private static final List<String> RESOLVERS =
      List.of(
          "/run/systemd/resolve/stub-resolv.conf",
          "/run/systemd/resolve/resolv.conf",
          "/run/resolvconf/resolv.conf",
          "/run/NetworkManager/resolv.conf");

  private final Draft draft;
  private final AppSandbox app;
  private final Sandbox sandbox;
  private final Resolution why;

  FileLines(Draft draft, AppSandbox app, Sandbox sandbox, Resolution why) {
    this.draft = draft;
    this.app = app;
    this.sandbox = sandbox;
    this.why = why;
  }

  /**
   * @param rootImage path of the image on the device; empty for the device's own root
   * @param because what names the image
   */
  void write(String rootImage, String because, DeviceFacts facts) {
    boolean confined = !sandbox.unconfined();
    if (!rootImage.isEmpty()) {
      root(rootImage, because, confined && facts.systemdVersion() >= 257);
    }
    if (confined) {
      execution();
      confinement(rootImage.isEmpty());
    } else if (!sandbox.files().hostWritable()) {
      String withheld = why.closed(s -> s.files().hostWritable());
      draft.service("ProtectSystem", UnitText.words("strict"), withheld);
      draft.yes("PrivateTmp", withheld);
    }
    state(confined, !rootImage.isEmpty());
    volumes(confined, rootImage.isEmpty(), facts.volumes());
  }

  private void root(String image, String because, boolean hideLog) {
    draft.unit("RequiresMountsFor", UnitText.paths(List.of(folderOf(image))), because);
    draft.service("RootImage", UnitText.raw(image), because);
    draft.yes("MountAPIVFS", because);
    if (hideLog) {
      // RootImage implies the journal's sockets from 257 on; standard output needs none of them.
      draft.service("BindLogSockets", UnitText.words("no"), because);
    }
  }

  private static String folderOf(String path) {
    int slash = path.lastIndexOf('/');
    return slash <= 0 ? "/" : path.substring(0, slash);
  }

  private void execution() {
    draft.service("NoExecPaths", UnitText.paths(List.of("/", "/tmp", "/var/tmp")), Draft.DEFAULT);
    var programs = new LinkedHashSet<String>();
    PROGRAMS.forEach(path -> programs.add("-" + path));
    draft.service("ExecPaths", UnitText.paths(List.copyOf(programs)), Draft.DEFAULT);
    String folder = programFolder(app);
    if (PROGRAMS.stream().noneMatch(path -> folder.equals(path) || folder.startsWith(path + "/"))) {
      draft.service("ExecPaths", UnitText.paths(List.of(folder)), "run");
    }
  }

  /**
   * The folder that must be executable for the program: in an image the first level, since all of
   * an image is verified and read-only; on the device just the program's own folder.
   */
  static String programFolder(AppSandbox app) {
    String program = app.run().command().getFirst();
    return switch (app.root()) {
      case Root.Image _ -> {
        int second = program.indexOf('/', 1);
        yield second < 0 ? program : program.substring(0, second);
      }
      case Root.Host _ -> {
        String folder = folderOf(program);
        yield folder.equals("/") ? program : folder;
      }
    };
  }

  /** Whether the program stands where the closed default executes nothing. */
  static boolean cannotExecute(String program) {
    return NEVER_PROGRAMS.stream().anyMatch(folder -> program.startsWith(folder + "/"));
  }

  private void confinement(boolean host) {
    // /dev/shm is the device's own, shared by all apps, unless a tmpfs covers it; the tmpfs is
    // dropped silently if NoExecPaths names the same path. /run would be writable and executable
    // in an image on systemd 252, and shows the sockets of other programs on the device's root.
    draft.service(
        "TemporaryFileSystem",
        UnitText.words("/dev/shm:size=64M,mode=1777,nosuid,nodev,noexec"),
        Draft.DEFAULT);
    draft.service(
        "TemporaryFileSystem",
        UnitText.words("/run:size=1M,mode=0755,nosuid,nodev,noexec"),
        Draft.DEFAULT);
    var hidden = new ArrayList<String>();
    HIDDEN.forEach(path -> hidden.add("-" + path));
    draft.service("InaccessiblePaths", UnitText.paths(hidden), Draft.DEFAULT);
    if (host && sandbox.network().families().contains("AF_INET")) {
      // Where /etc/resolv.conf leads on most devices; the tmpfs above would hide it.
      var resolvers = new ArrayList<String>();
      RESOLVERS.forEach(path -> resolvers.add("-" + path));
      draft.service(
          "BindReadOnlyPaths",
          UnitText.paths(resolvers),
          why.opened(s -> s.network().families().contains("AF_INET")));
    }
    if (host) {
      var hiddenOnHost = new ArrayList<String>();
      HIDDEN_ON_HOST.forEach(path -> hiddenOnHost.add("-" + path));
      draft.service("InaccessiblePaths", UnitText.paths(hiddenOnHost), Draft.DEFAULT);
    }
  }

  private void state(boolean confined, boolean image) {
    if (!sandbox.files().state()) {
      return;
    }
    String name = StateDirectoryName.of(app.name());
    String because = why.opened(s -> s.files().state());
    draft.service("StateDirectory", UnitText.words(name), because);
    draft.service("StateDirectoryMode", UnitText.words("0700"), because);
    if (image) {
      // A read-only image has no place to make the directory in (exit 226).
      draft.service("TemporaryFileSystem", UnitText.words("/var/lib:ro"), because);
    }
    if (confined) {
      draft.service("NoExecPaths", UnitText.paths(List.of(VAR_LIB + name)), because);
    }
  }

  private void volumes(boolean confined, boolean host, SortedMap<String, String> places) {
    String because = why.opened(s -> !s.files().mounts().isNone());
    var mounts = new TreeMap<String, Mount>();
    for (Mount mount : sandbox.files().mounts().items()) {
      mounts.merge(mount.mountAt(), mount, (a, b) -> a.writable() ? a : b);
    }
    mounts.forEach(
        (mountAt, mount) -> {
          String source = places.getOrDefault(mount.source(), "");
          if (source.isEmpty()) {
            return; // Reported by the compiler as an unknown volume.
          }
          draft.service(
              mount.writable() ? "BindPaths" : "BindReadOnlyPaths",
              UnitText.bind(source, mountAt),
              because);
          if (confined) {
            draft.service("NoExecPaths", UnitText.paths(List.of(mountAt)), because);
          }
        });
    if (host && !sandbox.files().hostVolumes()) {
      hide(places, mounts);
    }
  }

  private void hide(SortedMap<String, String> places, SortedMap<String, Mount> mounts) {
    List<String> hidden =
        places.values().stream()
            .distinct()
            .filter(place -> mounts.keySet().stream().noneMatch(at -> overlap(at, place)))
            .map(place -> "-" + place)
            .toList();
    if (!hidden.isEmpty()) {
      draft.service(
          "InaccessiblePaths", UnitText.paths(hidden), why.closed(s -> s.files().hostVolumes()));
    }
  }

  private static boolean overlap(String a, String b) {
    return a.equals(b) || a.startsWith(b + "/") || b.startsWith(a + "/");
  }
}
