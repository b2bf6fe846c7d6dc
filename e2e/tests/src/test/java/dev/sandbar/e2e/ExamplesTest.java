package dev.sandbar.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sandbar.core.compile.Compilation;
import dev.sandbar.core.compile.DeviceFacts;
import dev.sandbar.core.compile.Feature;
import dev.sandbar.vdev.Suite;
import dev.sandbar.vdev.VirtualNetwork.Peer;
import dev.sandbar.vdev.image.AppImage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The examples are right: every file compiles, and the MQTT broker and its client, real software
 * from Debian, deliver messages with the permissions they name, and not without.
 */
final class ExamplesTest {

  private static final Path EXAMPLES = Path.of("../../examples");
  private static final Duration LIMIT = Duration.ofSeconds(30);

  private static final String BROKER = "mosquitto-broker";
  private static final String PUBLISHER = "sensor-publisher";
  private static final String READER = "sensor-reader";
  private static final String NO_PORTS = "broker-without-ports";
  private static final String NO_NETWORK = "publisher-without-network";
  private static final String NO_STORAGE = "publisher-without-storage";
  private static final String LOOPBACK_BROKER = "broker-on-loopback";
  private static final String LOOPBACK_PUBLISHER = "publisher-on-loopback";
  private static final String LOOPBACK_SUBSCRIBER = "subscriber-on-loopback";

  private static final Map<String, String> VOLUMES =
      Map.of(
          "sensors", "/srv/sensors",
          "records", "/srv/records",
          "metrics", "/srv/metrics",
          "music", "/srv/music",
          "pages", "/srv/pages");

  /** 192.168.77.10, the broker's address in the example, belongs to the device itself. */
  private static final String PREPARATION =
      """
      mkdir -p /srv/music /srv/sensors /srv/records /srv/metrics /srv/pages
      printf 'i2c:x:951:\\nsensors:x:952:\\n' >>/etc/group
      chgrp sensors /srv/sensors
      chmod 2770 /srv/sensors
      echo 21.5 >/srv/sensors/temperature
      rm -f /dev/i2c-1
      mknod -m 660 /dev/i2c-1 c 10 237
      chgrp i2c /dev/i2c-1
      cat >/usr/bin/sensor-reader <<'END'
      #!/bin/sh
      # As sensor-reader --bus NODE --out FILE, of a chip that has always 19.0 to say.
      exec 3<>"$2" && echo 19.0 >"$4.new" && mv "$4.new" "${4%/*}/chip" && echo READ
      exec sleep infinity
      END
      chmod 755 /usr/bin/sensor-reader
      ip address add 192.168.77.10/32 dev lo
      """;

  @SuppressWarnings("NullAway.Init")
  private static Workbench bench;

  @BeforeAll
  static void boot() throws IOException {
    bench = Workbench.boot(Suite.TRIXIE, VOLUMES, PREPARATION + TalkingApps.units());
    AppImage broker = Workbench.images().mosquittoBroker();
    AppImage client = Workbench.images().mosquittoClient();
    bench.device().put(broker.path(), "/srv/images/mosquitto-broker.squashfs");
    bench.device().put(client.path(), "/srv/images/mosquitto-client.squashfs");
    String brokerYaml = with(broker, example(BROKER));
    String publisherYaml = with(client, example(PUBLISHER)).replace("\"5\"]", "\"1\"]");
    bench.declare(
        Map.of(
            BROKER,
            brokerYaml,
            LOOPBACK_BROKER,
            onLoopback(
                LOOPBACK_BROKER,
                "[/usr/sbin/mosquitto, -p, \"1884\"]",
                brokerYaml.replace("port: 1883", "port: 1884")),
            READER,
            onTheDeviceItself(example(READER))));
    bench.awaitReady(List.of(BROKER, LOOPBACK_BROKER, READER));
    bench.declare(
        Map.of(
            LOOPBACK_SUBSCRIBER,
            onLoopback(
                LOOPBACK_SUBSCRIBER,
                "[/usr/bin/mosquitto_sub, -h, 127.0.0.1, -p, \"1884\", -t, \"site/#\"]",
                publisherYaml),
            LOOPBACK_PUBLISHER,
            onLoopback(
                LOOPBACK_PUBLISHER,
                "[/usr/bin/publish-sensor, 127.0.0.1, \"1884\", site/near, /sensors/temperature,"
                    + " \"1\"]",
                publisherYaml)));
    bench.declare(
        Map.of(
            PUBLISHER,
            publisherYaml,
            NO_PORTS,
            without("    ports:", brokerYaml.replace("name: " + BROKER, "name: " + NO_PORTS)),
            NO_NETWORK,
            without("    localNetwork:", publisher(publisherYaml, NO_NETWORK)),
            NO_STORAGE,
            without("    storage:", publisher(publisherYaml, NO_STORAGE))));
    bench.awaitReady(List.of(BROKER, PUBLISHER));
  }

