package dev.sandbar.schema;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.apiserver.ApiServer;
import dev.sandbar.apiserver.KubernetesApi;
import dev.sandbar.core.model.Node;
import dev.sandbar.core.model.Permission;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/**
 * Specs put together at random, of right parts and wrong ones: the API server takes a spec exactly
 * if the reader and the compiler take it.
 */
class AgreementTest {

  private static final int SPECS = 400;
  private static final int SEED = 20_261;

  /** Fields of a spec with values that they may be given; an empty value leaves the field out. */
  private static final Map<String, List<String>> FIELDS =
      new TreeMap<>(
          Map.of(
              "variables",
                  List.of(
                      "",
                      "",
                      "[{name: port, type: Integer, default: '5'}]",
                      "[{name: port}, {name: a, values: [b], default: b}]",
                      "[{name: port, maximum: 5}]"),
              "mode", List.of("", "", "Closed", "Open"),
              "drift",
                  List.of(
                      "",
                      "",
                      "{mode: Detect}",
                      "{mode: Correct, ignore: [{property: CPUWeight, reason: tuned}]}",
                      "{ignore: [{property: UMask, reason: no}]}",
                      "{ignore: [{property: Nice, reason: ' '}]}"),
              "image",
                  List.of(
                      "",
                      "",
                      "",
                      "{path: /srv/a.squashfs, sha256: SHA}",
                      "{path: /srv/a.squashfs, sha256: SHA, rootHash: SHA}",
                      "{path: /proc/a, sha256: SHA}",
                      "{path: /process/a, sha256: SHA}",
                      "{url: 'file:///a', sha256: SHA}",
                      "{url: 'https://a.example/x?y', sha256: SHA}",
                      "{url: 'https://a.example', sha256: SHA}",
                      "{oci: ghcr.io/a/b, digest: 'sha256:SHA'}",
                      "{oci: ghcr.io/a/b, sha256: SHA}",
                      "{oci: a/b, digest: 'sha256:SHA'}"),
              "devices", List.of("", "", "{matchLabels: {a: b}}"),
              "network", List.of("", "Own", "Own", "Own", "Shared"),
              "systemCalls",
                  List.of(
                      "",
                      "",
                      "{allow: [ptrace]}",
                      "{allow: [bind]}",
                      "{allow: [kcmp, '@ipc']}",
                      "{deny: ['@mount']}"),
              "files",
                  List.of(
                      "",
                      "",
                      "",
                      "",
                      "",
                      "",
                      "",
                      "",
                      "",
                      "[{path: /run/a/b.conf, content: 'a'}]",
                      "[{path: /home/app, content: 'a', mode: '0555'}]",
                      "[{path: /opt/app, content: 'a', mode: '0555'}]",
                      "[{path: /etc/app.conf, content: ''}, {path: /run/x, content: 'a: b'}]",
                      "[{path: /run/a, content: a}, {path: /run/a, content: b}]",
                      "[{path: /run/a, content: a}, {path: /run/a/b, content: b}]",
                      "[{path: /data/x, content: a}]",
                      "[{path: /var/log/x, content: a}]",
                      "[{path: '/run/a:b', content: a}]",
                      "[{path: /run/a, from: {configMap: {name: a.b, key: .c}}}]",
                      "[{path: /run/a, from: {configMap: {name: a, key: ..c}}}]",
                      "[{path: /run/a, from: {configMap: {name: a, key: b}}, content: a}]",
                      "[{path: /run/a/b, content: a, onChange: Reload}]",
                      "[{path: /run/a, content: a, onChange: Reload}]",
                      "[{path: /run/a, content: 'x ${variables.port}'}]",
                      "[{path: /run/a, content: a, mode: '0644'}]"),
              "run",
                  List.of(
                      "{command: [/usr/bin/app]}",
                      "{command: [/usr/bin/app]}",
                      "{command: [/opt/app, x], environment: {A: b}}",
                      "{command: [/usr/bin/app], workingDirectory: /tmp}",
                      "{command: [/data/bin/app]}",
                      "{command: [/usr/bin/app], type: Notify}",
                      "{command: [/usr/bin/app], type: Forking}",
                      "{command: [/usr/bin/app], type: Notify, watchdog: 5min}",
                      "{command: [/usr/bin/app], reload: [[/bin/true]]}",
                      "{command: [/usr/bin/app, '${variables.port}']}",
                      "{command: [/usr/bin/app], preStop: [[/usr/bin/x, y]], stopSignal: SIGHUP}",
                      "{command: [/usr/bin/app], preStart: [[-/data/x]], after: [a, b.service]}",
                      "{command: [/home/app]}")));

