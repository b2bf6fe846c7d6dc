package dev.sandbar.e2e.fleet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sandbar.apiserver.ApiServer;
import dev.sandbar.core.bundle.Bundle;
import dev.sandbar.core.bundle.BundleEntry;
import dev.sandbar.core.bundle.Decommission;
import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.Node;
import dev.sandbar.core.model.Sha256;
import dev.sandbar.source.text.JsonWriter;
import dev.sandbar.vdev.VirtualDevice;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.awaitility.core.ThrowingRunnable;

/**
 * Bundles and contents that take much, written by whoever may write them: the agent of the device,
 * as it is packaged, goes on as the same process, says what is wrong with each, and takes a good
 * one afterwards.
 */
final class BundleBombs {
  private static final String LARGE = "is too large";
  private static final String CONTENT = "content-of-nobody";

  private final ApiServer api;
  private final VirtualDevice device;
  private final String namespace;
  private final String name;
  private final List<BundleEntry> good;

  /**
   * @param name of the device
   * @param good what runs on it
   */
  BundleBombs(
      ApiServer api, VirtualDevice device, String namespace, String name, List<BundleEntry> good) {
    this.api = api;
    this.device = device;
    this.namespace = namespace;
    this.name = name;
    this.good = List.copyOf(good);
  }

  void areSurvived() {
    String agent = pid("sandbard");
    String app = pid("sandbar-pump");
    refusedAsAWhole("values", "[1" + ",1".repeat(650_000) + "]");
    refusedAsAWhole("levels", "[".repeat(4_000) + "]".repeat(4_000));
    specs();
    contents();
    published(entry("after", sleeping()));
    soon(() -> assertThat(reported("after")).as(journal()).contains("Ready=True"));
    assertThat(pid("sandbard")).as("the same process").isEqualTo(agent);
    assertThat(pid("sandbar-pump")).isEqualTo(app);
    assertThat(journal())
        .doesNotContain("OutOfMemoryError", "StackOverflowError", "memory than", "no memory left");
    published();
    soon(() -> assertThat(reported("after")).isEmpty());
    api.kubectl("delete", "appcontent", CONTENT, "-n", namespace).orThrow();
  }

  /** No value of such an object is used; what is there is read once it can be. */
  private void refusedAsAWhole(String what, String value) {
    write(
        "{\"digest\":\"x\",\"apps\":{\"bomb\":{\"generation\":1,\"revision\":\"\",\"rendered\":\"\",\"spec\":{\"x\":%s}}}}"
            .formatted(value));
    soon(() -> assertThat(status()).as(what).contains(LARGE));
    published();
    soon(() -> assertThat(status()).as(what).doesNotContain(LARGE));
  }

  /** Each costs its app alone. */
  private void specs() {
    var apps = new ArrayList<BundleEntry>();
    String text = "a".repeat(60_000);
    apps.add(entry("argument", run(Node.text(text))));
    apps.add(entry("arguments", run(nodes(text.split("(?<=\\G.{2})")))));
    apps.add(entry("image", of("image", of("url", Node.text("https://example.com/" + text)))));
    apps.add(entry("host", of("permissions", of("internetTo", nodes(of("host", dots()))))));
    apps.add(entry("path", of("permissions", of("serial", nodes(of("device", slashes()))))));
    apps.add(entry("number", of("directives", of("MemoryMax", Node.text("9".repeat(60_000))))));
    apps.add(entry("whole", of("x", Node.text("b".repeat(300_000)))));
    apps.add(entry("levels", levels(50)));
    var fields = new ArrayList<Node.Entry>();
    for (int i = 0; i < 9_000; i++) {
      fields.add(Node.entry("field" + i, Node.number(i)));
    }
    apps.add(entry("fields", Node.mapping(fields)));
    published(apps.toArray(BundleEntry[]::new));
    soon(
        () -> {
          for (BundleEntry one : apps) {
            assertThat(reported(one.name().value()))
                .as(one.name() + journal())
                .contains("Ready=False")
                .hasSizeLessThan(3_000);
          }
        });
    published();
    soon(() -> assertThat(reported("fields")).isEmpty());
  }

