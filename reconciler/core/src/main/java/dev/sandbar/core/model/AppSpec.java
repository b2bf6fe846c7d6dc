package dev.sandbar.core.model;

import dev.sandbar.core.window.Maintenance;
import java.util.List;
import java.util.SortedMap;
import java.util.stream.Stream;

/**
 * One app as the user declared it: checked by itself, not yet compiled for a device.
 *
 * @param at where the object begins in its file
 * @param devices which devices run it; an empty selector means all
 * @param files that the app sees and cannot write
 * @param secrets that it reads, sealed
 * @param network whose network namespace it runs in, as far as its permissions give it a network
 * @param directives real directives in the order of the input (the escape hatch)
 * @param raw walls of the closed mode that are opened, each with a reason
 * @param enforcement what happens when the kernel does not hold the sandbox
 * @param health when a version counts as good
 * @param suspend whether devices leave the app as it is: nothing is applied and nothing corrected
 * @param hold whether devices keep the version that runs
 * @param maintenance when updates may interrupt the app
 * @param variables that its texts may hold beside those of every device
 */
public record AppSpec(
    AppName name,
    Location at,
    Selector devices,
    Root root,
    Run run,
    List<AppFile> files,
    List<AppSecret> secrets,
    Mode mode,
    Permissions permissions,
    Network network,
    SystemCalls systemCalls,
    List<RawDirective> directives,
    List<OpenedWall> raw,
    EnforcementMode enforcement,
    HealthSpec health,
    DriftSpec drift,
    boolean suspend,
    HoldSpec hold,
    Maintenance maintenance,
    List<DeclaredVariable> variables) {

  public AppSpec {
    files = List.copyOf(files);
    secrets = List.copyOf(secrets);
    directives = List.copyOf(directives);
    raw = List.copyOf(raw);
    variables = List.copyOf(variables);
  }

  /** The unit that it is on a device. */
  public UnitName unit() {
    return run.adopts() ? new UnitName(run.unit()) : UnitName.own(name);
  }

  /** This app with other permissions. */
  public AppSpec with(Permissions other) {
    return new AppSpec(
        name,
        at,
        devices,
        root,
        run,
        files,
        secrets,
        mode,
        other,
        network,
        systemCalls,
        directives,
        raw,
        enforcement,
        health,
        drift,
        suspend,
        hold,
        maintenance,
        variables);
  }

  /** Whether the program is one of the files of the spec. */
  public boolean supplies(String program) {
    return files.stream().anyMatch(it -> it.executable() && it.path().equals(program));
  }

  /** This app with another program and other files. */
  AppSpec with(Run otherRun, List<AppFile> otherFiles) {
    return new AppSpec(
        name,
        at,
        devices,
        root,
        otherRun,
        otherFiles,
        secrets,
        mode,
        permissions,
        network,
        systemCalls,
        directives,
        raw,
        enforcement,
        health,
        drift,
        suspend,
        hold,
        maintenance,
        variables);
  }

  /** What an absent permission means. */
  public enum Mode {
    /** Absent means withheld. */
    CLOSED,
    /** Only what is withheld by name is restricted: for moving old apps in. */
    OPEN
  }

  /** Whose network an app is in that its permissions give one. */
  public enum Network implements Written {
    /** The device's, with all that listens there. */
    SHARED("Shared"),
    /** One of its own, joined to the device's by a pair of virtual interfaces (veth(4)). */
    OWN("Own");

    private final String text;

    Network(String text) {
      this.text = text;
    }

    @Override
    public String text() {
      return text;
    }
  }

  /** What happens when the kernel does not hold what the unit says, once it was started. */
  public enum EnforcementMode implements Written {
    /** The version is taken back; the app is stopped if it has no other one. */
    STRICT("Strict"),
    /** The app goes on as it is, and what is not enforced is reported. */
    PERMISSIVE("Permissive");

    private final String text;

    EnforcementMode(String text) {
      this.text = text;
    }

    @Override
    public String text() {
      return text;
    }
  }

  /** What happens when the device drifts. */
  public enum DriftMode implements Written {
    DETECT("Detect"),
    CORRECT("Correct");

    private final String text;

    DriftMode(String text) {
      this.text = text;
    }

    @Override
    public String text() {
      return text;
    }
  }

  /**
   * {@code drift:}.
   *
   * @param ignore drift that is neither reported nor corrected; at most {@link
   *     SpecBounds#MOST_IGNORED} rules, each of another property
   */
  public record DriftSpec(DriftMode mode, List<IgnoreRule> ignore) {
    public DriftSpec {
      ignore = List.copyOf(ignore);
    }

    /** Nothing is ignored. */
    public static DriftSpec of(DriftMode mode) {
      return new DriftSpec(mode, List.of());
    }
  }

  /** The file system that the app sees as its root. */
  public sealed interface Root {
    /** The device's own, read-only. */
    record Host() implements Root {}

    /**
     * An image.
     *
     * @param source where it is to be had
     * @param digest of the file's content, or of the manifest where a registry has it
     * @param rootHash of the dm-verity tree by which the kernel checks each block of it, 64
     *     hexadecimal digits; empty if it checks none
     * @param at location of the image in the spec
     */
    record Image(ImageSource source, Sha256 digest, String rootHash, Location at) implements Root {
      /** Whether the kernel checks each block when it is read. */
      public boolean checked() {
        return !rootHash.isEmpty();
      }
    }
  }

  /**
   * The program, or the service of the device that is confined in its place.
   *
   * @param unit the service of the device that is confined; empty for a program of the app's own
   * @param command absolute path, then arguments; each passed to the program unchanged. Empty where
   *     a service of the device is confined
   * @param environment by name; never for secrets
   * @param workingDirectory absolute path, or empty for systemd's default
   * @param user the name and home that it finds for its own uid
   * @param lifecycle how it starts and stops
   * @param runtimeDirectories names of directories below {@code /run} that are its own
   * @param at location of {@code run}
   */
  public record Run(
      String unit,
      List<String> command,
      SortedMap<String, String> environment,
      String workingDirectory,
      AppUser user,
      Lifecycle lifecycle,
      List<Named> runtimeDirectories,
      Location at) {
    public Run {
      command = List.copyOf(command);
      runtimeDirectories = List.copyOf(runtimeDirectories);
      environment =
          java.util.Collections.unmodifiableSortedMap(new java.util.TreeMap<>(environment));
    }

    /** A program that runs and says nothing. */
    public Run(
        List<String> command,
        SortedMap<String, String> environment,
        String workingDirectory,
        Location at) {
      this(
          "", command, environment, workingDirectory, AppUser.NONE, Lifecycle.PLAIN, List.of(), at);
    }

    /** A service of the device. */
    static Run adopted(UnitName unit, Location at) {
      return new Run(
          unit.value(),
          List.of(),
          new java.util.TreeMap<>(),
          "",
          AppUser.NONE,
          Lifecycle.PLAIN,
          List.of(),
          at);
    }

    /** Whether it confines a service that the device has, and runs nothing itself. */
    public boolean adopts() {
      return !unit.isEmpty();
    }

    /** The paths of all programs: the app's own first, then those of its other commands. */
    public List<String> programs() {
      return Stream.concat(Stream.of(command), lifecycle.all().map(Lifecycle.Command::words))
          .filter(words -> !words.isEmpty())
          .map(List::getFirst)
          .distinct()
          .toList();
    }
  }

  /** {@code systemCalls:} names and {@code @groups} to give back or to take away; deny wins. */
  public record SystemCalls(List<Named> allow, List<Named> deny) {
    public SystemCalls {
      allow = List.copyOf(allow);
      deny = List.copyOf(deny);
    }
  }

  /** A name and its location. */
  public record Named(String name, Location at) {}

  /**
   * One entry of {@code directives:}.
   *
   * @param values one for a scalar, several for a list; as written
   */
  public record RawDirective(String name, List<String> values, Location at) {
    public RawDirective {
      values = List.copyOf(values);
    }
  }
}
