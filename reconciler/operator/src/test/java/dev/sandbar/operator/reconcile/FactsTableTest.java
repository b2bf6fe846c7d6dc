package dev.sandbar.operator.reconcile;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.bind.NodeBinder;
import dev.sandbar.core.bundle.SyscallTable;
import dev.sandbar.core.bundle.TableDigest;
import dev.sandbar.core.compile.DeviceFacts;
import dev.sandbar.core.compile.Feature;
import dev.sandbar.core.compile.ReferenceDevice;
import dev.sandbar.core.model.Sha256;
import dev.sandbar.crds.v1alpha1.DeviceStatus;
import dev.sandbar.source.text.PackedText;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** Facts that devices report, and who shares them. */
class FactsTableTest {
  /** As of a device that has this node alone. */
  private static final Map<String, String> OWNERS = Map.of("/dev/plc#", "plc 660");

  private static final String TABLE =
      PackedText.pack(NodeBinder.write(SyscallTable.of(ReferenceDevice.facts())));

  private final FactsTable table = new FactsTable();

  private static DeviceStatus.Facts facts(
      String architecture, List<String> features, Map<String, String> volumes, String kernel) {
    return new DeviceStatus.Facts(
        257,
        kernel,
        architecture,
        features,
        volumes,
        TABLE,
        "digest",
        "agent",
        OWNERS,
        List.of(),
        null);
  }

  private DeviceFacts known(DeviceStatus.Facts reported) {
    DeviceStatus.Facts slim = table.slim(reported);
    return table.facts(table.key(slim), slim).orElseThrow();
  }

  @Test
  void aDeviceThatJoinsTheNamesOfFeaturesSharesNothingWithThoseThatHaveThem() {
    List<String> honest = ReferenceDevice.facts().features().stream().map(Feature::name).toList();
    assertThat(known(facts("x86-64", List.of(String.join(",", honest)), Map.of(), "6")).features())
        .isEmpty();
    assertThat(known(facts("x86-64", honest, Map.of(), "6")).features()).hasSize(honest.size());
  }

  @Test
  void volumesAndArchitecturesThatReadAlikeAreNotTheSame() {
    assertThat(known(facts("x86-64", List.of(), Map.of("a", "/b, c=/d"), "6")).volumes())
        .containsExactly(Map.entry("a", "/b, c=/d"));
    assertThat(known(facts("x86-64", List.of(), Map.of("a", "/b", "c", "/d"), "6")).volumes())
        .hasSize(2);
    assertThat(known(facts("x86-64\nSECCOMP", List.of(), Map.of(), "6")).architecture())
        .isEqualTo("x86-64\nSECCOMP");
    assertThat(known(facts("x86-64", List.of("SECCOMP"), Map.of(), "6")).architecture())
        .isEqualTo("x86-64");
  }

  @Test
  void nothingIsSharedThatTheKeyDoesNotCover() {
    DeviceFacts first = known(facts("x86-64", List.of(), Map.of(), "chosen by a stranger"));
    assertThat(known(facts("x86-64", List.of(), Map.of(), "6.12"))).isEqualTo(first);
    assertThat(first.kernel()).isEmpty();
  }

  /** With a digest of its own choice it would lend its system calls to others. */
  @Test
  void aTableIsKnownByWhatItHolds() {
    var own = new SyscallTable(new TreeMap<>(), new TreeSet<>(List.of("reboot")));
    DeviceStatus.Facts honest = facts("x86-64", List.of(), Map.of(), "6");
    var stranger =
        new DeviceStatus.Facts(
            honest.systemd(),
            honest.kernel(),
            honest.architecture(),
            honest.features(),
            honest.volumes(),
            PackedText.pack(NodeBinder.write(own)),
            honest.digest(),
            honest.agent(),
            honest.owners(),
            honest.resolvers(),
            null);
    assertThat(known(stranger).knownSyscalls()).containsExactly("reboot");
    assertThat(known(honest).knownSyscalls()).contains("read");
    assertThat(known(stranger).knownSyscalls()).containsExactly("reboot");
  }

  private static DeviceStatus.Facts naming(String table) {
    DeviceStatus.Facts honest = facts("x86-64", List.of(), Map.of(), "6");
    return new DeviceStatus.Facts(
        honest.systemd(),
        honest.kernel(),
        honest.architecture(),
        honest.features(),
        honest.volumes(),
        table,
        honest.digest(),
        honest.agent(),
        honest.owners(),
        honest.resolvers(),
        null);
  }

