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
import dev.sandbar.vdev.image.AppImage;
import dev.sandbar.vdev.image.SampleImages;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Measures how often {@code sandbar why --restart} names a permission that a daemon of the examples
 * lacks, with its value: each of them, without each of its permissions in turn.
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

  private static String run(VirtualDevice device, String... line) {
    var said = new ByteArrayOutputStream();
    var arguments = new ArrayList<>(List.of(line));
    arguments.addAll(List.of("--device", device.id()));
    Main.run(arguments.toArray(String[]::new), InputStream.nullInputStream(), said, said, Map.of());
    return said.toString(StandardCharsets.UTF_8);
  }

  /** Every port that it names is one of the example's. */
  private static boolean named(Case one, String said) {
    List<String> lines =
        said.lines()
            .map(String::strip)
            .filter(it -> it.startsWith("\"line\": "))
            .map(it -> it.substring("\"line\": \"".length()).replaceAll("\",?$", ""))
            .filter(it -> it.contains(one.permission().key() + ": "))
            .toList();
    if (!(one.value() instanceof Value.Ports(var ports))) {
      return !lines.isEmpty();
    }
    var found = new TreeSet<String>();
    lines.forEach(
        line ->
            java.util.regex.Pattern.compile("\\{port: (\\d+)(, protocol: UDP)?}")
                .matcher(line)
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
    var results = new LinkedHashMap<String, String>();
    try (var device = VirtualDevice.named("withheld").suite(Suite.TRIXIE).boot()) {
      device.put(images.daemons().path(), IMAGE);
      device.put(images.media().path(), MEDIA);
      device
          .exec("sh", "-ec", "mkdir -p /srv/music; ip address add 192.168.77.10/32 dev lo")
          .orThrow();
      device.write(
          "/etc/sandbar/agent.yaml",
          "apiVersion: sandbar.dev/v1alpha1\nkind: AgentConfig\nlabels: {role: gateway}\nvolumes: {music: /srv/music}\n");
      for (String example : EXAMPLES) {
        AppImage image = MediaDaemons.NAMES.contains(example) ? images.media() : images.daemons();
        Node manifest = Manifests.node(ExamplesTest.with(image, ExamplesTest.example(example)));
        for (Case one : cases(example, manifest)) {
          results.put(one.name(), measured(device, example, one));
        }
      }
    }
    long good = results.values().stream().filter(String::isEmpty).count();
    String report =
        "%d of %d%n".formatted(good, results.size())
            + results.entrySet().stream()
                .filter(it -> !it.getValue().isEmpty())
                .map(it -> it.getKey() + ":\n" + it.getValue())
                .collect(Collectors.joining("\n"));
    System.out.println(report);
    assertThat(10 * good).as(report).isGreaterThanOrEqualTo(9 * results.size());
  }

  /** Empty if it is named; else what was said. */
  private String measured(VirtualDevice device, String example, Case one) throws Exception {
    Path file = folder.resolve(example + ".yaml");
    Files.writeString(file, YamlWriter.write(one.manifest()));
    String applied = run(device, "apply", file.toString(), "--yes");
    String said =
        run(
            device,
            "why",
            example,
            "--file",
            file.toString(),
            "--restart",
            "--for",
            "15s",
            "-o",
            "json");
    var deleted = run(device, "delete", example);
    return named(one, said) ? "" : applied.lines().limit(3).toList() + "\n" + said + deleted;
  }
}
