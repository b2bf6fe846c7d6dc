package dev.sandbar.device.agent;

import dev.sandbar.core.compile.CompiledApp;
import dev.sandbar.core.compile.Compiler;
import dev.sandbar.core.compile.DeviceFacts;
import dev.sandbar.core.denial.Denials;
import dev.sandbar.device.systemd.JournalReader;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Which permissions a version that fell over most likely lacks, by its own words. Only the names of
 * permissions are said: what an app writes must not stand in a status.
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
  private long restUntil;

  DenialHint(@Nullable JournalReader journal, LongSupplier nanos) {
    this.journal = journal;
    this.nanos = nanos;
    this.restUntil = nanos.getAsLong();
  }

  /** Of the device that the options name. A folder that is no device has no journal. */
  static DenialHint of(AgentOptions options) {
    boolean isDevice = options.root().equals(Path.of("/")) || !options.reach().isEmpty();
    return new DenialHint(isDevice ? new JournalReader(options.reach()) : null, System::nanoTime);
  }

  /** To be put behind the reason; empty if nothing is known. */
  String of(CompiledApp app, DeviceFacts facts) {
    List<String> names =
        Denials.read(lines(app), Compiler.sandbox(app.spec(), facts), facts.policy()).stream()
            .flatMap(denial -> denial.remedies().stream())
            .map(remedy -> remedy.permission().key())
            .distinct()
            .limit(MOST_NAMES)
            .toList();
    return names.isEmpty() ? "" : "; by what it wrote it lacks " + String.join(" or ", names);
  }

  private List<String> lines(CompiledApp app) {
    JournalReader reader = journal;
    if (reader == null || nanos.getAsLong() - restUntil < 0) {
      return List.of();
    }
    var query = new JournalReader.Query(app.unit(), LINES, Instant.EPOCH, false);
    try {
      return reader.tail(query, MOST_BYTES, LIMIT).written();
    } catch (IOException e) {
      restUntil = nanos.getAsLong() + REST.toNanos();
      return List.of();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return List.of();
    }
  }
}
