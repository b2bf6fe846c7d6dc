package dev.sandbar.core.bundle;

import dev.sandbar.core.compile.DeviceFacts;
import dev.sandbar.core.compile.Feature;
import dev.sandbar.core.compile.Owner;
import dev.sandbar.core.model.AppSecret;
import dev.sandbar.core.model.DevicePolicy;
import dev.sandbar.core.property.Syscalls;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The facts of a device in {@code status.facts} of its Device. Labels are no part of it: the
 * cluster knows them from the object.
 *
 * @param systemd major version; 0 if it is not reported
 * @param features by name; those that this version does not know are kept as they are
 * @param systemCalls the {@link TableDigest} of a packed {@link SyscallTable} that stands in the
 *     status of the device's bundle; the table itself as long as it cannot stand there
 * @param digest of everything that the compiler depends on
 * @param agent version of the agent
 * @param owners as in {@link DeviceFacts}, as text
 * @param resolvers as in {@link DeviceFacts}
 * @param recipient what secrets for the device are sealed to; null if it reports none. Nothing is
 *     compiled from it, and so it is no part of the digest
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
    SortedMap<String, String> owners,
    SortedSet<String> resolvers,
    @Nullable String recipient) {

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
    // Another text would have the API server refuse the rest too.
    recipient = recipient != null && recipient.matches(AppSecret.RECIPIENTS) ? recipient : null;
  }

  /**
   * Of a device; nothing is said of its recipient.
   *
   * @param systemCalls its packed table, or the digest of it
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
        new TreeSet<>(facts.resolvers().stream().limit(MAX_RESOLVERS).toList()),
        null);
  }

  /**
   * The same of a device whose secrets are sealed to this.
   *
   * @param now null for none
   */
  public ReportedFacts to(@Nullable String now) {
    return new ReportedFacts(
        systemd,
        kernel,
        architecture,
        features,
        volumes,
        systemCalls,
        digest,
        agent,
        owners,
        resolvers,
        now);
  }

  /**
   * What the compiler needs.
   *
   * @param syscalls of the table that {@code systemCalls} holds or names
   * @param labels of the Device
   */
  public DeviceFacts with(Syscalls syscalls, SortedMap<String, String> labels) {
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
        syscalls,
        labels,
        volumes,
        readOwners(owners),
        resolvers,
        "",
        // The device's own; the operator need not know it, for the device has the last word.
        DevicePolicy.NONE);
  }

  /** Without what the API server would refuse, and the rest of the status with it. */
  private static SortedMap<String, String> reported(SortedMap<String, Owner> owners) {
    var reported = new TreeMap<String, String>();
    texts(owners).entrySet().stream()
        .filter(entry -> entry.getKey().length() <= StatusLimits.MAX_NAME)
        .limit(MAX_OWNERS)
        .forEach(entry -> reported.put(entry.getKey(), entry.getValue()));
    return reported;
  }

  /** Owners as text, by path. */
  static SortedMap<String, String> texts(SortedMap<String, Owner> owners) {
    var texts = new TreeMap<String, String>();
    owners.forEach((path, owner) -> texts.put(path, owner.toString()));
    return texts;
  }

  /** Owners of text; what is none is left out. */
  static SortedMap<String, Owner> readOwners(Map<String, String> texts) {
    var owners = new TreeMap<String, Owner>();
    texts.forEach((path, text) -> Owner.parse(text).ifPresent(owner -> owners.put(path, owner)));
    return owners;
  }
}
