package dev.sandbar.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.cli.Main;
import dev.sandbar.core.compile.Compilation;
import dev.sandbar.core.compile.ReferenceDevice;
import dev.sandbar.core.model.Node;
import dev.sandbar.core.model.Permission;
import dev.sandbar.core.model.Permissions.Port;
import dev.sandbar.core.model.Permissions.Value;
import dev.sandbar.source.text.YamlWriter;
import dev.sandbar.vdev.Suite;
import dev.sandbar.vdev.VirtualDevice;
import dev.sandbar.vdev.VirtualNetwork;
import dev.sandbar.vdev.VirtualNetwork.Peer;
import dev.sandbar.vdev.image.AppImage;
import dev.sandbar.vdev.image.SampleImages;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Measures how often {@code sandbar why --restart} names a permission that a daemon of the examples
 * lacks, with its value: each of them, without each of its permissions in turn, applied by hand to
 * a device without an agent while its client comes.
 */
@Tag("nightly")
class WithheldTest {

  private static final List<String> EXAMPLES =
      List.of(
          "nginx-site",
          "lighttpd-panel",
          "haproxy-gateway",
          "dnsmasq-names",
          "unbound-resolver",
          "redis-cache",
          "node-exporter",
          "snmp-agent",
          "syncthing-share",
          "chrony-server",
          "gps-network",
          "radio-sensors",
          "camera-watch",
          "music-player");

  /** Those by which others come and go; a program that lacks them is not refused anything. */
  private static final Set<Permission> UNASKED =
      Set.of(Permission.INTERNET, Permission.INTERNET_TO, Permission.LOCAL_NETWORK);

  private static final String IMAGE = "/srv/images/daemons.squashfs";
  private static final String MEDIA = "/srv/images/media.squashfs";

  /** What was measured, and may not become less. */
  private static final int CASES = 26;

  private static final int NAMED = 26;
  private static final int NAMED_BY_WORDS = 21;

  private static final String SHORT = "15s";

  /** A camera that sees motion only after a while writes its first file then. */
  private static final String MOTION = "45s";

  private static final Pattern PORT = Pattern.compile("\\{port: (\\d+)(, protocol: UDP)?}");
  private static final Duration PAUSE = Duration.ofMillis(500);

  @TempDir private Path folder;

  private record Case(String name, Permission permission, Value value, Node manifest) {}

  /** The permission by itself; a spec that the compiler refuses without it is no case. */
  private static List<Case> cases(String example, Node manifest) {
    var cases = new ArrayList<Case>();
    Manifests.spec(manifest)
        .permissions()
        .requests()
        .forEach(
            (permission, request) -> {
              Node without = without(manifest, permission);
              boolean accepted =
                  Workbench.compilation(
                          YamlWriter.write(without),
                          ReferenceDevice.facts(Manifests.spec(manifest)))
                      instanceof Compilation.Compiled;
              if (accepted && !UNASKED.contains(permission)) {
                cases.add(
                    new Case(
                        example + " " + permission.key(), permission, request.value(), without));
              }
            });
    return cases;
  }

  private static Node without(Node node, Permission permission) {
    if (!(node instanceof Node.Mapping(var at, var entries))) {
      return node;
    }
    return new Node.Mapping(
        at,
        entries.stream()
            .filter(it -> !it.key().equals(permission.key()))
            .map(
                it ->
                    Set.of("spec", "permissions").contains(it.key())
                        ? new Node.Entry(it.keyAt(), it.key(), without(it.value(), permission))
                        : it)
            .toList());
  }

  private static String run(VirtualDevice device, List<String> line) {
    var said = new ByteArrayOutputStream();
    var arguments = new ArrayList<>(line);
    arguments.addAll(List.of("--device", device.id()));
    Main.run(arguments.toArray(String[]::new), InputStream.nullInputStream(), said, said, Map.of());
    return said.toString(StandardCharsets.UTF_8);
  }

  /** The lines that are recommended. */
  private static List<String> lines(String said) {
    return said.lines()
        .map(String::strip)
        .filter(it -> it.startsWith("\"line\": "))
        .map(it -> it.substring("\"line\": \"".length()).replaceAll("\",?$", ""))
        .toList();
  }

