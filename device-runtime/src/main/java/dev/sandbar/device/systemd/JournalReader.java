package dev.sandbar.device.systemd;

import dev.sandbar.core.model.UnitName;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * The journal of one unit of a device, through its own journalctl(1): there is no other interface
 * to the journal's files that stays the same. The arguments are fixed but for the name of the unit,
 * numbers and a time; no shell sees them, and nothing of our environment does.
 */
public final class JournalReader {
  /** The program on the device. */
  public static final String PROGRAM = "/usr/bin/journalctl";

  private static final List<String> FIXED =
      List.of(PROGRAM, "--no-pager", "--quiet", "--output=short-iso");

  private static final List<String> PLAIN =
      List.of(PROGRAM, "--no-pager", "--quiet", "--output=cat");

  private static final String INVOCATION = "INVOCATION_ID=";
  private static final int STARTS = 200;
  private static final int STARTS_BYTES = 256 << 10;

  private final List<String> prefix;

  /**
   * That of a device.
   *
   * @param prefix command that reaches into it, put before the program's own command line; empty
   *     for this machine
   */
  public JournalReader(List<String> prefix) {
    this.prefix = List.copyOf(prefix);
  }

  /**
   * What is asked for.
   *
   * @param lines at most so many of the newest; negative for all
   * @param since nothing older; {@link Instant#EPOCH} for no limit
   * @param follow whether to wait for what comes
   */
  public record Query(UnitName unit, int lines, Instant since, boolean follow) {
    /** The command line. */
    List<String> arguments() {
      var arguments = new ArrayList<>(FIXED);
      arguments.add("--unit=" + unit.value());
      arguments.add("--lines=" + (lines < 0 ? "all" : Integer.toString(lines)));
      if (!since.equals(Instant.EPOCH)) {
        arguments.add("--since=@" + since.getEpochSecond());
      }
      if (follow) {
        arguments.add("--follow");
      }
      return List.copyOf(arguments);
    }
  }

  /**
   * What processes of a unit wrote, without what systemd, the kernel or anybody else says of the
   * unit: journald(8) takes their unit from the kernel, and matches it as a whole.
   *
   * @param lines at most so many of the newest
   * @param since nothing older; {@link Instant#EPOCH} for no limit
   */
  public record Written(UnitName unit, int lines, Instant since) {
    /** The command line. */
    List<String> arguments() {
      var arguments = new ArrayList<>(FIXED);
      arguments.add("--lines=" + lines);
      if (!since.equals(Instant.EPOCH)) {
        arguments.add("--since=@" + since.getEpochSecond());
      }
      arguments.add("_SYSTEMD_UNIT=" + unit.value());
      return List.copyOf(arguments);
    }
  }

  /**
   * What is said of one start of a unit, as journald(8) and the manager mark it.
   *
   * @param invocation of systemd, in hexadecimal digits
   * @param manager whether what systemd says of it is requested, and not what it wrote itself
   * @param lines at most so many of the newest
   */
  public record OfStart(UnitName unit, String invocation, boolean manager, int lines) {
    /** The command line. */
    List<String> arguments() {
      var arguments = new ArrayList<>(PLAIN);
      arguments.add("--lines=" + lines);
      if (manager) {
        arguments.addAll(List.of("_PID=1", "INVOCATION_ID=" + invocation, "UNIT=" + unit.value()));
      } else {
        arguments.add("_SYSTEMD_INVOCATION_ID=" + invocation);
        arguments.add("_SYSTEMD_UNIT=" + unit.value());
      }
      return List.copyOf(arguments);
    }
  }

  /**
   * The newest part of what the program printed.
   *
   * @param cut whether there was more before it
   */
  public record Tail(boolean cut, String text) {
    /** Its whole lines, without the rest of one of which the beginning is cut off. */
    public String whole() {
      return cut ? text.substring(text.indexOf('\n') + 1) : text;
    }
  }

  /**
   * Starts the program; whoever calls ends it.
   *
   * @throws IOException if it is not there
   */
  public Process start(Query query) throws IOException {
    return start(query.arguments());
  }

