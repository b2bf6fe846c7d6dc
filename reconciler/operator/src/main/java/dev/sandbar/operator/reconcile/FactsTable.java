package dev.sandbar.operator.reconcile;

import dev.sandbar.core.bind.NodeBinder;
import dev.sandbar.core.bundle.ReportedFacts;
import dev.sandbar.core.bundle.SyscallTable;
import dev.sandbar.core.bundle.TableDigest;
import dev.sandbar.core.compile.DeviceFacts;
import dev.sandbar.core.compile.NodeNames;
import dev.sandbar.core.model.KeyDigest;
import dev.sandbar.core.model.Sha256;
import dev.sandbar.core.property.Syscalls;
import dev.sandbar.crds.v1alpha1.DeviceStatus;
import dev.sandbar.source.text.PackedText;
import dev.sandbar.source.text.TextLimits;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Facts of devices, shared by all that are equal. A table of system calls is known by the digest
 * that is computed here of what was sent: under one of its own choice a device could lend its facts
 * to others. Whoever names the digest of a table gets that table, no matter which device sent it.
 */
final class FactsTable {
  // Bytes that an object takes beside what it holds.
  private static final long NAME = 100;
  private static final long SET = 200;

  private final WeighedCache<String, String> packed;

  /** By digest: devices of one systemd share one, whatever else they report. */
  private final WeighedCache<String, Syscalls> tables;

  private final WeighedCache<Sha256, DeviceFacts> facts;

  /** With a share of the heap of this process. */
  FactsTable() {
    this(Runtime.getRuntime().maxMemory() / 10);
  }

  /**
   * Empty.
   *
   * @param most bytes that all takes: a third for each of what is sent, what is unpacked, and what
   *     is compiled against
   */
  FactsTable(long most) {
    this.packed = new WeighedCache<>(most / 3, text -> NAME + text.length());
    this.tables = new WeighedCache<>(most / 3, FactsTable::weight);
    this.facts = new WeighedCache<>(most / 3, FactsTable::weight);
  }

  /** How many bytes are kept. */
  long held() {
    return packed.held() + tables.held() + facts.held();
  }

  private static long weight(DeviceFacts facts) {
    return 4 * SET
        + facts.features().size() * NAME
        + facts.owners().keySet().stream().mapToLong(path -> 2 * NAME + path.length()).sum()
        + weight(facts.resolvers())
        + facts.volumes().entrySet().stream()
            .mapToLong(volume -> 2 * NAME + volume.getKey().length() + volume.getValue().length())
            .sum()
        + weight(facts.syscalls());
  }

  /** With the index of names, the set of each group, and what filters come to by them. */
  private static long weight(Syscalls syscalls) {
    return weight(syscalls.known())
        + NAME * syscalls.known().size()
        + weight(syscalls.groups())
        + NAME * syscalls.groups().size()
        + syscalls.mostKept();
  }

  private static long weight(SortedMap<String, SortedSet<String>> groups) {
    return groups.entrySet().stream()
        .mapToLong(group -> NAME + group.getKey().length() + weight(group.getValue()))
        .sum();
  }

  private static long weight(SortedSet<String> names) {
    return SET + names.stream().mapToLong(name -> NAME + name.length()).sum();
  }

  /** Keeps a table that stands in the status of a bundle; empty if none does. */
  void keep(String table) {
    if (!table.isEmpty()) {
      packed.put(TableDigest.of(table), table);
    }
  }

  /** The facts with the long table, if it stands in them, taken out and kept here. */
  DeviceStatus.Facts slim(DeviceStatus.Facts full) {
    String table = text(full.systemCalls());
    boolean isNamed = TableDigest.isDigest(table);
    String digest = isNamed ? table : TableDigest.of(table);
    if (!isNamed && table.length() <= ReportedFacts.MAX_SYSTEM_CALLS) {
      packed.put(digest, table);
    }
    return new DeviceStatus.Facts(
        full.systemd(),
        text(full.kernel()).intern(),
        text(full.architecture()).intern(),
        full.features().stream().map(FactsTable::text).map(String::intern).toList(),
        new TreeMap<>(full.volumes()),
        digest.intern(),
        text(full.digest()).intern(),
        text(full.agent()).intern(),
        Optional.ofNullable(full.owners()).map(TreeMap::new).orElse(null),
        full.resolvers(),
        // Each device has another one.
        null);
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
    return facts
        .get(key)
        .or(
            () -> {
              Optional<DeviceFacts> made = table(text(slim.systemCalls())).map(it -> of(slim, it));
              made.ifPresent(it -> facts.put(key, it));
              return made;
            });
  }

  private static DeviceFacts of(DeviceStatus.Facts slim, Syscalls table) {
    return new ReportedFacts(
            slim.systemd(),
            // Shared by all of this key, so that nothing is in it that the key does not cover.
            "",
            text(slim.architecture()),
            slim.features(),
            new TreeMap<>(slim.volumes()),
            "",
            "",
            "",
            owners(slim),
            new TreeSet<>(resolvers(slim)),
            null)
        .with(table, new TreeMap<>());
  }

  private Optional<Syscalls> table(String digest) {
    return tables
        .get(digest)
        .or(
            () -> {
              Optional<Syscalls> unpacked = packed.get(digest).map(FactsTable::unpacked);
              unpacked.ifPresent(it -> tables.put(digest, it));
              return unpacked;
            });
  }

  private static Syscalls unpacked(String text) {
    return PackedText.unpack(text, TextLimits.DEFAULT)
        .map(node -> NodeBinder.readLenient(SyscallTable.class, node).syscalls())
        .orElse(Syscalls.NONE);
  }

  /** An agent that does not report them yet compiles as for most devices. */
  private static SortedMap<String, String> owners(DeviceStatus.Facts slim) {
    var owners = new TreeMap<String, String>();
    Optional.ofNullable(slim.owners())
        .ifPresentOrElse(
            owners::putAll,
            () -> NodeNames.usualOwners().forEach((path, it) -> owners.put(path, it.toString())));
    return owners;
  }

  private static List<String> resolvers(DeviceStatus.Facts slim) {
    return Objects.requireNonNullElse(slim.resolvers(), List.of(DeviceFacts.STUB));
  }

  private static String text(@Nullable String text) {
    return Objects.requireNonNullElse(text, "");
  }
}
