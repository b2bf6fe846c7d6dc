package dev.sandbar.core.compile;

import dev.sandbar.core.catalog.Resolution;
import dev.sandbar.core.catalog.Sandbox;
import dev.sandbar.core.model.AppDirectory;
import dev.sandbar.core.model.AppFile;
import dev.sandbar.core.model.AppSpec;
import dev.sandbar.core.model.PathText;
import dev.sandbar.core.model.Permissions.Mount;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** Root, what can be executed, what is hidden, state, volumes. */
final class FileLines {

  private static final String IMAGE = "image";
  private static final String FILES = "files";

  /** Each with a dash: an image need not have them all (a missing one is exit 226 otherwise). */
  static final List<String> PROGRAMS =
      List.of("/usr", "/opt", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32");

  /**
   * What of them is no link into {@code /usr}. Each is mounted by itself at every start, and a link
   * is followed first, so that a part of {@code /usr} would be mounted a second time.
   */
  private static final List<String> MERGED = List.of("/usr", "/opt");

  /**
   * The first systemd that runs on a merged {@code /usr} only: "unmerged-usr (parallel directories
   * /bin/ and /usr/bin/, ...) has been removed" (its NEWS). Where somebody has patched it back in,
   * what is in such a directory cannot be executed.
   */
  private static final int MERGES = 255;

  /** Places where nothing can be executed, so no program of an app can be there. */
  static final List<String> NEVER_PROGRAMS =
      List.of(
          "/tmp",
          "/var/tmp",
          "/run",
          "/var/run",
          "/var/lock",
          "/dev",
          "/proc",
          "/sys",
          "/home",
          "/root",
          "/var/lib");

  private static final List<String> HIDDEN =
      List.of(
          "/sys/firmware",
          "/sys/kernel/debug",
          "/sys/kernel/tracing",
          "/sys/kernel/security",
          "/sys/fs/bpf",
          "/dev/hugepages");

  private static final List<String> TEMPORARY = List.of("/tmp", "/var/tmp");

  /** Units of others hold their environment. The tmpfs on /run hides what systemd has there. */
  static final List<String> HIDDEN_ON_HOST =
      List.of(
          "/boot",
          "/efi",
          "/var/log",
          "/etc/sandbar",
          "/etc/systemd",
          "/usr/local/lib/systemd",
          "/var/lib/sandbar");

  static final List<String> RESOLVERS =
      List.of(
          "/run/systemd/resolve/stub-resolv.conf",
          "/run/systemd/resolve/resolv.conf",
          "/run/resolvconf/resolv.conf",
          "/run/NetworkManager/resolv.conf");

  private final Draft draft;
  private final AppSpec app;
  private final boolean ownUser;
  private final Sandbox sandbox;
  private final Resolution why;

  FileLines(
      Draft draft, AppSpec app, Sandbox sandbox, Resolution why, DirectiveOverrides overrides) {
    this.draft = draft;
    this.ownUser = overrides.switches().contains("DynamicUser");
    this.app = app;
    this.sandbox = sandbox;
    this.why = why;
  }

  /**
   * @param rootImage path of the image on the device; empty for the device's own root
   * @param because what names the image
   */
  void write(String rootImage, String because, DeviceFacts facts, OwnNetwork network) {
    boolean confined = !sandbox.unconfined();
    boolean image = !rootImage.isEmpty();
    // An image that nobody verified may be a file system of the device.
    boolean device = !image || because.equals(DirectiveOverrides.BECAUSE);
    if (image) {
      root(rootImage, because, confined && facts.systemdVersion() >= 257);
    }
    if (confined) {
      execution(image, facts.systemdVersion() >= MERGES ? MERGED : PROGRAMS);
      watchNoPressure(facts.systemdVersion(), Draft.DEFAULT);
      confinement(!image, device, network.nameServers(facts));
    } else {
      openMode();
    }
    if (image && device) {
      attachReadOnly(confined, facts.systemdVersion());
    }
    files(confined, image);
    directories(image, confined && device);
    volumes(confined, device, facts);
  }

  private void openMode() {
    if (!sandbox.files().hostWritable()) {
      String withheld = why.closed(s -> s.files().hostWritable());
      draft.service("ProtectSystem", EscapedText.words("strict"), withheld);
      if (!ownUser) {
        // With it systemd has a stronger one, which this line would take the place of.
        draft.yes("PrivateTmp", withheld);
      }
    }
  }

  /**
   * systemd attaches an image for writing unless it sees that nothing in it can be written, and has
   * fsck look at it then. A verified image is of a file system that nothing can write; of this one
   * nobody knows.
   */
  private void attachReadOnly(boolean confined, int systemd) {
    if (!confined) {
      watchNoPressure(systemd, DirectiveOverrides.BECAUSE);
      draft.service("ProtectHome", EscapedText.words("read-only"), DirectiveOverrides.BECAUSE);
      if (!draft.has("ProtectSystem")) {
        draft.service("ProtectSystem", EscapedText.words("strict"), DirectiveOverrides.BECAUSE);
      }
    }
  }

  /**
   * Otherwise the app gets a writable file of its control group, which is one more mount; with
   * limits of processor time and of disk, one for each.
   */
  private void watchNoPressure(int systemd, String because) {
    if (systemd >= 254) {
      draft.service("MemoryPressureWatch", EscapedText.words("off"), because);
    }
    if (systemd >= 261) {
      draft.service("CPUPressureWatch", EscapedText.words("off"), because);
      draft.service("IOPressureWatch", EscapedText.words("off"), because);
    }
  }

  private void root(String image, String because, boolean hideLog) {
    draft.unit("RequiresMountsFor", EscapedText.paths(List.of(folderOf(image))), because);
    draft.service("RootImage", EscapedText.raw(image), because);
    draft.yes("MountAPIVFS", because);
    if (hideLog) {
      // RootImage implies the journal's sockets from 257 on; standard output needs none of them.
      draft.service("BindLogSockets", EscapedText.words("no"), because);
    }
  }

  private static String folderOf(String path) {
    int slash = path.lastIndexOf('/');
    return slash <= 0 ? "/" : path.substring(0, slash);
  }

  /**
   * All of an image is read-only, so there it is enough that every writable place executes nothing.
   * To name what an image executes would follow its links, into such a place for example.
   *
   * <p>systemd mounts each of ExecPaths= by itself, and ProtectSystem=strict passes over it:
   * without ReadOnlyPaths= of the same paths an app could write what it executes, wherever the
   * permissions of the files let it.
   */
  private void execution(boolean image, List<String> folders) {
    var never = new ArrayList<String>();
    if (!image) {
      never.add("/");
    }
    if (!sandbox.files().executableData()) {
      never.addAll(TEMPORARY);
    }
    if (!never.isEmpty()) {
      draft.service("NoExecPaths", EscapedText.paths(never), Draft.DEFAULT);
    }
    if (image) {
      return;
    }
    var programs = new LinkedHashSet<String>();
    folders.forEach(path -> programs.add("-" + path));
    executable(List.copyOf(programs), Draft.DEFAULT);
    app.run().programs().stream()
        .filter(program -> !app.supplies(program))
        .map(FileLines::programFolder)
        .distinct()
        .filter(folder -> PROGRAMS.stream().noneMatch(path -> PathText.within(folder, path)))
        .forEach(folder -> executable(List.of(folder), "run"));
  }

  private void executable(List<String> paths, String because) {
    draft.service("ExecPaths", EscapedText.paths(paths), because);
    draft.service("BindReadOnlyPaths", EscapedText.paths(paths), because);
  }

  /** The folder that must be executable for a program of the device. */
  static String programFolder(String program) {
    String folder = folderOf(program);
    return folder.equals("/") ? program : folder;
  }

  /** Whether every app executes what is there. */
  static boolean isExecutedAnyway(String program) {
    return PROGRAMS.stream().anyMatch(path -> PathText.within(program, path));
  }

  /** Whether the program is where the closed default executes nothing. */
  static boolean cannotExecute(String program) {
    return NEVER_PROGRAMS.stream().anyMatch(folder -> program.startsWith(folder + "/"));
  }

  /**
   * @param host whether the root is the device's own
   * @param device whether the root may be any file system of the device
   * @param nameServers places of what names the name servers, which the app's own network replaces
   */
  private void confinement(boolean host, boolean device, List<String> nameServers) {
    // /dev/shm is the device's own, shared by all apps, unless a tmpfs covers it; the tmpfs is
    // dropped silently if NoExecPaths names the same path. /run would be writable and executable
    // in an image on systemd 252, and shows the sockets of other programs on the device's root.
    draft.service(
        "TemporaryFileSystem",
        EscapedText.words("/dev/shm:size=64M,mode=1777,nosuid,nodev,noexec"),
        Draft.DEFAULT);
    draft.service(
        "TemporaryFileSystem",
        EscapedText.words("/run:size=1M,mode=0755,nosuid,nodev,noexec"),
        Draft.DEFAULT);
    var hidden = new ArrayList<String>();
    HIDDEN.forEach(path -> hidden.add("-" + path));
    draft.service(Draft.HIDING, EscapedText.paths(hidden), Draft.DEFAULT);
    if (host && !nameServers.isEmpty()) {
      for (String path : nameServers) {
        draft.service(
            "BindReadOnlyPaths",
            EscapedText.bind(FileStorePath.of(OwnNetwork.resolvers()), path),
            OwnNetwork.BECAUSE);
      }
    } else if (host && sandbox.network().families().contains("AF_INET")) {
      // Where /etc/resolv.conf leads on most devices; the tmpfs above would hide it.
      var resolvers = new ArrayList<String>();
      RESOLVERS.forEach(path -> resolvers.add("-" + path));
      draft.service(
          "BindReadOnlyPaths",
          EscapedText.paths(resolvers),
          why.opened(s -> s.network().families().contains("AF_INET")));
    }
    if (device) {
      var hiddenOnHost = new ArrayList<String>();
      HIDDEN_ON_HOST.stream()
          .filter(path -> !holdsOwn(path))
          .forEach(path -> hiddenOnHost.add("-" + path));
      draft.service(Draft.HIDING, EscapedText.paths(hiddenOnHost), Draft.DEFAULT);
    }
  }

  /** A file in an image can be executed wherever it stands; of the device's root nothing can. */
  private void files(boolean confined, boolean image) {
    var folders = new LinkedHashSet<String>();
    for (AppFile file : app.files()) {
      if (file.reloads()) {
        if (folders.add(file.folder())) {
          String folder = FileStorePath.folderPath(file);
          draft.service("BindReadOnlyPaths", EscapedText.bind(folder, file.folder()), FILES);
          draft.service("NoExecPaths", EscapedText.paths(List.of(file.folder())), FILES);
        }
        continue;
      }
      if (!image && !(confined && PathText.within(file.path(), "/run"))) {
        // systemd would make an empty file for it on the device.
        draft.unit("AssertPathExists", EscapedText.raw(file.path()), FILES);
      }
      draft.service(
          "BindReadOnlyPaths", EscapedText.bind(FileStorePath.of(file), file.path()), FILES);
      if (confined && !file.executable()) {
        draft.service("NoExecPaths", EscapedText.paths(List.of(file.path())), FILES);
      } else if (confined && !image) {
        draft.service("ExecPaths", EscapedText.paths(List.of(file.path())), FILES);
      }
    }
  }

  /**
   * @param hiding whether the places of the device are hidden that are {@link #HIDDEN_ON_HOST}
   */
  private void directories(boolean image, boolean hiding) {
    for (AppDirectory directory : sandbox.files().directories().items()) {
      String name = AppDirectory.nameOf(app.name());
      String because = why.opened(s -> s.files().directories().contains(directory));
      boolean hidden = hiding && HIDDEN_ON_HOST.contains(directory.parent());
      draft.service(directory.directive(), EscapedText.words(name), because);
      draft.service(directory.directive() + "Mode", EscapedText.words("0700"), because);
      QuotaLines.write(draft, app, directory, because);
      if (image || hidden) {
        // A read-only image has no place to make the directory in (exit 226), and in a hidden one
        // systemd mounts nothing.
        draft.service(
            "TemporaryFileSystem", EscapedText.words(directory.parent() + ":ro"), because);
      }
      if (!sandbox.files().executableData()) {
        // systemd makes the link that leads to it after it has looked for the path (exit 226).
        String path =
            hidden && !image ? directory.privateParent() + "/" + name : directory.of(app.name());
        draft.service("NoExecPaths", EscapedText.paths(List.of(path)), because);
      }
    }
  }

  /** Whether an empty file system hides the place, with a directory of the app's in it. */
  private boolean holdsOwn(String place) {
    return sandbox.files().directories().items().stream()
        .anyMatch(directory -> directory.parent().equals(place));
  }

  private void volumes(boolean confined, boolean device, DeviceFacts facts) {
    String because = why.opened(s -> !s.files().mounts().isNone());
    var mounts = new TreeMap<String, Mount>();
    for (Mount mount : sandbox.files().mounts().items()) {
      mounts.merge(mount.mountPath(), mount, (a, b) -> a.writable() ? a : b);
    }
    mounts.forEach(
        (mountPath, mount) -> {
          String source = MountUnit.source(mount, facts);
          if (source.isEmpty()) {
            return; // Reported by the compiler as an unknown volume.
          }
          draft.service(
              mount.writable() ? "BindPaths" : "BindReadOnlyPaths",
              EscapedText.bind(source, mountPath),
              because);
          // With runFromData too: what others write there is not the app's own data.
          if (confined) {
            draft.service("NoExecPaths", EscapedText.paths(List.of(mountPath)), because);
          }
        });
    if (!sandbox.files().hostVolumes()) {
      hide(device, facts.volumes(), mounts);
    }
  }

  /**
   * The volumes that the app did not ask for: at their own places, and where they lie in one that
   * it did ask for. Its own mounts cover what is below them.
   */
  private void hide(
      boolean device, SortedMap<String, String> places, SortedMap<String, Mount> mounts) {
    var granted =
        mounts.values().stream()
            .filter(mount -> !mount.fileSystem())
            .map(Mount::source)
            .collect(Collectors.toSet());
    var hidden = new LinkedHashSet<String>();
    var nested = new LinkedHashSet<String>();
    places.forEach(
        (volume, place) -> {
          if (device && mounts.keySet().stream().noneMatch(at -> PathText.within(place, at))) {
            hidden.add("-" + place);
          }
          if (!granted.contains(volume)) {
            mounts.forEach(
                (at, mount) -> {
                  String outer = mount.fileSystem() ? "" : places.getOrDefault(mount.source(), "");
                  if (!outer.isEmpty() && place.startsWith(outer + "/")) {
                    nested.add("-" + at + place.substring(outer.length()));
                  }
                });
          }
        });
    if (!hidden.isEmpty()) {
      draft.hide(EscapedText.paths(List.copyOf(hidden)), why.closed(s -> s.files().hostVolumes()));
    }
    if (!nested.isEmpty()) {
      // Whoever shares the outer volume moves what is in it: whether a process sees such a path
      // says nothing, so it is hidden when the app starts, and only then.
      draft.service(
          Draft.HIDING,
          EscapedText.paths(List.copyOf(nested)),
          why.closed(s -> s.files().hostVolumes()));
    }
  }
}
