package dev.sandbar.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sandbar.apiserver.ApiServer;
import dev.sandbar.apiserver.KubernetesApi;
import dev.sandbar.core.model.Sha256;
import dev.sandbar.core.model.SpecBounds;
import dev.sandbar.vdev.VirtualDevice;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Values of ConfigMaps, as apps on a device read them. */
class ConfigMapFilesTest {

  private static final String SPEC =
      "run: {command: [/bin/sh, -c, 'cat /run/edge.conf; exec sleep 9999']},"
          + " files: [{path: /run/edge.conf, from: {configMap: {name: edge-conf, key: edge.conf}}}]";

  private static String configMap(String value) {
    return """
    apiVersion: v1
    kind: ConfigMap
    metadata: {name: edge-conf}
    data: {edge.conf: "%s\\n", other.conf: "of no app"}
    """
        .formatted(value);
  }

  private static void apply(ApiServer api, String namespace, String value) {
    api.kubectl()
        .apply(configMap(value).replace("edge-conf}", "edge-conf, namespace: " + namespace + "}"))
        .orThrow();
  }

  @Test
  void aChangeInTheClusterRestartsTheAppAndAnEndDoesNot(
      @KubernetesApi ApiServer api, @TempDir Path folder) throws Exception {
    String namespace = api.newNamespace("fleet");
    try (var device = VirtualDevice.named("mapped").boot();
        var member = FleetMember.enrol(api, namespace, "mapped");
        var operator = new FleetOperator(api, namespace);
        var _ = DeviceLoop.start(device, member.link())) {
      apply(api, namespace, "one on ${device.name}");
      operator.declare("edge", SPEC);
      Apps.awaitSaid(device, "edge", "one on mapped");
      apply(api, namespace, "two");
      Apps.awaitSaid(device, "edge", "one on mapped", "two");
      String pid = Apps.pid(device, "edge");
      api.kubectl("delete", "configmap", "edge-conf", "-n", namespace).orThrow();
      await()
          .atMost(Apps.SOON)
          .until(
              () ->
                  api.kubectl("get", "asb", "edge", "-n", namespace, "-o", "yaml")
                      .orThrow()
                      .contains("has no ConfigMap of this name"));
      operator.declare("other", "run: {command: [/bin/sh, -c, 'echo THERE; exec sleep 9999']}");
      Apps.awaitSaid(device, "other", "THERE");
      assertThat(Apps.pid(device, "edge")).as("goes on").isEqualTo(pid);
      assertThat(Texts.at(member.reported("edge"), "generation")).isEqualTo("1");
      String bundle = member.object("devicebundle", "spec").toString();
      assertThat(bundle).contains("two").doesNotContain("of no app").doesNotContain("configMap");
      apply(api, namespace, "three");
      Apps.awaitSaid(device, "edge", "one on mapped", "two", "three");
      confinesAServiceOfTheDevice(device, operator, member, api, namespace);
      getsWhatNoBundleHasRoomFor(device, operator, member, api, namespace, folder);
      assertThat(operator.fatal).isEmpty();
    }
  }

  /** From the API server too, and given back when the app is deleted. */
  private static void confinesAServiceOfTheDevice(
      VirtualDevice device,
      FleetOperator operator,
      FleetMember member,
      ApiServer api,
      String namespace)
      throws Exception {
    device.write(
        "/etc/systemd/system/rest.service", "[Service]\nExecStart=/usr/bin/sleep infinity\n");
    device.exec("sh", "-ec", "systemctl daemon-reload; systemctl start rest").orThrow();
    operator.declare(
        "idle",
        "run: {unit: rest.service}, mode: Open, permissions: {internet: false},"
            + " directives: {NoNewPrivileges: yes}");
    String held = "grep -q 'NoNewPrivs:.1' /proc/$(systemctl show -p MainPID --value rest)/status";
    await().atMost(Apps.SOON).until(() -> device.exec("sh", "-c", held).ok());
    await().atMost(Apps.SOON).until(() -> member.condition("idle", "Ready").equals("True"));
    api.kubectl("delete", "asb", "idle", "-n", namespace).orThrow();
    await().atMost(Apps.SOON).until(() -> !device.exec("sh", "-c", held).ok());
    assertThat(device.exec("systemctl", "is-active", "rest").ok()).isTrue();
  }

