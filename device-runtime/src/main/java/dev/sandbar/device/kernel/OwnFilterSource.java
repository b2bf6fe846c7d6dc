package dev.sandbar.device.kernel;

import dev.sandbar.core.attest.CallFilter;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Reads in this process, which has no system call filter of its own. */
final class OwnFilterSource implements FilterSource {

  /** None where filters cannot be read. */
  private final List<FilterReader> reader = FilterReader.open().stream().toList();

  @Override
  public Map<ProcessId, List<CallFilter>> read(Collection<ProcessId> processes) {
    var read = new HashMap<ProcessId, List<CallFilter>>();
    for (ProcessId process : processes) {
      filters(process).ifPresent(filters -> read.put(process, filters));
    }
    return read;
  }

  private Optional<List<CallFilter>> filters(ProcessId process) {
    // A process that has ended meanwhile may have given its number to another, before or after.
    return reader.stream()
        .findFirst()
        .filter(_ -> isAlive(process))
        .flatMap(it -> it.read(process.pid()))
        .filter(_ -> isAlive(process));
  }

  private static boolean isAlive(ProcessId process) {
    return ProcessId.of(process.pid()).filter(process::equals).isPresent();
  }

  @Override
  public Duration pause() {
    return Duration.ZERO;
  }
}
