package dev.sandbar.core.model;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Pattern;

/** Reads a volume that is a file system, in the settings of a device. */
final class FileSystemReader {

  private static final List<String> FIELDS =
      List.of("what", "type", "options", "readOnly", "group");
  private static final int MOST_OPTIONS = 32;

  private static final String CHARS = "[A-Za-z0-9._:@+,=~-]";

  /** Without what systemd.syntax(7) or a shell would read as more than itself. */
  private static final Pattern WHAT =
      Pattern.compile(
          "(/%1$s+)++|//[A-Za-z0-9.:-]+(/%1$s+)++|([A-Za-z0-9][A-Za-z0-9._-]*|\\[[0-9a-fA-F:]+]):((/%1$s+)++|/)"
              .formatted(CHARS));

  private static final Pattern TYPE = Pattern.compile("[a-z0-9][a-z0-9._-]{0,31}");
  private static final Pattern OPTION =
      Pattern.compile("[A-Za-z0-9][A-Za-z0-9_.-]*(=[A-Za-z0-9_.:=/@+-]+)?");
  private static final Pattern GROUP = Pattern.compile("[a-z_][a-z0-9_-]{0,31}");

  static final String MEMORY = "tmpfs";
  private static final int LONGEST = 512;

  /** In each of them the kernel shows itself, or what others mounted. */
  private static final Set<String> KERNEL =
      Set.of(
          "none",
          "auto",
          "proc",
          "sysfs",
          "devtmpfs",
          "devpts",
          "cgroup",
          "cgroup2",
          "debugfs",
          "tracefs",
          "securityfs",
          "selinuxfs",
          "configfs",
          "efivarfs",
          "pstore",
          "bpf",
          "mqueue",
          "hugetlbfs",
          "ramfs",
          "autofs",
          "overlay",
          "binfmt_misc",
          "fusectl");

  private static final Set<String> HARDENED =
      Set.of("suid", "dev", "exec", "nosuid", "nodev", "noexec", "defaults", "user", "users");

  private static final Set<String> ELSEWHERE =
      Set.of(
          "bind",
          "rbind",
          "move",
          "remount",
          "auto",
          "noauto",
          "nofail",
          "owner",
          "group",
          "shared",
          "slave",
          "private",
          "unbindable");

  private static final Set<String> SECRET = Set.of("password", "password2", "pass", "cred");

  private final NodeValidator expect;

  FileSystemReader(NodeValidator expect) {
    this.expect = expect;
  }

  Optional<FileSystem> read(String name, Node node, String path) {
    var fields = expect.fields(node, path, FIELDS);
    Optional<String> type =
        expect
            .required(fields, node, path, "type")
            .flatMap(n -> text(n, path + ".type", FileSystemReader::type));
    Optional<String> what =
        expect
            .required(fields, node, path, "what")
            .flatMap(
                n -> text(n, path + ".what", text -> what(text, type.orElse("").equals(MEMORY))));
    var options = new ArrayList<String>();
    Optional.ofNullable(fields.get("options"))
        .ifPresent(
            list ->
                expect
                    .items(list, path + ".options", MOST_OPTIONS)
                    .forEach(
                        n ->
                            text(n, path + ".options", FileSystemReader::option)
                                .ifPresent(options::add)));
    boolean readOnly =
        Optional.ofNullable(fields.get("readOnly"))
            .flatMap(n -> expect.flag(n, path + ".readOnly"))
            .orElse(false);
    String group =
        Optional.ofNullable(fields.get("group"))
            .flatMap(n -> text(n, path + ".group", FileSystemReader::group))
            .orElse("");
    return what.flatMap(w -> type.map(t -> new FileSystem(name, w, t, options, readOnly, group)));
  }

  private Optional<String> text(
      Node node, String path, Function<String, Optional<Objection>> rule) {
    return expect
        .text(node, path)
        .filter(
            text -> {
              Optional<Objection> objection = rule.apply(text);
              objection.ifPresent(it -> expect.invalid(node.at(), path, text, it.why(), it.help()));
              return objection.isEmpty();
            });
  }

  private static Optional<Objection> what(String text, boolean memory) {
    boolean fits =
        text.length() <= LONGEST
            && (memory
                ? text.equals(MEMORY)
                : WHAT.matcher(text).matches() && !(text + "/").matches(".*/[.]{1,2}/.*"));
    return objection(
        fits,
        "is nothing that can be mounted",
        memory
            ? "write what: tmpfs"
            : "write a path such as /dev/disk/by-label/MEDIA or by-uuid, HOST:/PATH, or"
                + " //HOST/SHARE");
  }

  private static Optional<Objection> type(String text) {
    return objection(
        TYPE.matcher(text).matches() && !KERNEL.contains(text),
        "is not the type of a file system for apps",
        "write for example ext4, vfat, squashfs, nfs, cifs or tmpfs; a directory is a volume by its"
            + " path alone");
  }

  private static Optional<Objection> option(String text) {
    String name = text.split("=", 2)[0];
    if (HARDENED.contains(name)) {
      return objection(
          false,
          "cannot be chosen",
          "remove it: every file system for apps is mounted with nosuid, nodev and noexec");
    }
    if (name.equals("ro") || name.equals("rw")) {
      return objection(false, "stands in a field of its own", "write readOnly: true or false");
    }
    if (SECRET.contains(name)) {
      return objection(
          false,
          "would stand in a unit file that everybody reads",
          "write credentials=FILE, with a file that root alone reads");
    }
    return objection(
        OPTION.matcher(text).matches()
            && text.length() <= LONGEST
            && !ELSEWHERE.contains(name)
            && !name.startsWith("x-")
            && !name.startsWith("X-"),
        "is not an option that can be given here",
        "write one option of mount(8) in each item, such as noatime or uid=1000");
  }

  private static Optional<Objection> group(String text) {
    return objection(
        GROUP.matcher(text).matches(), "is not the name of a group", "write one of /etc/group");
  }

  private static Optional<Objection> objection(boolean fits, String why, String help) {
    return fits ? Optional.empty() : Optional.of(new Objection(Problem.INVALID_VALUE, why, help));
  }
}
