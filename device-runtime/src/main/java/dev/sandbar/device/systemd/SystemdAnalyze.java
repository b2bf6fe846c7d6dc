package dev.sandbar.device.systemd;

import dev.sandbar.device.systemd.SystemdException.Kind;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Pattern;

/**
 * The device's own systemd-analyze(1), for what D-Bus does not have. Beside {@link JournalReader}
 * the only class that starts a process. Its arguments are fixed; the only thing that varies is the
 * path of a unit file of our own making.
 */
public final class SystemdAnalyze {

  private static final String PROGRAM = "/usr/bin/systemd-analyze";
  private static final Duration TIMEOUT = Duration.ofSeconds(30);
  private static final int OUTPUT_LIMIT = 1 << 20;
  private static final Pattern MISSING_PROGRAM =
      Pattern.compile("\\S+: Command .* is not executable: .*");

  private final List<String> prefix;
  private final Duration timeout;

  /** The one of this machine. */
  public SystemdAnalyze() {
    this(List.of());
  }

  /**
   * One of a device that is reached by a command.
   *
   * @param prefix put before the program's own command line
   */
  public SystemdAnalyze(List<String> prefix) {
    this(prefix, TIMEOUT);
  }

  SystemdAnalyze(List<String> prefix, Duration timeout) {
    this.prefix = List.copyOf(prefix);
    this.timeout = timeout;
  }

  /**
   * What systemd thinks of unit files.
   *
   * @param passed whether it has nothing against them
   * @param findings its lines, each naming file and line where it can
   */
  public record Verdict(boolean passed, List<String> findings) {
    public Verdict {
      findings = List.copyOf(findings);
    }

    /**
     * Whether it has nothing against them but that a program does not exist: it looks for the
     * program of an app with RootImage on the device, where it need not be.
     */
    public boolean passedButForPrograms() {
      return passed
          || (!findings.isEmpty()
              && findings.stream().allMatch(it -> MISSING_PROGRAM.matcher(it).matches()));
    }
  }

  /**
   * Checks unit files before they are installed. Without {@code --recursive-errors=no} it says yes
   * to unknown directives.
   *
   * @param unitFiles absolute paths on the device
   * @throws SystemdException if the program cannot be run or takes too long
   */
  public Verdict verify(Collection<String> unitFiles) {
    var arguments = new ArrayList<>(List.of("verify", "--man=no", "--recursive-errors=no"));
    for (String file : unitFiles) {
      if (!file.startsWith("/")) {
        throw new IllegalArgumentException("not an absolute path: " + file);
      }
      arguments.add(file);
    }
    Output output = run(arguments);
    List<String> findings = output.errors().lines().filter(line -> !line.isBlank()).toList();
    return new Verdict(output.status() == 0, findings);
  }

  /**
   * The groups of system calls that this systemd knows, nested groups resolved.
   *
   * @throws SystemdException if the program cannot be run or fails
   */
  public SortedMap<String, SortedSet<String>> syscallGroups() {
    Output output = run(List.of("--no-pager", "syscall-filter"));
    if (output.status() != 0) {
      throw new SystemdException(
          Kind.REFUSED, "systemd-analyze syscall-filter failed: " + output.errors().strip(), null);
    }
    return groups(output.text());
  }

  static SortedMap<String, SortedSet<String>> groups(String listing) {
    var members = new HashMap<String, Set<String>>();
    Set<String> group = Set.of();
    for (String line : listing.split("\n")) {
      String word = line.strip();
      if (line.startsWith("@")) {
        group = members.computeIfAbsent(word, _ -> new TreeSet<>());
      } else if (line.startsWith("#")) {
        // From here on it lists calls that are in no group.
        group = new TreeSet<>();
      } else if (!word.isEmpty() && !word.startsWith("#")) {
        group.add(word);
      }
    }
    var resolved = new TreeMap<String, SortedSet<String>>();
    members
        .keySet()
        .forEach(
            name -> {
              var calls = new TreeSet<String>();
              collect(name, members, calls, new TreeSet<>());
              resolved.put(name, calls);
            });
    return resolved;
  }

  private static void collect(
      String name, Map<String, Set<String>> members, Set<String> calls, Set<String> seen) {
    if (!seen.add(name)) {
      return;
    }
    for (String member : members.getOrDefault(name, Set.of())) {
      if (member.startsWith("@")) {
        collect(member, members, calls, seen);
      } else {
        calls.add(member);
      }
    }
  }

  private record Output(int status, String text, String errors) {}

  private Output run(List<String> arguments) {
    var command = new ArrayList<>(prefix);
    command.add(PROGRAM);
    command.addAll(arguments);
    var builder = new ProcessBuilder(command);
    // Nothing of our own environment: it could hold a secret or change what the program does.
    builder.environment().clear();
    builder
        .environment()
        .putAll(
            Map.of(
                "PATH", "/usr/sbin:/usr/bin:/sbin:/bin",
                "LC_ALL", "C",
                "SYSTEMD_COLORS", "0",
                "SYSTEMD_LOG_TARGET", "console",
                "SYSTEMD_LOG_COLOR", "0"));
    try {
      return finish(builder.start());
    } catch (IOException e) {
      throw new SystemdException(
          Kind.UNAVAILABLE, "cannot run " + PROGRAM + ": " + e.getMessage(), e);
    }
  }

  private Output finish(Process process) throws IOException {
    process.getOutputStream().close();
    CompletableFuture<String> text = read(process.getInputStream());
    CompletableFuture<String> errors = read(process.getErrorStream());
    try {
      if (!process.waitFor(timeout.toMillis(), TimeUnit.MILLISECONDS)) {
        throw new SystemdException(
            Kind.UNAVAILABLE, PROGRAM + " did not end within " + timeout.toMillis() + " ms", null);
      }
      // A process that it started can outlive it and hold its output open.
      return new Output(process.exitValue(), whole(text), whole(errors));
    } catch (TimeoutException | ExecutionException e) {
      throw new SystemdException(
          Kind.UNAVAILABLE,
          PROGRAM + " ended, and its output did not within " + timeout.toMillis() + " ms",
          e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new SystemdException(Kind.UNAVAILABLE, "interrupted", e);
    } finally {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly();
    }
  }

  private String whole(CompletableFuture<String> output)
      throws InterruptedException, ExecutionException, TimeoutException {
    return output.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
  }

  /** Reads on after the limit, so that the program does not wait for us, but keeps no more. */
  private static CompletableFuture<String> read(InputStream stream) {
    var text = new CompletableFuture<String>();
    Thread.ofVirtual()
        .name("systemd-analyze-output")
        .start(
            () -> {
              try (stream) {
                byte[] bytes = stream.readNBytes(OUTPUT_LIMIT);
                long _ = stream.transferTo(java.io.OutputStream.nullOutputStream());
                text.complete(new String(bytes, StandardCharsets.UTF_8));
              } catch (IOException e) {
                text.complete("");
              }
            });
    return text;
  }
}
