package dev.sandbar.core.bundle;

import dev.sandbar.core.compile.DeviceFacts;
import dev.sandbar.core.compile.Feature;
import dev.sandbar.core.compile.NodeNames;
import dev.sandbar.core.compile.Owner;
import dev.sandbar.core.model.DevicePolicy;
import dev.sandbar.core.model.Node;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The facts of a device in {@code status.facts} of its Device. Labels are no part of it: the
 * cluster knows them from the object.
 *
 * @param systemd major version; 0 if it is not said
 * @param features by name; those that this version does not know are kept as they are
 * @param systemCalls a {@link SyscallTable}, packed
 * @param digest of everything that the compiler depends on
 * @param agent version of the agent
 * @param owners as in {@link DeviceFacts}
 * @param resolvers as in {@link DeviceFacts}
 */
public record ReportedFacts(
    int systemd,
    String kernel,
    String architecture,
    List<String> features,
    SortedMap<String, String> volumes,
    String systemCalls,
    String digest,
    String agent,
    SortedMap<String, Owner> owners,
    SortedSet<String> resolvers) {

  /** The longest packed table, in characters. */
  public static final int MAX_SYSTEM_CALLS = 64 << 10;

  /** The highest major version of systemd that is believed. */
  public static final int MAX_SYSTEMD = 9_999;

  /** The longest name or version, in characters. */
  public static final int MAX_WORD = 128;

  /** The most features. */
  public static final int MAX_FEATURES = 128;

  /** The most volumes. */
  public static final int MAX_VOLUMES = 256;

  /** The longest path of a volume, in characters. */
  public static final int MAX_PATH = 4_096;

  /** The most families of nodes and directories whose owner is reported. */
  public static final int MAX_OWNERS = 512;

  /** The longest path of a node, in characters. */
  public static final int MAX_NODE = 256;

  /** The most name servers. */
  public static final int MAX_RESOLVERS = 16;

  /** The longest digest, in characters. */
  public static final int MAX_DIGEST = 64;

  public ReportedFacts {
    features = List.copyOf(features);
    volumes = Collections.unmodifiableSortedMap(new TreeMap<>(volumes));
    owners = Collections.unmodifiableSortedMap(new TreeMap<>(owners));
    resolvers = Collections.unmodifiableSortedSet(new TreeSet<>(resolvers));
  }

  /**
   * Of a device.
   *
   * @param systemCalls its table, packed
   */
  public static ReportedFacts of(DeviceFacts facts, String systemCalls, String agent) {
    return new ReportedFacts(
        facts.systemdVersion(),
        facts.kernel(),
        facts.architecture(),
        facts.features().stream().map(Feature::name).toList(),
        facts.volumes(),
        systemCalls,
        FactsNode.digest(facts).hex(),
        agent,
        reported(facts.owners()),
        new TreeSet<>(facts.resolvers().stream().limit(MAX_RESOLVERS).toList()));
  }

  /**
   * What the compiler needs.
   *
   * @param table what {@code systemCalls} holds
   * @param labels of the Device
   */
  public DeviceFacts with(SyscallTable table, SortedMap<String, String> labels) {
    var known = new TreeSet<Feature>();
    for (Feature feature : Feature.values()) {
      if (features.contains(feature.name())) {
        known.add(feature);
      }
    }
    return new DeviceFacts(
        systemd,
        kernel,
        architecture,
        known,
        table.groups(),
        table.known(),
        labels,
        volumes,
        owners,
        resolvers,
        // The device's own; the operator need not know it, for the device has the last word.
        DevicePolicy.NONE);
  }

  /** As in {@code status.facts}. */
  public Node toNode() {
    return Node.mapping(
        List.of(
            Node.entry("systemd", Node.number(systemd)),
            Node.entry("kernel", Node.text(kernel)),
            Node.entry("architecture", Node.text(architecture)),
            Node.entry("features", Values.texts(features)),
            Node.entry("volumes", Values.pairs(volumes)),
            Node.entry("systemCalls", Node.text(systemCalls)),
            Node.entry("digest", Node.text(digest)),
            Node.entry("agent", Node.text(agent)),
            Node.entry("owners", FactsNode.owners(owners)),
            Node.entry("resolvers", Values.texts(resolvers))));
  }

  /** From {@code status.facts}; a table that is too long reads as none. */
  public static ReportedFacts read(Node node) {
    Values fields = Values.of(node);
    String table = fields.text("systemCalls", MAX_SYSTEM_CALLS + 1);
    long systemd = fields.number("systemd");
    return new ReportedFacts(
        systemd > 0 && systemd <= MAX_SYSTEMD ? (int) systemd : 0,
        fields.text("kernel", MAX_WORD),
        fields.text("architecture", MAX_WORD),
        fields.texts("features", MAX_FEATURES, MAX_WORD),
        fields.pairs("volumes", MAX_VOLUMES, MAX_PATH),
        table.length() > MAX_SYSTEM_CALLS ? "" : table,
        fields.text("digest", MAX_DIGEST),
        fields.text("agent", MAX_WORD),
        fields.has("owners")
            ? readOwners(fields.pairs("owners", MAX_OWNERS, MAX_NODE))
            : NodeNames.usualOwners(),
        fields.has("resolvers")
            ? new TreeSet<>(fields.texts("resolvers", MAX_RESOLVERS, MAX_WORD))
            : new TreeSet<>(List.of(DeviceFacts.STUB)));
  }

  /** Without what the API server would refuse, and the rest of the status with it. */
  private static SortedMap<String, Owner> reported(SortedMap<String, Owner> owners) {
    var reported = new TreeMap<String, Owner>();
    owners.entrySet().stream()
        .filter(entry -> entry.getKey().length() <= StatusLimits.MAX_NAME)
        .limit(MAX_OWNERS)
        .forEach(entry -> reported.put(entry.getKey(), entry.getValue()));
    return reported;
  }

  /** Owners of text; what is none is left out. */
  public static SortedMap<String, Owner> readOwners(Map<String, String> texts) {
    var owners = new TreeMap<String, Owner>();
    texts.forEach((path, text) -> Owner.parse(text).ifPresent(owner -> owners.put(path, owner)));
    return owners;
  }
}