  /** Every port that it names is one of the example's. */
  private static boolean named(Case one, List<String> recommended) {
    List<String> lines =
        recommended.stream().filter(it -> it.contains(one.permission().key() + ": ")).toList();
    if (one.value() instanceof Value.Volumes(var mounts)) {
      return mounts.stream()
          .map(it -> "source: %s, mountPath: %s".formatted(it.source(), it.mountPath()))
          .allMatch(it -> lines.stream().anyMatch(line -> line.contains(it)));
    }
    if (!(one.value() instanceof Value.Ports(var ports))) {
      return !lines.isEmpty();
    }
    var found = new TreeSet<String>();
    lines.forEach(
        line ->
            PORT.matcher(line)
                .results()
                .forEach(it -> found.add(it.group(1) + (it.group(2) == null ? "/TCP" : "/UDP"))));
    return !found.isEmpty()
        && found.stream()
            .allMatch(
                it -> {
                  String[] parts = it.split("/");
                  var protocol = Port.Protocol.valueOf(parts[1]);
                  return ports.stream()
                      .anyMatch(
                          port -> port.range().contains(protocol, Integer.parseInt(parts[0])));
                });
  }

  @Test
  void theWithheldPermissionIsNamed() throws Exception {
    SampleImages images = Workbench.images();
    var results = new LinkedHashMap<String, Answers>();
    try (var network = VirtualNetwork.create();
        var device = VirtualDevice.named("withheld").suite(Suite.TRIXIE).network(network).boot()) {
      device.put(images.daemons().path(), IMAGE);
      device.put(images.media().path(), MEDIA);
      device.exec("sh", "-ec", "ip address add 192.168.77.10/32 dev lo").orThrow();
      MediaDaemons.plug(device);
      device.write(
          "/etc/sandbar/agent.yaml",
          "apiVersion: sandbar.dev/v1alpha1\nkind: AgentConfig\nlabels: {role: gateway}\nvolumes: {music: /srv/music}\n");
      var client = new DaemonClient(network.namespace(Peer.LAN), device.address().orElseThrow());
      for (String example : EXAMPLES) {
        AppImage image = MediaDaemons.NAMES.contains(example) ? images.media() : images.daemons();
        Node manifest = Manifests.node(ExamplesTest.with(image, ExamplesTest.example(example)));
        for (Case one : cases(example, manifest)) {
          try (var _ = Using.begin(() -> use(example, client))) {
            results.put(one.name(), measured(device, example, one));
          }
        }
      }
    }
    assertThat(results).hasSizeGreaterThanOrEqualTo(CASES);
    String report =
        results.entrySet().stream()
            .map(it -> it.getKey() + ": " + it.getValue())
            .collect(Collectors.joining("\n"));
    assertThat(results.values().stream().filter(Answers::bySeen))
        .as(report)
        .hasSizeGreaterThanOrEqualTo(NAMED);
    assertThat(results.values().stream().filter(Answers::byWords))
        .as(report)
        .hasSizeGreaterThanOrEqualTo(NAMED_BY_WORDS);
  }

  /** Daemons try much only when a client comes. */
  private static void use(String example, DaemonClient client) throws Exception {
    switch (example) {
      case "node-exporter" -> client.get(9100, "/metrics");
      case "snmp-agent" -> client.snmp(1, 3, 6, 1, 2, 1, 2, 1, 0);
      case "camera-watch" -> client.begin(8084, "GET / HTTP/1.1\r\nHost: edge\r\n\r\n", "JFIF");
      case "music-player" ->
          client.begin(6600, "update\nadd tone.wav\nplay\nstatus\nclose\n", "songid:");
      default -> {
        // They start with all that they need.
      }
    }
  }

  /** Has a client come over and over, whatever becomes of it. */
  private record Using(Thread thread) implements AutoCloseable {

    static Using begin(ThrowingCallable use) {
      return new Using(
          Thread.ofPlatform()
              .start(
                  () -> {
                    while (!Thread.interrupted()) {
                      try {
                        use.call();
                      } catch (Throwable _) {
                        // It may lack what it needs to answer.
                      }
                      LockSupport.parkNanos(PAUSE.toNanos());
                    }
                  }));
    }

    @Override
    public void close() throws InterruptedException {
      while (thread.isAlive()) {
        thread.interrupt();
        thread.join(PAUSE);
      }
    }
  }

  /**
   * Whether the permission was named.
   *
   * @param bySeen by what the kernel refused in another start
   * @param byWords by what the daemon wrote in the start before
   * @param lines that were recommended by what was seen
   */
  private record Answers(boolean bySeen, boolean byWords, List<String> lines) {}

  private Answers measured(VirtualDevice device, String example, Case one) throws Exception {
    Path file = folder.resolve(example + ".yaml");
    Files.writeString(file, YamlWriter.write(one.manifest()));
    run(device, List.of("apply", file.toString(), "--yes"));
    List<String> why = List.of("why", example, "--file", file.toString(), "-o", "json");
    List<String> words = lines(run(device, why));
    var again = new ArrayList<>(why);
    again.addAll(List.of("--restart", "--for", example.equals("camera-watch") ? MOTION : SHORT));
    List<String> seen = lines(run(device, again));
    run(device, List.of("delete", example));
    return new Answers(named(one, seen), named(one, words), seen);
  }
}
