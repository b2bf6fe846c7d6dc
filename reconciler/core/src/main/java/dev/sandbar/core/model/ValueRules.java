package dev.sandbar.core.model;

import java.util.List;
import java.util.Optional;

/** What the values of permissions must be like, each by itself. */
final class ValueRules {

  static final List<String> RESERVED = List.of("/", "/etc", "/var", "/var/lib", "/srv", "/opt");
  static final List<String> RESERVED_WHOLE =
      List.of(
          "/proc",
          "/sys",
          "/dev",
          "/run",
          "/var/run",
          "/var/lock",
          "/usr",
          "/tmp",
          "/var/tmp",
          "/bin",
          "/sbin",
          "/lib",
          "/lib32",
          "/lib64",
          "/libx32",
          "/boot",
          "/efi",
          "/home",
          "/root",
          "/etc/sandbar",
          "/var/lib/private",
          "/var/cache/private",
          "/var/log/private",
          "/var/lib/sandbar");

  /** Places of the device in which no app sees anything. */
  static final List<String> HIDDEN_FROM_APPS = List.of("/etc/systemd", "/var/log");

  /** Where apps make sockets for each other: the directories are of the device. */
  private static final String SOCKETS = "/run/sandbar-apps";

  /** Where the agent has a socket for each app that asks it to do something. */
  private static final String AGENT = "/run/sandbar-agent";

  private ValueRules() {}

  static Optional<Objection> cidr(String text) {
    return unless(
        Cidr.parse(text).isPresent(),
        "is not an address prefix",
        "write an IPv4 or IPv6 prefix such as 203.0.113.0/24 or 2001:db8::/32");
  }

  /** A range ends where it begins or above, and what the kernel picks is no range. */
  static Optional<Objection> endPort(int first, int last) {
    return unless(
        first > 0 && last >= first,
        first > 0 ? "is below port" : "ends a range that has no beginning",
        first > 0
            ? "write a number from " + first + " to 65535"
            : "remove it: port: 0 is every port from " + PortRange.UNPRIVILEGED + " up");
  }

  static Optional<Objection> namespace(String text) {
    return unless(
        isName(text),
        "cannot be the name of a network namespace",
        "write the NAME that was given to ip netns add");
  }

  static Optional<Objection> app(String text) {
    return unless(
        AppName.isValid(text),
        "is not the name of an app",
        "write its metadata.name: at most 50 of a-z, 0-9 and '-', beginning and ending with a"
            + " letter or digit");
  }

  /** One name at a time: what is below it is another service, of which nobody knows beforehand. */
  static Optional<Objection> busName(String text) {
    if (!BusName.isValid(text)) {
      return Optional.of(
          new Objection(
              Problem.INVALID_VALUE,
              "is not the name of a service on the system bus",
              "write the whole name, such as org.bluez; busctl list shows those of a device"));
    }
    return new BusName(text).isNever()
        ? Optional.of(
            new Objection(
                Problem.INVALID_VALUE,
                "gives its callers the device, so no app reaches it",
                "remove it"))
        : Optional.empty();
  }

  /** One that no service of any device has. */
  static Optional<Objection> ownedBusName(String text) {
    Optional<Objection> talk = busName(text);
    if (talk.isPresent() || !new BusName(text).isOfTheSystem()) {
      return talk;
    }
    return Optional.of(
        new Objection(
            Problem.INVALID_VALUE,
            "is a service of the system itself, so no app takes its place",
            "own a name of your own, such as com.example.Pump"));
  }

  static Optional<Objection> volume(String text) {
    return unless(
        isName(text),
        "is not the name of a volume",
        "write the name of a volume of /etc/sandbar/agent.yaml, not a path");
  }

  static Optional<Objection> mountPoint(String path) {
    boolean reserved =
        RESERVED.contains(path)
            // A mount point in a directory of an app would be made there.
            || AppDirectory.isIn(path)
            || RESERVED_WHOLE.stream().anyMatch(folder -> PathText.within(path, folder));
    return reserved
        ? Optional.of(new Objection(Problem.UNSAFE_PATH, "is reserved", "use for example /data"))
        : colon(path);
  }

  private static Optional<Objection> colon(String path) {
    return path.indexOf(':') >= 0
        ? Optional.of(
            new Objection(Problem.UNSAFE_PATH, "holds a colon, which separates paths", "rename it"))
        : Optional.empty();
  }

  /** Below /run an app has a place of its own, which is empty at each start. */
  static Optional<Objection> filePlace(String path) {
    if (PathText.within(path, SOCKETS)) {
      return Optional.of(
          new Objection(
              Problem.UNSAFE_PATH,
              "is in the directories of sockets between apps",
              "use another path below /run"));
    }
    if (PathText.within(path, AGENT)) {
      return Optional.of(
          new Objection(
              Problem.UNSAFE_PATH,
              "is in the directory of the agent's socket",
              "use another path below /run"));
    }
    boolean hidden = HIDDEN_FROM_APPS.stream().anyMatch(folder -> PathText.within(path, folder));
    boolean taken = !path.startsWith("/run/") && (hidden || mountPoint(path).isPresent());
    return colon(path)
        .or(
            () ->
                taken
                    ? Optional.of(
                        new Objection(
                            Problem.UNSAFE_PATH,
                            "is reserved",
                            "use a path below /run, or of a file in /etc"))
                    : Optional.empty());
  }

  private static Optional<Objection> unless(boolean fine, String why, String help) {
    return fine ? Optional.empty() : Optional.of(new Objection(Problem.INVALID_VALUE, why, help));
  }

  static boolean isName(String text) {
    return !text.isEmpty()
        && text.length() <= SpecBounds.LONGEST_NAME
        && text.charAt(0) != '.'
        && text.charAt(0) != '-'
        && text.chars()
            .allMatch(
                c ->
                    (c >= 'a' && c <= 'z')
                        || (c >= 'A' && c <= 'Z')
                        || (c >= '0' && c <= '9')
                        || c == '_'
                        || c == '.'
                        || c == '-');
  }
}
