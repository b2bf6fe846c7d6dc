package dev.sandbar.operator.reconcile;

import dev.sandbar.core.bundle.ReportedFacts;
import dev.sandbar.core.bundle.SyscallTable;
import dev.sandbar.core.compile.DeviceFacts;
import dev.sandbar.core.model.Sha256;
import dev.sandbar.crds.v1alpha1.DeviceStatus;
import dev.sandbar.source.text.PackedText;
import dev.sandbar.source.text.TextLimits;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Facts of devices, shared by all that are equal. The digest that a device gives itself is not
 * believed: with a false one it could lend its facts to others.
 */
final class FactsTable {
  private static final int MOST_TABLES = 256;
  private static final int MOST_FACTS = 4_096;
  private static final String MARK = "sha256:";

  private final Map<String, String> tables = bounded(MOST_TABLES);
  private final Map<Sha256, DeviceFacts> facts = bounded(MOST_FACTS);

  private static <K, V> Map<K, V> bounded(int most) {
    return Collections.synchronizedMap(
        new LinkedHashMap<>(16, 0.75f, true) {
          private static final long serialVersionUID = 1L;

          @Override
          protected boolean removeEldestEntry(Map.Entry<K, V> eldest) {
            return size() > most;
          }
        });
  }

  /** The facts with the long table taken out and kept here. */
  DeviceStatus.Facts slim(DeviceStatus.Facts full) {
    String table = full.systemCalls();
    if (table == null || table.startsWith(MARK)) {
      return full;
    }
    String mark = MARK + Sha256.of(table).hex();
    if (table.length() <= ReportedFacts.MAX_SYSTEM_CALLS) {
      tables.putIfAbsent(mark, table);
    }
    return new DeviceStatus.Facts(
        full.systemd(),
        text(full.kernel()).intern(),
        text(full.architecture()).intern(),
        full.features().stream().map(String::intern).toList(),
        full.volumes(),
        mark,
        text(full.digest()).intern(),
        text(full.agent()).intern());
  }

  /** The key of slim facts: equal for devices that the compiler cannot tell apart. */
  Sha256 key(DeviceStatus.Facts slim) {
    return Sha256.of(
        String.join(
            "\n",
            Integer.toString(slim.systemd()),
            text(slim.architecture()),
            String.join(",", slim.features()),
            new TreeMap<>(slim.volumes()).toString(),
            text(slim.systemCalls())));
  }

  /** What the compiler needs; empty if the table is no longer, or never was, here. */
  Optional<DeviceFacts> facts(Sha256 key, DeviceStatus.Facts slim) {
    DeviceFacts known = facts.get(key);
    if (known != null) {
      return Optional.of(known);
    }
    String packed = tables.get(text(slim.systemCalls()));
    if (packed == null) {
      return Optional.empty();
    }
    SyscallTable table =
        PackedText.unpack(packed, TextLimits.DEFAULT)
            .map(SyscallTable::read)
            .orElseGet(() -> new SyscallTable(new TreeMap<>(), new java.util.TreeSet<>()));
    var reported =
        new ReportedFacts(
            slim.systemd(),
            text(slim.kernel()),
            text(slim.architecture()),
            slim.features(),
            new TreeMap<>(slim.volumes()),
            "",
            text(slim.digest()),
            "");
    DeviceFacts made = reported.with(table, new TreeMap<>());
    facts.put(key, made);
    return Optional.of(made);
  }

  private static String text(@org.jspecify.annotations.Nullable String text) {
    return Objects.requireNonNullElse(text, "");
  }
}