  private Process start(List<String> arguments) throws IOException {
    var command = new ArrayList<>(prefix);
    command.addAll(arguments);
    var builder = new ProcessBuilder(command);
    builder.environment().clear();
    builder.environment().put("LC_ALL", "C.UTF-8");
    builder.environment().put("PATH", "/usr/bin:/bin");
    builder.redirectInput(ProcessBuilder.Redirect.from(new File("/dev/null")));
    return builder.start();
  }

  /**
   * Reads to the end, and keeps the last bytes.
   *
   * @param most bytes that are kept
   * @param limit after which the program is ended
   * @throws IOException if it cannot be started, fails, or takes too long; the message is for
   *     people
   */
  public Tail tail(Query query, int most, Duration limit) throws IOException, InterruptedException {
    return tail(query.arguments(), most, limit);
  }

  /** The same of what a unit wrote. */
  public Tail tail(Written written, int most, Duration limit)
      throws IOException, InterruptedException {
    return tail(written.arguments(), most, limit);
  }

  /** The same lines of a start, oldest first. */
  public List<String> lines(OfStart start, int most, Duration limit)
      throws IOException, InterruptedException {
    return tail(start.arguments(), most, limit).whole().lines().toList();
  }

  /** The start of a unit before this one, as far as the journal reaches; empty if none is there. */
  public String startBefore(UnitName unit, String invocation, Duration limit)
      throws IOException, InterruptedException {
    return starts(unit, limit).stream()
        .filter(it -> !it.equals(invocation))
        .reduce("", (_, last) -> last);
  }

  /** The start of a unit that followed this one just now; empty if none is there. */
  public String startAfter(UnitName unit, String invocation, Duration limit)
      throws IOException, InterruptedException {
    // The journal is behind where much is written.
    Tail _ = tail(List.of(PROGRAM, "--sync"), 1024, limit);
    List<String> starts = starts(unit, limit);
    return starts.stream().skip(starts.lastIndexOf(invocation) + 1L).findFirst().orElse("");
  }

  /** By the lines of systemd about them, oldest first. */
  private List<String> starts(UnitName unit, Duration limit)
      throws IOException, InterruptedException {
    var arguments =
        List.of(
            PROGRAM,
            "--no-pager",
            "--quiet",
            "--output=export",
            "--output-fields=INVOCATION_ID",
            "--lines=" + STARTS,
            "_PID=1",
            "UNIT=" + unit.value());
    return tail(arguments, STARTS_BYTES, limit)
        .whole()
        .lines()
        .filter(line -> line.startsWith(INVOCATION))
        .map(line -> line.substring(INVOCATION.length()))
        .toList();
  }

  private Tail tail(List<String> arguments, int most, Duration limit)
      throws IOException, InterruptedException {
    Process process = start(arguments);
    try {
      var kept = new Kept(most);
      Thread out = Thread.ofVirtual().start(() -> kept.drain(process.getInputStream()));
      var errors = new Kept(1024);
      Thread err = Thread.ofVirtual().start(() -> errors.drain(process.getErrorStream()));
      boolean ended = process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS);
      // What it printed can still be on its way; a child of it could hold the pipe open.
      if (!ended || !out.join(limit) || !err.join(limit)) {
        throw new IOException(PROGRAM + " did not end within " + limit.toSeconds() + " s");
      }
      if (process.exitValue() != 0) {
        throw new IOException(PROGRAM + " failed with status " + process.exitValue());
      }
      return kept.tail();
    } finally {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly();
    }
  }

  /** The last bytes of a stream; used by one thread at a time. */
  private static final class Kept {
    private final int most;
    private final byte[] bytes;
    private int length;
    private boolean cut;

    Kept(int most) {
      this.most = most;
      this.bytes = new byte[2 * most];
    }

    void drain(InputStream stream) {
      try (stream) {
        var piece = new byte[Math.min(most, 8192)];
        for (int read = stream.read(piece); read >= 0; read = stream.read(piece)) {
          if (length + read > bytes.length) {
            System.arraycopy(bytes, length - most, bytes, 0, most);
            length = most;
            cut = true;
          }
          System.arraycopy(piece, 0, bytes, length, read);
          length += read;
        }
      } catch (IOException _) {
        // The program was ended.
      }
    }

    Tail tail() {
      int from = Math.max(0, length - most);
      String text = new String(Arrays.copyOfRange(bytes, from, length), StandardCharsets.UTF_8);
      return new Tail(cut || from > 0, text);
    }
  }
}