  @AfterAll
  static void remove() throws InterruptedException {
    bench.close();
  }

  static List<Path> examples() throws IOException {
    try (Stream<Path> files = Files.list(EXAMPLES)) {
      return files.filter(file -> file.toString().endsWith(".yaml")).sorted().toList();
    }
  }

  @ParameterizedTest
  @MethodSource("examples")
  void everyExampleCompilesWithoutAWord(Path file) throws IOException {
    Compilation compilation = Workbench.compilation(Files.readString(file), wholeDevice());

    assertThat(compilation)
        .isInstanceOfSatisfying(
            Compilation.Compiled.class, compiled -> assertThat(compiled.warnings()).isEmpty());
    assertThat(Files.readString(EXAMPLES.resolve("README.md")))
        .as("the table of examples")
        .contains("(" + file.getFileName() + ")");
  }

  /**
   * The device's facts, with the controllers of resource limits: a build machine may not pass them
   * on to its virtual devices.
   */
  private static DeviceFacts wholeDevice() {
    DeviceFacts found = bench.facts();
    var features = new TreeSet<>(found.features());
    features.addAll(
        List.of(
            Feature.MEMORY_CONTROLLER,
            Feature.PIDS_CONTROLLER,
            Feature.CPU_CONTROLLER,
            Feature.IO_CONTROLLER));
    return new DeviceFacts(
        found.systemdVersion(),
        found.kernel(),
        found.architecture(),
        features,
        found.syscalls(),
        found.labels(),
        found.volumes(),
        found.owners(),
        found.resolvers(),
        found.name(),
        found.policy());
  }

  @Test
  void thereAreAtLeastSixApps() throws IOException {
    assertThat(examples()).hasSizeGreaterThanOrEqualTo(6);
  }

  @Test
  void theSensorsValueReachesASubscriberOnTheLocalNetwork() throws Exception {
    String device = bench.device().address().orElseThrow();
    try (var subscriber =
        bench
            .network()
            .namespace(Peer.LAN)
            .call(() -> MqttSubscriber.connect(device, 1883, "site/#"))) {
      arrives(subscriber, "21.5\n");
      bench.device().write("/srv/sensors/temperature", "22.0\n");
      arrives(subscriber, "22.0\n");

      // Three more rounds of each publisher have passed by then.
      long count = subscriber.messages().size();
      await().atMost(LIMIT).until(() -> subscriber.messages().size() >= count + 3);
      assertThat(subscriber.messages())
          .extracting(MqttSubscriber.Message::topic)
          .containsOnly("site/temperature");
    }
    differsInNothing(BROKER);
    differsInNothing(PUBLISHER);
  }

  /**
   * Soon: the agent tries the apps that cannot work over and over, and each time systemd 257 loses
   * the filters on ports of all others for the moment between its reload and the agent's answer.
   */
  private static void differsInNothing(String app) {
    await().atMost(LIMIT).untilAsserted(() -> assertThat(bench.differences(app)).as(app).isEmpty());
  }

  private static void arrives(MqttSubscriber subscriber, String payload) {
    await()
        .atMost(LIMIT)
        .untilAsserted(
            () ->
                assertThat(subscriber.messages())
                    .contains(new MqttSubscriber.Message("site/temperature", payload)));
  }

  /** As docs/appsandbox.md says. */
  @Test
  void appsThatNameLoopbackMeetThere() {
    bench.awaitReady(List.of(LOOPBACK_BROKER, LOOPBACK_SUBSCRIBER, LOOPBACK_PUBLISHER));
    await()
        .atMost(LIMIT)
        .untilAsserted(
            () -> assertThat(bench.journal(LOOPBACK_SUBSCRIBER)).containsPattern("2[12]\\.[05]"));
  }

