package dev.sandbar.device.agent;

import dev.sandbar.core.compile.CompiledApp;
import dev.sandbar.core.compile.DeviceFacts;
import dev.sandbar.core.denial.Confines;
import dev.sandbar.core.denial.Connections;
import dev.sandbar.core.denial.Denial;
import dev.sandbar.core.denial.Denials;
import dev.sandbar.core.denial.LastLine;
import dev.sandbar.core.plan.ObservedUnit;
import dev.sandbar.device.hosts.OwnAddresses;
import dev.sandbar.device.kernel.RefusalReader;
import dev.sandbar.device.systemd.JournalReader;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What is known of why a version failed: the last line that it wrote in this start, and which
 * permissions it most likely lacks, by its own words and by its connections in the kernel, as far
 * as it still runs. Of permissions only the names are said, and whom an app tries to reach must not
 * stand in a status.
 */
final class DenialHint {
  private static final int LINES = 200;
  private static final int MOST_BYTES = 64 * 1024;
  private static final int MOST_NAMES = 3;

  /** A round waits so long at most. */
  private static final Duration LIMIT = Duration.ofSeconds(2);

  /** A journal that cannot be read is left alone for so long: many apps may fall over at once. */
  private static final Duration REST = Duration.ofMinutes(1);

  private final @Nullable JournalReader journal;
  private final LongSupplier nanos;
  private final Path root;
  private long restUntil;

  DenialHint(@Nullable JournalReader journal, Path root, LongSupplier nanos) {
    this.journal = journal;
    this.root = root;
    this.nanos = nanos;
    this.restUntil = nanos.getAsLong();
  }

  /** Of the device that the options name. A folder that is no device has no journal. */
  static DenialHint of(AgentOptions options) {
    boolean isDevice = options.root().equals(Path.of("/")) || !options.reach().isEmpty();
    return new DenialHint(
        isDevice ? new JournalReader(options.reach()) : null, options.root(), System::nanoTime);
  }

  /**
   * To be put behind the reason; empty if nothing is known.
   *
   * @param unit of the app, as it was observed
   */
  String of(CompiledApp app, DeviceFacts facts, ObservedUnit unit) {
    Confines confines = Confines.of(app.spec(), facts);
    List<String> lines = lines(unit);
    String last = LastLine.of(lines, app.spec());
    List<Denial> wrote = Denials.read(lines, confines);
    List<Denial> tried =
        Connections.denied(
            RefusalReader.read(root, unit.kernel().controlGroup()),
            confines,
            OwnAddresses.of(root));
    return (last.isEmpty() ? "" : "; its last line was " + last)
        + said("; by what it wrote it lacks ", wrote)
        + said("; by its connections it lacks ", tried);
  }

  private static String said(String words, List<Denial> denials) {
    String names =
        denials.stream()
            .flatMap(denial -> denial.remedies().stream())
            .map(remedy -> remedy.permission().key())
            .distinct()
            .limit(MOST_NAMES)
            .collect(Collectors.joining(" or "));
    return names.isEmpty() ? "" : words + names;
  }

  private List<String> lines(ObservedUnit unit) {
    JournalReader reader = journal;
    String start = unit.loaded().invocationId();
    if (reader == null || start.isEmpty() || nanos.getAsLong() - restUntil < 0) {
      return List.of();
    }
    try {
      return reader.lines(
          new JournalReader.OfStart(unit.name(), start, false, LINES), MOST_BYTES, LIMIT);
    } catch (IOException e) {
      restUntil = nanos.getAsLong() + REST.toNanos();
      return List.of();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return List.of();
    }
  }
}