  private static final List<String> DIRECTORY =
      List.of("", "", "", "true", "true", "true", "false", "{quota: 100M}", "{quota: 9K}");

  private static final Map<String, List<String>> PERMISSIONS =
      withToggles(
          Map.ofEntries(
              Map.entry(
                  "internetTo",
                  List.of(
                      "",
                      "",
                      "",
                      "false",
                      "[]",
                      "[{cidr: 10.0.0.0/8}]",
                      "[{cidr: 10.1.2.3}]",
                      "[{cidr: 203.0.113.0/24, ports: [{port: 443}]}]",
                      "[{host: a.example, ports: [{port: 1}]}, {host: b.example}]",
                      "[{host: a.example.com}, {cidr: 10.1.2.3}]",
                      "[{host: a..b}]")),
              Map.entry(
                  "ports",
                  List.of(
                      "",
                      "",
                      "",
                      "",
                      "",
                      "false",
                      "[{port: 8080}]",
                      "[{port: 8080}, {port: 8080, protocol: UDP}]",
                      "[{port: 8080}, {port: 8080}]",
                      "[{port: 8080, from: LocalNetwork}]",
                      "[{port: 8080, from: ThisDevice}, {port: 1024, from: Anywhere}]",
                      "[{port: 1023}]")),
              Map.entry("state", DIRECTORY),
              Map.entry("cache", DIRECTORY),
              Map.entry("logs", DIRECTORY),
              Map.entry(
                  "storage",
                  List.of(
                      "",
                      "",
                      "",
                      "",
                      "",
                      "",
                      "false",
                      "[{source: media, mountPath: /data}]",
                      "[{source: a, mountPath: /data}, {source: b, mountPath: /data/b}]",
                      "[{source: a, mountPath: /usr/share}]",
                      "[{source: a, mountPath: /var/lib/sandbar-x}]")),
              Map.entry(
                  "serial",
                  List.of(
                      "",
                      "",
                      "",
                      "false",
                      "[{device: /dev/ttyS0}]",
                      "[{vendor: '0403', product: '6001', serial: A-1}]")),
              Map.entry("usb", List.of("", "", "", "false", "[{vendor: 0bda, product: '2838'}]")),
              Map.entry("devices", List.of("", "", "", "[{device: /dev/video0}]")),
              Map.entry("talkTo", List.of("", "", "", "", "", "", "", "", "[broker]", "[]")),
              Map.entry("acceptFrom", List.of("", "", "", "", "", "", "", "", "", "[a, b]")),
              Map.entry(
                  "dbus",
                  List.of("", "", "", "", "", "", "", "false", "{talk: [a.b]}", "{talk: [a]}")),
              Map.entry("reboot", List.of("", "", "", "", "", "", "", "", "true", "false")),
              Map.entry(
                  "kernelTuning",
                  List.of(
                      "",
                      "",
                      "",
                      "",
                      "",
                      "",
                      "false",
                      "[{name: net.core.somaxconn, value: 4096}]",
                      "[{name: net.ipv4.tcp_rmem, value: '4096 131072 6291456'}]",
                      "[{name: net.ipv4.tcp_rmem, value: '4096 131072 4096'}]",
                      "[{name: kernel.core_pattern, value: x}]")),
              Map.entry(
                  "kernelModules",
                  List.of("", "", "", "", "", "", "", "false", "[tun]", "[tun, tun-0]")),
              Map.entry(
                  "mounts",
                  List.of(
                      "",
                      "",
                      "",
                      "",
                      "",
                      "",
                      "false",
                      "[]",
                      "[{source: stick, mountPath: /data}]",
                      "[{source: stick, mountPath: /media, access: ReadWrite}]",
                      "[{source: ../x, mountPath: /media}]")),
              Map.entry(
                  "readLogs",
                  List.of("", "", "", "", "", "", "", "false", "[a.service]", "[a.service, a]")),
              Map.entry("bluetooth", List.of("", "", "", "", "", "", "", "", "true", "false")),
              Map.entry("networkNamespace", List.of("", "", "", "false", "uplink"))));