  /** From an object of its own, of which the bundle has name and digest. */
  private static void getsWhatNoBundleHasRoomFor(
      VirtualDevice device,
      FleetOperator operator,
      FleetMember member,
      ApiServer api,
      String namespace,
      Path folder)
      throws Exception {
    Path map = folder.resolve("map.txt");
    List<String> said = new ArrayList<>();
    for (String word : List.of("first", "second")) {
      // As much as a ConfigMap can have.
      String line = word + " line of a map\n";
      String text =
          line.repeat(SpecBounds.MOST_KEPT / line.length() + 1).substring(0, SpecBounds.MOST_KEPT);
      Files.writeString(map, text);
      said.add(Sha256.of(text).hex());
      if (word.equals("second")) {
        api.kubectl("delete", "configmap", "map", "-n", namespace).orThrow();
      }
      api.kubectl("create", "configmap", "map", "-n", namespace, "--from-file=map.txt=" + map)
          .orThrow();
      if (word.equals("first")) {
        operator.declare(
            "mapper",
            "run: {command: [/bin/sh, -c, 'sha256sum </run/map.txt | cut -d\" \" -f1; exec sleep"
                + " 9999']}, files: [{path: /run/map.txt, from: {configMap: {name: map, key:"
                + " map.txt}}}]");
      }
      Apps.awaitSaid(device, "mapper", said.toArray(String[]::new));
    }
    String bundle = member.object("devicebundle", "spec").toString();
    assertThat(bundle).contains(said.getLast()).doesNotContain("line of a map");
    String kept = "ls /var/lib/sandbar/contents | grep sha256-";
    // And that of the version before, if that has ever counted as good.
    assertThat(device.exec("sh", "-c", kept).orThrow()).contains("sha256-" + said.getLast());
    namesAnAppContent(device, operator, api, namespace);
    // The cluster need not have them any longer: the device keeps what its apps may go back to.
    api.kubectl("delete", "appcontents", "--all", "-n", namespace).orThrow();
    api.kubectl("delete", "asb", "mapper", "-n", namespace).orThrow();
    await().atMost(Apps.SOON).until(() -> !device.exec("sh", "-c", kept).ok());
  }

  /** As a GitSource does for a large file of its repository. */
  private static void namesAnAppContent(
      VirtualDevice device, FleetOperator operator, ApiServer api, String namespace)
      throws Exception {
    byte[] content = "a line of a repository\n".repeat(4_000).getBytes(StandardCharsets.UTF_8);
    String digest = Sha256.of(content).hex();
    api.kubectl()
        .apply(
            """
            apiVersion: sandbar.dev/v1alpha1
            kind: AppContent
            metadata: {name: git-1f, namespace: %s}
            spec: {sha256: %s, bytes: %d, data: %s}
            """
                .formatted(
                    namespace, digest, content.length, Base64.getEncoder().encodeToString(content)))
        .orThrow();
    operator.declare(
        "namer",
        "run: {command: [/bin/sh, -c, 'sha256sum </run/x | cut -d\" \" -f1; exec sleep 9999']},"
            + " files: [{path: /run/x, from: {appContent: {name: git-1f, sha256: \"%s\", bytes: %d}}}]"
                .formatted(digest, content.length));
    Apps.awaitSaid(device, "namer", digest);
    api.kubectl("delete", "asb", "namer", "-n", namespace).orThrow();
  }

  @Test
  void aChangeInTheRepositoryRestartsTheApp(@TempDir Path folder) throws Exception {
    GitRepository repository =
        GitRepository.create(folder.resolve("fleet"))
            .write("edge.yaml", Apps.manifest("edge", SPEC))
            .commit("maps/edge-conf.yaml", configMap("one"));
    try (var device = VirtualDevice.named("mapped-by-git").boot();
        var loop =
            DeviceLoop.start(device, repository, DeviceLoop.sweeping(Duration.ofSeconds(1)))) {
      Apps.awaitReady(loop, "edge");
      Apps.awaitSaid(device, "edge", "one");
      repository.commit("maps/edge-conf.yaml", configMap("two"));
      Apps.awaitApplied(loop, repository, "edge");
      Apps.awaitSaid(device, "edge", "one", "two");
      String pid = Apps.pid(device, "edge");
      repository.commit("maps/edge-conf.yaml", configMap("x").replace("edge.conf", "edge.cfg"));
      await()
          .atMost(Apps.SOON)
          .until(() -> loop.status().toString().contains("has no such key in its data"));
      assertThat(Apps.pid(device, "edge")).as("goes on").isEqualTo(pid);
    }
  }
}
