package dev.sandbar.core.bundle;

import dev.sandbar.core.compile.DeviceFacts;
import dev.sandbar.core.compile.Feature;
import dev.sandbar.core.compile.Owner;
import dev.sandbar.core.model.DevicePolicy;
import dev.sandbar.core.model.Node;
import dev.sandbar.core.model.Permission;
import dev.sandbar.core.model.Sha256;
import java.util.Arrays;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;

/** Facts of a device as a document, to be saved and used on another machine. */
public final class FactsNode {

  private FactsNode() {}

  /** As a document. */
  public static Node toNode(DeviceFacts facts) {
    return Node.mapping(
        List.of(
            Node.entry("systemdVersion", Node.number(facts.systemdVersion())),
            Node.entry("kernel", Node.text(facts.kernel())),
            Node.entry("architecture", Node.text(facts.architecture())),
            Node.entry("features", features(facts)),
            Node.entry("labels", Values.pairs(facts.labels())),
            Node.entry("volumes", Values.pairs(facts.volumes())),
            Node.entry("owners", owners(facts.owners())),
            Node.entry("resolvers", Values.texts(facts.resolvers())),
            Node.entry("policy", policy(facts.policy())),
            Node.entry("syscallGroups", SyscallTable.groups(facts.syscallGroups())),
            Node.entry("knownSyscalls", Values.texts(facts.knownSyscalls()))));
  }

  /**
   * From a document. Features that this version of Sandbar does not know are left out.
   *
   * @throws IllegalArgumentException if it does not describe a device
   */
  public static DeviceFacts read(Node node) {
    Values fields = Values.of(node);
    long version = fields.number("systemdVersion");
    String kernel = fields.text("kernel", 128);
    if (version <= 0 || version >= 10_000 || kernel.isEmpty()) {
      throw new IllegalArgumentException(
          "these are no facts of a device: systemdVersion or kernel is missing;"
              + " make them on the device with 'sandbar facts'");
    }
    List<String> names = fields.texts("features", 128, 128);
    var features = new TreeSet<Feature>();
    for (Feature feature : Feature.values()) {
      if (names.contains(feature.name())) {
        features.add(feature);
      }
    }
    SyscallTable table = SyscallTable.read(node, "syscallGroups", "knownSyscalls");
    DeviceFacts facts =
        new DeviceFacts(
            (int) version,
            kernel,
            fields.text("architecture", 128),
            features,
            table.groups(),
            table.known(),
            fields.pairs("labels", 1_024, 4_096),
            fields.pairs("volumes", 1_024, 4_096));
    facts =
        fields.node("policy").fields().isEmpty()
            ? facts
            : facts.with(readPolicy(Values.of(fields.node("policy"))));
    // Saved by a version that did not know of them: then the device is as most are.
    return fields.has("owners")
        ? facts.surrounded(
            ReportedFacts.readOwners(
                fields.pairs("owners", ReportedFacts.MAX_OWNERS, ReportedFacts.MAX_NODE)),
            new TreeSet<>(
                fields.texts("resolvers", ReportedFacts.MAX_RESOLVERS, ReportedFacts.MAX_WORD)))
        : facts;
  }

  /** Owners as text, by path. */
  static Node owners(SortedMap<String, Owner> owners) {
    var texts = new TreeMap<String, String>();
    owners.forEach((path, owner) -> texts.put(path, owner.toString()));
    return Values.pairs(texts);
  }

  private static Node policy(DevicePolicy policy) {
    return Node.mapping(
        List.of(
            Node.entry("openMode", Node.text(policy.openMode() ? "Allow" : "Deny")),
            Node.entry(
                "deny", Values.texts(policy.denied().stream().map(Permission::key).toList())),
            Node.entry("maxLevel", Node.text(policy.maxLevel().text()))));
  }

  private static DevicePolicy readPolicy(Values fields) {
    var denied = new TreeSet<Permission>();
    fields.texts("deny", 64, 64).forEach(key -> Permission.find(key).ifPresent(denied::add));
    String level = fields.text("maxLevel", 64);
    return new DevicePolicy(
        fields.text("openMode", 64).equals("Allow"),
        denied,
        Arrays.stream(Permission.Level.values())
            .filter(l -> l.text().equals(level))
            .findFirst()
            .orElse(DevicePolicy.DEFAULT.maxLevel()));
  }

  /**
   * Digest of everything that the compiler depends on. Labels are matched where the apps are
   * declared, and no directive depends on the release of the kernel but by its features: neither is
   * part of it.
   */
  public static Sha256 digest(DeviceFacts facts) {
    return CanonicalText.digest(
        Node.mapping(
            List.of(
                Node.entry("systemd", Node.number(facts.systemdVersion())),
                Node.entry("architecture", Node.text(facts.architecture())),
                Node.entry("features", features(facts)),
                Node.entry("volumes", Values.pairs(facts.volumes())),
                Node.entry("owners", owners(facts.owners())),
                Node.entry("resolvers", Values.texts(facts.resolvers())),
                Node.entry("systemCalls", SyscallTable.of(facts).toNode()))));
  }

  private static Node features(DeviceFacts facts) {
    return Values.texts(facts.features().stream().map(Feature::name).toList());
  }
}