  private static final Map<String, List<String>> DIRECTIVES =
      new TreeMap<>(
          Map.ofEntries(
              Map.entry("MemoryMax", List.of("", "", "64M", "50%")),
              Map.entry("Nice", List.of("", "", "", "5", "-5")),
              Map.entry("LimitCORE", List.of("", "", "0", "1K")),
              Map.entry("ProtectClock", List.of("", "", "true", "'no'")),
              Map.entry("MemoryDenyWriteExecute", List.of("", "", "", "true", "false")),
              Map.entry("NetworkNamespacePath", List.of("", "", "/run/netns/uplink")),
              Map.entry("PrivateNetwork", List.of("", "", "", "", "'yes'", "'no'")),
              Map.entry("RootImage", List.of("", "", "", "", "/srv/b.squashfs")),
              Map.entry("PrivateDevices", List.of("", "", "'no'", "'yes'")),
              Map.entry("PrivateTmp", List.of("", "", "", "'no'", "'yes'", "disconnected")),
              Map.entry("ProtectSystem", List.of("", "", "", "", "full", "strict")),
              Map.entry("ProtectHome", List.of("", "", "", "", "", "tmpfs", "'on'")),
              Map.entry("UMask", List.of("", "", "", "", "'0077'", "'0027'")),
              Map.entry("KillMode", List.of("", "", "", "", "mixed", "mixed", "none")),
              Map.entry(
                  "InaccessiblePaths",
                  List.of("", "", "'/etc/ssh -/srv/x'", "['/opt/a', '-/opt/b']", "", "", "/run")),
              Map.entry("ReadOnlyPaths", List.of("", "", "", "", "", "", "/etc/ssh", "/proc/sys")),
              Map.entry("Type", List.of("", "", "exec", "notify"))));

  @Test
  void admissionAndTheCompilerSayTheSame(@KubernetesApi ApiServer api) throws IOException {
    var random = new Random(SEED);
    var differences = new ArrayList<String>();
    int refused = 0;
    try (var admission = Admission.on(api)) {
      for (int i = 0; i < SPECS; i++) {
        String spec = spec(random);
        Node document = Specs.document("random", spec);
        var objections = Specs.objections(document);
        String verdict = admission.verdict(Specs.json(document));
        refused += objections.isEmpty() ? 0 : 1;
        if (objections.isEmpty() != verdict.isEmpty()) {
          differences.add(spec + "\n  compiler: " + objections + "\n  admission: " + verdict);
        }
      }
    }
    assertThat(differences).isEmpty();
    // Neither all right nor all wrong, or the test would say little.
    assertThat(refused).isBetween(SPECS / 10, SPECS * 9 / 10);
  }

  /** Every permission of the catalogue, so that none is left out. */
  private static Map<String, List<String>> withToggles(Map<String, List<String>> others) {
    var all = new TreeMap<>(others);
    for (Permission permission : Permission.values()) {
      if (permission.shape() == Permission.Shape.TOGGLE) {
        all.put(
            permission.key(),
            permission.isListedWithRaw()
                // Refused in most company.
                ? List.of("", "", "", "", "", "true", "false")
                : permission.canBeWithheldInOpenMode()
                    ? List.of("", "", "true", "true", "false")
                    : List.of("", "", "", "true", "true", "true", "true", "true", "false"));
      }
    }
    assertThat(all).hasSameSizeAs(Permission.values());
    return all;
  }

  private static String spec(Random random) {
    Map<String, String> fields = chosen(FIELDS, random);
    fields.put("permissions", chosen(PERMISSIONS, random).toString().replace('=', ':'));
    if (random.nextInt(3) == 0) {
      fields.put("directives", chosen(DIRECTIVES, random).toString().replace('=', ':'));
    }
    return fields
        .toString()
        .replace('=', ':')
        .replace(":", ": ")
        .replace("file: //", "file://")
        .replace("https: //", "https://")
        .replace("'sha256: ", "'sha256:");
  }

  /** One value for every field, more often than not none. */
  private static Map<String, String> chosen(Map<String, List<String>> fields, Random random) {
    var chosen = new TreeMap<String, String>();
    fields.forEach(
        (name, values) -> {
          String value = values.get(random.nextInt(values.size()));
          boolean kept = name.equals("run") || random.nextInt(4) == 0;
          if (!value.isEmpty() && kept) {
            chosen.put(name, value);
          }
        });
    return chosen;
  }
}
