package dev.sandbar.device.agent;

import dev.sandbar.core.catalog.Sandbox;
import dev.sandbar.core.compile.CompiledApp;
import dev.sandbar.core.compile.Compiler;
import dev.sandbar.core.compile.DeviceFacts;
import dev.sandbar.core.denial.Connections;
import dev.sandbar.core.denial.Denial;
import dev.sandbar.core.denial.Denials;
import dev.sandbar.device.hosts.OwnAddresses;
import dev.sandbar.device.kernel.RefusalReader;
import dev.sandbar.device.systemd.JournalReader;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Which permissions a version that fell over most likely lacks, by its own words and by its
 * connections in the kernel, as far as it still runs. Only the names of permissions are said: what
 * an app writes, and whom it tries to reach, must not stand in a status.
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
   * @param controlGroup of the app; empty if it does not run
   */
  String of(CompiledApp app, DeviceFacts facts, String controlGroup) {
    Sandbox sandbox = Compiler.sandbox(app.spec(), facts);
    List<Denial> wrote = Denials.read(lines(app), sandbox, facts.policy());
    List<Denial> tried =
        Connections.denied(
            RefusalReader.read(root, controlGroup),
            app.spec(),
            sandbox,
            OwnAddresses.of(root),
            facts.policy());
    return said("; by what it wrote it lacks ", wrote)
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
