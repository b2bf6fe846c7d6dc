package dev.sandbar.device.systemd;

import dev.sandbar.core.model.Sha256;
import dev.sandbar.core.model.UnitName;
import dev.sandbar.core.property.Raw;
import dev.sandbar.device.store.DurableFiles;
import dev.sandbar.device.store.UnitDirectories;
import dev.sandbar.device.store.VerityTree;
import dev.sandbar.device.systemd.Systemd.Job;
import dev.sandbar.device.systemd.Systemd.JobOutcome;
import dev.sandbar.device.systemd.Systemd.Verb;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Small services that really run for a moment, each with one setting, to see what it does. They
 * exist below /run only, end by themselves if nobody ends them, and {@link #close} removes them.
 */
final class Canaries implements AutoCloseable {

  /** An image with nothing but mount points, for RootImage. */
  static final String IMAGE = "/run/sandbar/canary.raw";

  /** Its tree of digests, for RootVerity. */
  static final String TREE = "/run/sandbar/canary.verity";

  /** What the tree comes to; {@code CanariesTest} computes it. */
  static final String ROOT_HASH =
      "cac0149280693f3740648218d3e2b3e6e0a8f48824f6d1873222816a2be257f6";

  /** An image that was changed after its tree was made, in a block that every mount reads. */
  static final String CHANGED_IMAGE = "/run/sandbar/canary-changed.raw";

  static final String CHANGED_TREE = "/run/sandbar/canary-changed.verity";

  /** Not the one above: systemd has one device for all images with the same root hash. */
  static final String CHANGED_ROOT_HASH =
      "216794158d3db907605d4ca3392f9e583ff5c45cd4c73af8cbbfb11684aa68dc";

  private static final Logger LOG = LoggerFactory.getLogger(Canaries.class);

  /** Never the name of an app's unit: those begin with {@code sandbar-}. */
  private static final String PREFIX = "sandbar.canary-";

  private static final String SUFFIX = ".service";
  private static final int BLOCK = 4096;
  private static final String MODE = "rw-r--r--";

  /** systemd's word, of jobs and of services. */
  private static final String TIMEOUT = "timeout";

  /** What a device that is busy with its boot may take for one. Most that fail do so at once. */
  private static final Duration START = Duration.ofSeconds(60);

  private static final Duration STOP = Duration.ofSeconds(10);

  /** One of them is on every device. */
  private static final List<String> PROGRAMS =
      List.of("/usr/bin/sleep", "/bin/sleep", "/usr/bin/busybox", "/bin/busybox");

  private final Systemd systemd;
  private final UnitDirectories directories;
  private final DurableFiles files = new DurableFiles();
  private final List<UnitName> units = new ArrayList<>();
  private final List<String> late = new ArrayList<>();

  Canaries(Path root, Systemd systemd) {
    this.systemd = systemd;
    this.directories = new UnitDirectories(root);
  }

  /** Where a unit of that name is. */
  static UnitName unit(String name) {
    return new UnitName(PREFIX + name + SUFFIX);
  }

  /**
   * Writes and starts the services: all at once, and then, each by itself, those that a busy device
   * did not start in time.
   *
   * @param settings lines of the Service section by name; with a command of their own instead of
   *     ours if they have an ExecStart
   * @return how each start ended
   */
  Map<String, JobOutcome> start(Map<String, String> settings) {
    removeLeftovers();
    try {
      install(settings);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write the canary services", e);
    }
    // A unit that is not loaded is read from the disk when first asked for, without a reload;
    // unless systemd has looked at the directory in this very tick of its clock.
    if (units.stream().anyMatch(unit -> !isLoaded(unit))) {
      systemd.reload();
    }
    var names = List.copyOf(settings.keySet());
    List<JobOutcome> outcomes =
        systemd.run(names.stream().map(name -> new Job(Verb.START, unit(name))).toList(), START);
    var results = new LinkedHashMap<String, JobOutcome>();
    for (int i = 0; i < names.size(); i++) {
      results.put(names.get(i), outcomes.get(i));
    }
    results.replaceAll((name, outcome) -> isLate(outcome) ? again(name) : outcome);
    return results;
  }

  private JobOutcome again(String name) {
    var restart = new Job(Verb.RESTART, unit(name));
    JobOutcome outcome = systemd.run(List.of(restart), START).getFirst();
    if (isLate(outcome)) {
      late.add(name);
    }
    return outcome;
  }

  /** Those that were not started in time even so: what they would have shown is unknown. */
  List<String> late() {
    return List.copyOf(late);
  }

  /** To take too long is no answer: what is missing fails at once. */
  private boolean isLate(JobOutcome outcome) {
    return !outcome.done()
        && (outcome.isUnknown()
            || outcome.isRunning()
            || outcome.result().equals(TIMEOUT)
            || new Raw.Str(TIMEOUT).equals(systemd.properties(outcome.job().unit()).get("Result")));
  }

  private boolean isLoaded(UnitName unit) {
    return new Raw.Str("loaded").equals(systemd.properties(unit).get("LoadState"));
  }

  private void install(Map<String, String> settings) throws IOException {
    Path image = directories.onDisk(IMAGE);
    files.makeDirectories(Objects.requireNonNull(image.getParent()), "rwxr-xr-x");
    byte[] content = image();
    files.write(image, content, MODE);
    VerityTree.write(image, Sha256.of(content), directories.onDisk(TREE));
    byte[] other = otherImage();
    Path changed = directories.onDisk(CHANGED_IMAGE);
    files.write(changed, other, MODE);
    VerityTree.write(changed, Sha256.of(other), directories.onDisk(CHANGED_TREE));
    // No file system looks at it; the block before it has what the kernel looks for first.
    other[other.length - 1] = 1;
    files.write(changed, other, MODE);
    Path directory = directories.onDisk(UnitDirectories.RUNTIME);
    files.makeDirectories(directory, "rwxr-xr-x");
    String command = "ExecStart=" + program() + "\n";
    for (Map.Entry<String, String> entry : settings.entrySet()) {
      UnitName unit = unit(entry.getKey());
      units.add(unit);
      String own = entry.getValue().contains("ExecStart=") ? "" : command;
      files.write(
          directory.resolve(unit.value()),
          (HEADER + own + entry.getValue()).getBytes(StandardCharsets.UTF_8),
          MODE);
    }
  }

  private static final String HEADER =
      """
      [Unit]
      Description=Sandbar looks at what this device can enforce
      DefaultDependencies=no
      StartLimitIntervalSec=0
      [Service]
      Type=exec
      RuntimeMaxSec=300
      TimeoutStartSec=45
      TimeoutStopSec=2
      """;

  /** Of two blocks: a file fills the first, after the superblock; the second has all else. */
  static byte[] image() throws IOException {
    try (InputStream in = Canaries.class.getResourceAsStream("canary.squashfs")) {
      return Objects.requireNonNull(in, "canary.squashfs").readAllBytes();
    }
  }

  /** The same with another content of that file. */
  static byte[] otherImage() throws IOException {
    byte[] image = image();
    image[BLOCK - 1] ^= 1;
    return image;
  }

  private String program() {
    for (String program : PROGRAMS) {
      if (Files.exists(directories.onDisk(program), LinkOption.NOFOLLOW_LINKS)) {
        return program.endsWith("busybox") ? program + " sleep 300" : program + " 300";
      }
    }
    throw new SystemdException(
        SystemdException.Kind.REFUSED,
        "no program to try the sandbox with: none of " + String.join(", ", PROGRAMS) + " exists",
        null);
  }

  /** What an agent that was killed in the middle left. */
  private void removeLeftovers() {
    var left = new ArrayList<UnitName>(systemd.units(List.of(PREFIX + "*")).keySet());
    Path directory = directories.onDisk(UnitDirectories.RUNTIME);
    try (DirectoryStream<Path> entries =
        Files.newDirectoryStream(directory, PREFIX + "*" + SUFFIX)) {
      entries.forEach(
          entry ->
              UnitPaths.name(String.valueOf(entry.getFileName()))
                  .filter(unit -> !left.contains(unit))
                  .ifPresent(left::add));
    } catch (IOException e) {
      // No such directory: nothing left.
    }
    remove(left);
  }

  @Override
  public void close() {
    remove(units);
    for (String file : List.of(IMAGE, TREE, CHANGED_IMAGE, CHANGED_TREE)) {
      try {
        files.remove(directories.onDisk(file));
      } catch (IOException e) {
        LOG.warn("canary={} action=remove outcome=failed reason=\"{}\"", file, e.getMessage());
      }
    }
  }

  private void remove(Collection<UnitName> unwanted) {
    if (unwanted.isEmpty()) {
      return;
    }
    try {
      systemd.run(unwanted.stream().map(unit -> new Job(Verb.STOP, unit)).toList(), STOP);
    } finally {
      for (UnitName unit : unwanted) {
        remove(unit);
      }
    }
  }

  private void remove(UnitName unit) {
    try {
      files.remove(directories.onDisk(UnitDirectories.RUNTIME).resolve(unit.value()));
      systemd.resetFailed(unit);
    } catch (IOException e) {
      LOG.warn("canary={} action=remove outcome=failed reason=\"{}\"", unit, e.getMessage());
    } catch (SystemdException e) {
      // It did not fail, and is unloaded already.
    }
  }
}