  /** Its node is root:i2c 0660 and its volume root:sensors 2770, as on any device. */
  @Test
  void theSensorReaderOpensItsBusAndWritesForOthers() {
    await().atMost(LIMIT).until(() -> bench.journal(READER).contains("READ"));
    assertThat(bench.device().read("/srv/sensors/chip")).isEqualTo("19.0\n");
    assertThat(bench.sh("stat -c '%G %a' /srv/sensors/chip")).isEqualTo("sensors 660");
    differsInNothing(READER);
  }

  @Test
  void theInternetCannotReachTheBroker() throws Exception {
    String device = bench.device().address().orElseThrow();
    var peer = bench.network().namespace(Peer.INTERNET);
    assertThat(
            org.assertj.core.api.Assertions.catchThrowable(
                () ->
                    peer.call(
                        () -> {
                          try (var socket = new java.net.Socket()) {
                            socket.connect(new java.net.InetSocketAddress(device, 1883), 1_500);
                            return socket;
                          }
                        })))
        .isInstanceOf(java.net.SocketTimeoutException.class);
  }

  @Test
  void withoutPortsTheBrokerCannotListen() {
    await()
        .atMost(LIMIT)
        .untilAsserted(() -> assertThat(bench.condition(NO_PORTS, "Ready")).startsWith("False"));
    assertThat(bench.journal(NO_PORTS)).contains("Operation not permitted");
  }

  @Test
  void withoutTheLocalNetworkTheClientCannotConnect() {
    await()
        .atMost(LIMIT)
        .untilAsserted(
            () ->
                assertThat(bench.journal(NO_NETWORK))
                    .contains("Address family not supported by protocol"));
  }

  @Test
  void withoutStorageTheClientSeesNoSensor() {
    await()
        .atMost(LIMIT)
        .untilAsserted(
            () -> assertThat(bench.journal(NO_STORAGE)).contains("/sensors/temperature"));
  }

  static String example(String name) {
    try {
      return Files.readString(EXAMPLES.resolve(name + ".yaml"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** With the program of the device, for this one is in no image. */
  private static String onTheDeviceItself(String yaml) {
    return yaml.replaceFirst("  image:\n.*\n.*\n", "").replaceFirst(", sensor: i2c", "");
  }

  static String with(AppImage image, String yaml) {
    return yaml.replaceFirst("sha256: [0-9a-f]{64}", "sha256: " + image.sha256());
  }

  /**
   * The two apps of the page on sockets, whose server knows nothing of Sandbar. The topic is one
   * that the broker itself fills.
   */
  @Test
  void theAppsOfThePageTalk() throws IOException {
    String page = Files.readString(Path.of("../../docs/networking.md"));
    String[] apps =
        page.split("when each names the other:\n\n```yaml\n")[1].split("```")[0].split("---\n");
    assertThat(apps).hasSize(2);
    bench.declare(
        Map.of(
            "broker",
            apps[0].replace("spec:\n", "spec:\n  " + image("mosquitto-broker")),
            "display",
            apps[1]
                .replace("spec:\n", "spec:\n  " + image("mosquitto-client"))
                .replace("plant/#", "$SYS/broker/version")));
    await()
        .atMost(Apps.SOON)
        .untilAsserted(() -> assertThat(bench.journal("display")).contains("mosquitto version"));
    assertThat(bench.journal("broker")).doesNotContain("Opening ipv");
  }

  private static String image(String name) {
    String path = "/srv/images/" + name + ".squashfs";
    String digest = bench.sh("sha256sum " + path).substring(0, 64);
    return "image: {path: %s, sha256: %s}\n".formatted(path, digest);
  }

  /** Under another name, with another command, and with loopback in place of the local network. */
  private static String onLoopback(String name, String command, String yaml) {
    return yaml.replaceFirst("metadata: .*", "metadata: {name: " + name + "}")
        .replaceFirst("command: .*", "command: " + command)
        .replace(
            "    localNetwork: true", "    internet: true\n    internetTo: [{cidr: 127.0.0.1/32}]");
  }

  /** Under another name, and with a topic of its own. */
  private static String publisher(String yaml, String name) {
    return yaml.replace("name: " + PUBLISHER, "name: " + name)
        .replace("site/temperature", "site/" + name);
  }

  private static String without(String line, String yaml) {
    String less =
        yaml.lines()
            .filter(each -> !each.startsWith(line))
            .collect(java.util.stream.Collectors.joining("\n", "", "\n"));
    assertThat(less).hasSizeLessThan(yaml.length());
    return less.contains("    storage:") || less.contains("    localNetwork:")
        ? less
        : less.replace("  permissions:\n", "");
  }
}