  /** A device that moves its table into its bundle is the same for all that is decided on. */
  @Test
  void whereATableStandsMakesNoDifference() {
    DeviceStatus.Facts full = table.slim(facts("x86-64", List.of(), Map.of(), "6"));
    DeviceStatus.Facts named = table.slim(naming(TableDigest.of(TABLE)));
    assertThat(named).isEqualTo(full);
    var fresh = new FactsTable();
    assertThat(fresh.facts(fresh.key(named), named)).as("the digest alone").isEmpty();
    fresh.keep("");
    fresh.keep(TABLE.toLowerCase(Locale.ROOT));
    assertThat(fresh.facts(fresh.key(named), named)).as("another table").isEmpty();
    fresh.keep(TABLE);
    assertThat(fresh.facts(fresh.key(named), named))
        .isEqualTo(table.facts(table.key(full), full))
        .isPresent();
  }

  /** What begins as a digest does is one only in its form. */
  @Test
  void aTableThatLooksLikeADigestIsATable() {
    DeviceStatus.Facts slim = table.slim(naming("sha256:" + "g".repeat(64)));
    assertThat(slim.systemCalls()).isEqualTo(TableDigest.of("sha256:" + "g".repeat(64)));
    // That of a text which reads as the digest of another table is not that other.
    table.keep(TABLE);
    table.keep(TableDigest.of(TABLE));
    assertThat(known(naming(TableDigest.of(TABLE))).knownSyscalls()).contains("read");
    assertThat(known(naming(TableDigest.of(TableDigest.of(TABLE)))).knownSyscalls()).isEmpty();
  }

  @Test
  void equalKeysMeanEqualFacts() {
    String[] parts = {"", ",", "a", "=", ", ", "]", "{"};
    var random = new Random(20261128);
    Map<Sha256, DeviceStatus.Facts> seen = new HashMap<>();
    for (int i = 0; i < 5_000; i++) {
      // One of them at a time, so that they meet.
      int which = i % 5;
      DeviceStatus.Facts slim =
          table.slim(
              new DeviceStatus.Facts(
                  257,
                  "",
                  which == 0 ? String.join("", words(random, parts)) : "x86-64",
                  which == 1 ? words(random, parts) : List.of(),
                  which == 2 ? pairs(random, parts) : Map.of(),
                  TABLE,
                  "digest",
                  "agent",
                  which == 3 ? pairs(random, parts) : OWNERS,
                  which == 4 ? words(random, parts) : List.of(),
                  null));
      DeviceStatus.Facts before = seen.putIfAbsent(table.key(slim), slim);
      assertThat(before == null || before.equals(slim)).as("%s and %s", before, slim).isTrue();
    }
  }

  private static List<String> words(Random random, String[] parts) {
    var words = new ArrayList<String>();
    for (int n = random.nextInt(4); n > 0; n--) {
      words.add(parts[random.nextInt(parts.length)] + parts[random.nextInt(parts.length)]);
    }
    return words;
  }

  private static Map<String, String> pairs(Random random, String[] parts) {
    var pairs = new TreeMap<String, String>();
    for (int n = random.nextInt(4); n > 0; n--) {
      pairs.put(parts[random.nextInt(parts.length)], parts[random.nextInt(parts.length)]);
    }
    return pairs;
  }

  @Test
  void aDeviceThatReportsEverNewFactsIsHeldToAWeight() {
    var cache = new WeighedCache<Integer, String>(100, String::length);
    for (int i = 0; i < 1_000; i++) {
      cache.put(i, "x".repeat(i % 40));
      assertThat(cache.held()).isLessThanOrEqualTo(100);
    }
    cache.put(1_000, "x".repeat(500));
    assertThat(cache.get(1_000).orElseThrow()).as("the newest is there in any case").hasSize(500);
    assertThat(cache.get(999)).isEmpty();
    assertThat(cache.held()).isEqualTo(500);
  }

  @Test
  void hundredsOfDistinctFactsTakeNoMoreThanTheirShare() {
    var small = new FactsTable(3_000_000);
    for (int i = 0; i < 200; i++) {
      DeviceStatus.Facts slim =
          small.slim(facts("x86-64", List.of(), Map.of("v" + i, "/srv/" + i), "6"));
      assertThat(small.facts(small.key(slim), slim)).isPresent();
      assertThat(small.held()).isLessThanOrEqualTo(3_000_000);
    }
  }

  @Test
  void aTableOfMillionsOfNamesIsReadInPart() {
    var groups = new TreeMap<String, SortedSet<String>>();
    for (int g = 0; g < 128; g++) {
      var names = new TreeSet<String>();
      for (int i = 0; i < 500; i++) {
        names.add("call_" + i);
      }
      groups.put("@group" + g, names);
    }
    SyscallTable read = new SyscallTable(groups, new TreeSet<>());
    assertThat(read.groups().values().stream().mapToInt(SortedSet::size).sum()).isEqualTo(16_384);
  }
}
