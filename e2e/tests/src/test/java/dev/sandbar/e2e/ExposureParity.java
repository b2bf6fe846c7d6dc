package dev.sandbar.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.compile.Compilation;
import dev.sandbar.core.compile.CompiledApp;
import dev.sandbar.core.compile.Compiler;
import dev.sandbar.core.compile.DeviceFacts;
import dev.sandbar.core.exposure.Exposure;
import dev.sandbar.core.model.Node;
import dev.sandbar.core.model.SpecReader;
import dev.sandbar.core.property.DirectiveOverride.Switch;
import dev.sandbar.core.property.DirectiveTable;
import dev.sandbar.source.text.JsonReader;
import dev.sandbar.vdev.VirtualDevice;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.StringJoiner;
import java.util.TreeMap;

/** The exposure level that the core foretells beside the one that the device's own tool gives. */
final class ExposureParity {

  private static final List<String> PERMISSIONS =
      List.of(
          "internet: true",
          "internetTo: [{cidr: 203.0.113.0/24}]",
          "internetTo: [{cidr: 127.0.0.1/32}]",
          "localNetwork: true",
          "state: true",
          "jit: true",
          "canBus: true",
          "devices: [{device: /dev/ttyS0}]",
          "internet: false",
          "localNetwork: false",
          "state: false",
          "jit: false",
          "devices: false",
          "networkNamespace: false");
  private static final List<String> CALLS =
      List.of(
          "allow: ['@resources']",
          "allow: ['@keyring', '@chown']",
          "allow: ['@debug', '@setuid']",
          "deny: ['@mount', '@clock', '@module']",
          "deny: ['@reboot', settimeofday, swapon]",
          "deny: ['@privileged', '@obsolete', '@raw-io']");
  private static final List<String> DIRECTIVES =
      List.of(
          "RestrictNamespaces: ~user",
          "RestrictNamespaces: 'yes'",
          "RestrictNamespaces: net ipc",
          "RestrictAddressFamilies: AF_UNIX",
          "RestrictAddressFamilies: ~AF_PACKET AF_NETLINK",
          "RestrictAddressFamilies: none",
          "IPAddressDeny: any",
          "SystemCallFilter: '@system-service'",
          "SystemCallFilter: ~@mount @swap");

  private ExposureParity() {}

  /** Apps of all kinds, so many that compile for the device. */
  static Map<String, CompiledApp> apps(int count, DeviceFacts facts, long seed) {
    var random = new Random(seed);
    var apps = new TreeMap<String, CompiledApp>();
    for (int i = 0; apps.size() < count; i++) {
      assertThat(i).as("specs that are refused").isLessThan(20 * count);
      String name = "exposed-" + apps.size();
      boolean open = random.nextInt(3) == 0;
      String spec =
          "run: {command: [/usr/bin/sleep, infinity]}, mode: %s, permissions: {%s}, systemCalls: {%s}, directives: {%s}"
              .formatted(
                  open ? "Open" : "Closed",
                  some(random, PERMISSIONS, open ? 6 : 4),
                  some(random, CALLS, 8),
                  directives(random));
      compiled(Apps.manifest(name, spec), facts).ifPresent(app -> apps.put(name, app));
    }
    return apps;
  }

  private static String directives(Random random) {
    var all = new ArrayList<>(DIRECTIVES);
    DirectiveTable.overrides(Switch.class)
        .keySet()
        .forEach(name -> all.add(name + (random.nextBoolean() ? ": 'yes'" : ": 'no'")));
    return some(random, all, 8);
  }

  /** One in so many, no key twice. */
  private static String some(Random random, List<String> entries, int oneIn) {
    var chosen = new TreeMap<String, String>();
    for (String entry : entries) {
      if (random.nextInt(oneIn) == 0) {
        chosen.put(entry.substring(0, entry.indexOf(':')), entry);
      }
    }
    var text = new StringJoiner(", ");
    chosen.values().forEach(text::add);
    return text.toString();
  }

  private static Optional<CompiledApp> compiled(String manifest, DeviceFacts facts) {
    return SpecReader.read(Texts.yaml(manifest)) instanceof SpecReader.Read(var spec, _)
            && Compiler.compile(spec, facts) instanceof Compilation.Compiled(var app, _)
        ? Optional.of(app)
        : Optional.empty();
  }

  /** Compares check by check, for units that are loaded; the level itself for some of them. */
  static void assertEqual(VirtualDevice device, Map<String, CompiledApp> apps, DeviceFacts facts) {
    var command =
        new ArrayList<>(
            List.of(
                "sh",
                "-c",
                "for u; do SYSTEMD_ANALYZE_DEBUG=1 systemd-analyze security --json=short $u 2>/dev/null; done",
                "sh"));
    apps.values().forEach(app -> command.add(app.unit().value()));
    Iterator<String> answers =
        device
            .exec(Duration.ofMinutes(2), command.toArray(String[]::new))
            .orThrow()
            .lines()
            .iterator();
    int number = 0;
    for (CompiledApp app : apps.values()) {
      Exposure foretold =
          Exposure.of(app.effective(), facts.syscallGroups(), facts.knownSyscalls());
      var points = new TreeMap<String, Integer>();
      foretold.costs().forEach(cost -> points.put(cost.check(), cost.points()));
      assertThat(points).as(app.text()).isEqualTo(points(answers.next()));
      if (number++ % 10 == 0) {
        assertThat(device.exec("systemd-analyze", "security", app.unit().value()).stdout())
            .contains(": " + foretold.level() + " " + foretold.word());
      }
    }
  }

  private static Map<String, Integer> points(String json) {
    var points = new TreeMap<String, Integer>();
    Node answer =
        JsonReader.read("answer", json.getBytes(StandardCharsets.UTF_8)).documents().getFirst();
    for (Node check : ((Node.Sequence) answer).items()) {
      String badness = Texts.at(check, "badness");
      // The largest number stands for a check that does not apply.
      if (badness.length() < 5 && !badness.equals("0")) {
        points.put(
            Texts.at(check, "json_field"),
            Math.ceilDiv(
                Integer.parseInt(badness) * Integer.parseInt(Texts.at(check, "weight")),
                Integer.parseInt(Texts.at(check, "range"))));
      }
    }
    return points;
  }
}
