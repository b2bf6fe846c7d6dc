package dev.sandbar.operator.reconcile;

import dev.sandbar.core.bundle.ReportedFacts;
import dev.sandbar.core.bundle.SyscallTable;
import dev.sandbar.core.compile.DeviceFacts;
import dev.sandbar.core.compile.NodeNames;
import dev.sandbar.core.model.KeyDigest;
import dev.sandbar.core.model.Sha256;
import dev.sandbar.crds.v1alpha1.DeviceStatus;
import dev.sandbar.source.text.PackedText;
import dev.sandbar.source.text.TextLimits;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Facts of devices, shared by all that are equal. The digest that a device gives itself is not
 * believed: with a false one it could lend its facts to others.
 */
final class FactsTable {
  /** Characters of packed tables, several hundred times what one systemd needs. */
  private static final long MOST_TABLES = 4L << 20;

  /** Names of system calls, groups, volumes and features; a usual device has 3,000. */
  private static final long MOST_NAMES = 600_000;

  private static final String MARK = "sha256:";

  private final WeighedCache<String, String> tables =
      new WeighedCache<>(MOST_TABLES, String::length);
  private final WeighedCache<Sha256, DeviceFacts> facts =
      new WeighedCache<>(MOST_NAMES, FactsTable::names);

  private static long names(DeviceFacts facts) {
    return 64L
        + facts.features().size()
        + facts.owners().keySet().stream().mapToLong(path -> 2L + path.length() / 64).sum()
        + facts.resolvers().size()
        + facts.volumes().entrySet().stream()
            .mapToLong(volume -> 2L + (volume.getKey().length() + volume.getValue().length()) / 64)
            .sum()
        + facts.knownSyscalls().size()
        + facts.syscallGroups().values().stream().mapToLong(group -> 1L + group.size()).sum();
  }

  /** The facts with the long table taken out and kept here. */
  DeviceStatus.Facts slim(DeviceStatus.Facts full) {
    String table = text(full.systemCalls());
    String mark = isMark(table) ? table : MARK + Sha256.of(table).hex();
    if (!isMark(table) && table.length() <= ReportedFacts.MAX_SYSTEM_CALLS) {
      tables.put(mark, table);
    }
    return new DeviceStatus.Facts(
        full.systemd(),
        text(full.kernel()).intern(),
        text(full.architecture()).intern(),
        full.features().stream().map(FactsTable::text).map(String::intern).toList(),
        new TreeMap<>(full.volumes()),
        mark,
        text(full.digest()).intern(),
        text(full.agent()).intern(),
        full.owners() == null ? null : new TreeMap<>(full.owners()),
        full.resolvers());
  }

  /** Only in this form: what a device reports may begin as a mark does. */
  private static boolean isMark(String table) {
    return table.startsWith(MARK) && Sha256.isValid(table.substring(MARK.length()));
  }

  /**
   * The key of slim facts: equal for devices that the compiler cannot tell apart, and no others.
   */
  Sha256 key(DeviceStatus.Facts slim) {
    return new KeyDigest()
        .number(slim.systemd())
        .text(text(slim.architecture()))
        .texts(slim.features())
        .pairs(new TreeMap<>(slim.volumes()))
        .pairs(owners(slim))
        .texts(resolvers(slim))
        .text(text(slim.systemCalls()))
        .digest();
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
            .orElseGet(() -> new SyscallTable(new TreeMap<>(), new TreeSet<>()));
    var reported =
        new ReportedFacts(
            slim.systemd(),
            // Shared by all of this key, so that nothing is in it that the key does not cover.
            "",
            text(slim.architecture()),
            slim.features(),
            new TreeMap<>(slim.volumes()),
            "",
            "",
            "",
            ReportedFacts.readOwners(owners(slim)),
            new TreeSet<>(resolvers(slim)));
    DeviceFacts made = reported.with(table, new TreeMap<>());
    facts.put(key, made);
    return Optional.of(made);
  }

  /** An agent that does not report them yet compiles as for most devices. */
  private static SortedMap<String, String> owners(DeviceStatus.Facts slim) {
    var owners = new TreeMap<String, String>();
    if (slim.owners() == null) {
      NodeNames.usualOwners().forEach((path, owner) -> owners.put(path, owner.toString()));
    } else {
      owners.putAll(slim.owners());
    }
    return owners;
  }

  private static List<String> resolvers(DeviceStatus.Facts slim) {
    return Objects.requireNonNullElse(slim.resolvers(), List.of(DeviceFacts.STUB));
  }

  private static String text(@Nullable String text) {
    return Objects.requireNonNullElse(text, "");
  }
}