  /** A content that is not what thousands of names say it is holds up no later bundle. */
  private void contents() {
    api.kubectl()
        .runWithInput(
            "{\"apiVersion\":\"sandbar.dev/v1alpha1\",\"kind\":\"AppContent\",\"metadata\":{\"name\":\"%s\",\"namespace\":\"%s\"},\"spec\":{\"sha256\":\"%s\",\"bytes\":1048576,\"data\":\"%s\"}}"
                .formatted(CONTENT, namespace, "a".repeat(64), "QUFB".repeat(349_000)),
            "create",
            "-f",
            "-")
        .orThrow();
    var apps = new ArrayList<BundleEntry>();
    for (int i = 0; i < 40; i++) {
      var files = new ArrayList<Node>();
      for (int k = 0; k < 30; k++) {
        files.add(
            Node.mapping(
                List.of(
                    Node.entry("path", Node.text("/run/f" + k)),
                    Node.entry(
                        "kept",
                        Node.mapping(
                            List.of(
                                Node.entry("sha256", Node.text(Sha256.of(i + "/" + k).hex())),
                                Node.entry("bytes", Node.number(1 << 20)),
                                Node.entry("object", Node.text(CONTENT))))))));
      }
      apps.add(
          entry(
              "content-" + i,
              Node.mapping(
                  List.of(
                      Node.entry("run", command("/usr/bin/true")),
                      Node.entry("files", Node.list(files))))));
    }
    published(apps.toArray(BundleEntry[]::new));
    soon(() -> assertThat(journal()).contains(CONTENT + " action=fetch it is not what"));
  }

  private static Node dots() {
    return Node.text("a.".repeat(30_000));
  }

  private static Node slashes() {
    return Node.text("/dev" + "/a".repeat(30_000));
  }

  private static Node levels(int count) {
    Node inner = Node.text("");
    for (int i = 0; i < count; i++) {
      inner = of("run", inner);
    }
    return inner;
  }

  private static Node of(String key, Node value) {
    return Node.mapping(List.of(Node.entry(key, value)));
  }

  private static Node nodes(Node one) {
    return Node.list(List.of(one));
  }

  private static Node nodes(String... texts) {
    return Node.list(List.of(texts).stream().map(Node::text).toList());
  }

  private static Node run(Node argument) {
    return of(
        "run",
        of(
            "command",
            argument instanceof Node.Sequence
                ? argument
                : Node.list(List.of(Node.text("/usr/bin/true"), argument))));
  }

  private static Node command(String... words) {
    return of("command", nodes(words));
  }

  private static Node sleeping() {
    return of("run", command("/usr/bin/sleep", "infinity"));
  }

  private static BundleEntry entry(String app, Node spec) {
    return new BundleEntry(new AppName(app), spec, 1, "", "");
  }

  /** What runs, with more apps, vouched for as the operator does. */
  private void published(BundleEntry... more) {
    var entries = new ArrayList<BundleEntry>(good);
    entries.addAll(List.of(more));
    Bundle bundle = Bundle.of(entries);
    write(JsonWriter.compact(new Bundle(bundle.entries(), Decommission.NONE).toNode()));
  }

  /** Again where the device reports in the same moment. */
  private void write(String spec) {
    String object =
        "{\"apiVersion\":\"sandbar.dev/v1alpha1\",\"kind\":\"DeviceBundle\",\"metadata\":{\"name\":\"%s\",\"namespace\":\"%s\"},\"spec\":%s}"
            .formatted(name, namespace, spec);
    soon(
        () ->
            assertThat(api.kubectl().runWithInput(object, "replace", "-f", "-"))
                .matches(it -> it.exitCode() == 0, "written"));
  }

  private String status() {
    return device.read("/run/sandbar/status.json");
  }

  /** The conditions of an app, a line each; empty if the device has none. */
  private String reported(String app) {
    return api.kubectl(
            "get",
            "devicebundle",
            name,
            "-n",
            namespace,
            "-o",
            "jsonpath={range .status.apps."
                + app
                + ".conditions[*]}{.type}={.status} {.message}{\"\\n\"}{end}")
        .stdout();
  }

  private String pid(String unit) {
    return device
        .exec("systemctl", "show", "--value", "--property=MainPID", unit + ".service")
        .orThrow()
        .strip();
  }

  private String journal() {
    return device.exec("journalctl", "--no-pager", "-u", "sandbard.service", "-o", "cat").stdout();
  }

  private static void soon(ThrowingRunnable assertion) {
    await()
        .atMost(Duration.ofMinutes(8))
        .pollInterval(Duration.ofMillis(500))
        .untilAsserted(assertion);
  }
}
