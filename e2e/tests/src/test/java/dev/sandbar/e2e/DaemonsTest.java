package dev.sandbar.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sandbar.core.attest.Enforcement;
import dev.sandbar.core.compile.DeviceFacts;
import dev.sandbar.core.denial.Confines;
import dev.sandbar.core.denial.Denials;
import dev.sandbar.core.denial.Remedy;
import dev.sandbar.core.exposure.Exposure;
import dev.sandbar.core.learn.LearnedSpec;
import dev.sandbar.core.learn.Lessons;
import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.AppSpec;
import dev.sandbar.core.model.BrokeredVerb;
import dev.sandbar.core.model.Node;
import dev.sandbar.core.model.Permission;
import dev.sandbar.core.model.UnitName;
import dev.sandbar.core.property.Raw;
import dev.sandbar.core.property.Value;
import dev.sandbar.device.kernel.ServiceWatch;
import dev.sandbar.device.systemd.DbusSystemd;
import dev.sandbar.device.systemd.Systemd.Job;
import dev.sandbar.device.systemd.Systemd.JobOutcome;
import dev.sandbar.device.systemd.Systemd.Verb;
import dev.sandbar.vdev.Suite;
import dev.sandbar.vdev.VirtualNetwork.Peer;
import dev.sandbar.vdev.image.AppImage;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.stream.Collectors;
import org.awaitility.core.ConditionTimeoutException;
import org.awaitility.core.ThrowingRunnable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/**
 * Daemons that people run at the edge, out of Debian's packages, in closed mode and as the examples
 * declare them: a client on the local network has them do their work.
 */
final class DaemonsTest {

  /** All names of examples, in the order in which they are started. */
  private static final List<String> DAEMONS =
      List.of(
          "nginx-site",
          "lighttpd-panel",
          "haproxy-gateway",
          "dnsmasq-names",
          "unbound-resolver",
          "redis-cache",
          SiteDatabase.NAME,
          "node-exporter",
          "snmp-agent",
          "syncthing-share",
          "chrony-server",
          "gps-network",
          "radio-sensors",
          "camera-watch",
          "music-player");

  /** Those whose use is looked at while they work. */
  private static final List<String> MODEST =
      DAEMONS.stream()
          .filter(name -> !MediaDaemons.NAMES.contains(name))
          .filter(name -> !name.equals(SiteDatabase.NAME))
          .toList();

  /**
   * A daemon that lacks a permission.
   *
   * @param permission its key in the example
   * @param remedies what its own words must come to, any of them
   */
  record Without(String example, String permission, List<String> remedies) {
    String name() {
      return example + "-without";
    }

    String manifest(String whole) {
      return whole
          .replace("metadata: {name: " + example + "}", "metadata: {name: " + name() + "}")
          .replaceFirst("    " + permission + ": .*\n", "");
    }
  }

  private static final List<Without> WITHOUT =
      List.of(
          new Without("nginx-site", "ports", List.of("ports: [{port: 80}]")),
          new Without("lighttpd-panel", "ports", List.of("ports: [{port: 8081}]")),
          new Without("dnsmasq-names", "networkStatus", List.of("networkStatus: true")),
          new Without("unbound-resolver", "networkStatus", List.of("networkStatus: true")),
          new Without("haproxy-gateway", "ports", List.of("ports: [{port: 8080}]")));

  private static final String IMAGE = "/srv/images/daemons.squashfs";
  private static final String MEDIA = "/srv/images/media.squashfs";

  /** The address in the examples belongs to the device itself. */
  private static final String PREPARATION = "ip address add 192.168.77.10/32 dev lo";

  @SuppressWarnings("NullAway.Init")
  private static Workbench bench;

  @BeforeAll
  static void boot() throws Exception {
    bench = Workbench.boot(Suite.TRIXIE, MediaDaemons.VOLUMES, PREPARATION);
    AppImage image = Workbench.images().daemons();
    bench.device().put(image.path(), IMAGE);
    AppImage media = Workbench.images().media();
    bench.device().put(media.path(), MEDIA);
    MediaDaemons.plug(bench.device());
    AppImage database = Workbench.images().database();
    bench.device().put(database.path(), SiteDatabase.IMAGE);
    var apps = new LinkedHashMap<String, String>();
    for (String name : DAEMONS) {
      apps.put(
          name,
          ExamplesTest.with(
              MediaDaemons.NAMES.contains(name) ? media : image, ExamplesTest.example(name)));
    }
    apps.put(SiteDatabase.NAME, SiteDatabase.manifest(bench, database));
    for (Without one : WITHOUT) {
      apps.put(one.name(), one.manifest(apps.getOrDefault(one.example(), "")));
    }
    bench.declare(apps);
    try {
      bench.awaitReady(DAEMONS);
    } catch (ConditionTimeoutException e) {
      String said =
          DAEMONS.stream()
              .map(app -> app + ":\n" + bench.journal(app).lines().limit(20).toList())
              .collect(Collectors.joining("\n"));
      throw new AssertionError(said, e);
    }
  }

  @AfterAll
  static void remove() throws InterruptedException {
    bench.close();
  }

  /** The apps that lack a permission are started anew, and each reload costs filters on ports. */
  @ParameterizedTest
  @FieldSource("DAEMONS")
  void everyWallHolds(String app) {
    await()
        .atMost(Apps.SOON)
        .untilAsserted(
            () -> {
              assertThat(bench.differences(app)).isEmpty();
              assertThat(bench.attested(app).values())
                  .filteredOn(it -> it.result() == Enforcement.DEGRADED)
                  .isEmpty();
            });
    DeviceFacts facts = bench.facts();
    SortedMap<String, Value> effective = bench.compiled(app).effective();
    assertThat(Exposure.of(effective, facts.syscallGroups(), facts.knownSyscalls()).tenths())
        .as("exposure level in tenths")
        .isLessThanOrEqualTo(20);
  }

  @ParameterizedTest
  @FieldSource("WITHOUT")
  void aDaemonSaysWhatItLacks(Without one) {
    DeviceFacts facts = bench.facts();
    await()
        .atMost(Apps.SOON)
        .untilAsserted(
            () ->
                assertThat(
                        Denials.read(
                            bench.journal(one.name()).lines().toList(),
                            Confines.of(bench.compiled(one.name()).spec(), facts)))
                    .as(bench.journal(one.name()))
                    .singleElement()
                    .satisfies(
                        denial ->
                            assertThat(denial.remedies())
                                .extracting(Remedy::line)
                                .isEqualTo(one.remedies())));
    String permission = one.remedies().getFirst().replaceFirst(":.*", "");
    await()
        .atMost(Apps.SOON)
        .untilAsserted(
            () ->
                assertThat(bench.condition(one.name(), "Ready"))
                    .endsWith("; by what it wrote it lacks " + permission));
  }

  /**
   * A daemon is ready for the agent when it runs. When it serves, and what it asks of others does,
   * is a matter of how busy the machine is.
   */
  private static void eventually(ThrowingRunnable asked) {
    await().atMost(Apps.SOON).ignoreExceptions().untilAsserted(asked);
  }

  @Test
  void webServersServeTheirPages() {
    eventually(
        () -> {
          assertThat(get(80, "/index.html"))
              .contains("200 OK", "<p>pumps of " + bench.facts().name() + "</p>");
          assertThat(get(8081, "/")).contains("200 OK", "<p>panel</p>");
        });
  }

  @Test
  void theProxyFetchesThePageOfTheServer() {
    eventually(
        () ->
            assertThat(get(8080, "/index.html"))
                .containsIgnoringCase("x-proxy: edge")
                .contains("pumps of"));
  }

  @Test
  void namesAreResolved() {
    eventually(
        () -> {
          assertThat(client().resolve(53, "pump.site.example")).containsExactly(192, 168, 77, 21);
          assertThat(client().resolveOverTcp(53, "gateway.site.example"))
              .containsExactly(192, 168, 77, 10);
        });
  }

  /** The second question goes on to the first server, from a port of its own. */
  @Test
  void theResolverAsksTheServer() {
    eventually(
        () ->
            assertThat(client().resolve(5335, "pump.site.example"))
                .containsExactly(192, 168, 77, 21));
  }

  @Test
  void whatTheDatabaseKeepsOutlivesIt() throws Exception {
    eventually(() -> assertThat(client().line(6379, "SET depth 42\r\n")).isEqualTo("+OK"));
    bench.sh("systemctl restart sandbar-redis-cache.service");
    eventually(() -> assertThat(client().line(6379, "STRLEN depth\r\n")).isEqualTo(":2"));
  }

  @Test
  void aDatabaseMadeByItsFirstStartKeepsATable() throws Exception {
    SiteDatabase.keepsATable(bench, client());
    SiteDatabase.letsNobodyInWithoutThePassword(client());
  }

  @Test
  void metricsOfTheWholeDeviceAreMeasured() {
    eventually(
        () ->
            assertThat(get(9100, "/metrics"))
                .contains(
                    "node_memory_MemTotal_bytes", "node_network_up{device=\"lo\"}", "node_load1"));
  }

  @Test
  void monitoringIsAnswered() {
    eventually(
        () -> {
          // sysLocation.0, and ifNumber.0 out of the interfaces.
          assertThat(client().snmp(1, 3, 6, 1, 2, 1, 1, 6, 0)).isEqualTo(bench.facts().name());
          assertThat(client().snmp(1, 3, 6, 1, 2, 1, 2, 1, 0)).isNotEmpty();
        });
  }

  @Test
  void theTimeIsTold() {
    eventually(
        () -> {
          // Of a server (mode 4) with the stratum that it was given (RFC 5905).
          byte[] answer = client().ntp();
          assertThat(answer[0] & 7).isEqualTo(4);
          assertThat(answer[1]).isEqualTo((byte) 8);
        });
  }

  @Test
  void aPositionFromTheNetworkIsServed() {
    eventually(
        () ->
            assertThat(client().position(7777, 2947))
                .contains("\"lat\":48.1173", "\"lon\":11.51666"));
  }

  @Test
  void foldersCanBeShared() {
    eventually(() -> assertThat(get(8384, "/rest/noauth/health")).contains("\"status\": \"OK\""));
  }

  @Test
  void sensorsAreHeard() {
    MediaDaemons.sensorsAreHeard(bench, client());
  }

  @Test
  void motionIsSeen() {
    MediaDaemons.motionIsSeen(bench, client());
  }

  @Test
  void musicIsPlayed() {
    MediaDaemons.musicIsPlayed(client());
  }

  /**
   * Everything that can be asked for together by a toggle, as somebody writes who does not know
   * better: {@code nestedSandbox} is refused beside {@code systemInfo}.
   */
  private static String tooMuch(String example) {
    String toggles =
        Arrays.stream(Permission.values())
            .filter(Permission::isGrantedByTrue)
            .filter(it -> it != Permission.NESTED_SANDBOX)
            .filter(it -> it.level() != Permission.Level.DANGEROUS)
            // Whether they are used shows too seldom for them to be taken.
            .filter(it -> BrokeredVerb.of(it).isEmpty())
            .map(it -> "    " + it.key() + ": true\n")
            .collect(Collectors.joining());
    return example
        .replaceAll("(?m)^    [a-zA-Z]+: true\n", "")
        .replace("  permissions:\n", "  permissions:\n" + toggles);
  }

  /**
   * What each of them is seen to use while its clients come is what its example grants it: of a
   * spec that grants everything, just that is left.
   */
  @Test
  void whatADaemonUsesIsWhatItsExampleGrants() throws Exception {
    SortedSet<String> calls = bench.facts().knownSyscalls();
    var watches = new LinkedHashMap<String, ServiceWatch>();
    try (DbusSystemd systemd = bench.connect()) {
      for (String name : MODEST) {
        var unit = UnitName.own(new AppName(name));
        String group =
            systemd.properties(unit).get("ControlGroup") instanceof Raw.Str(String it) ? it : "";
        var watch = ServiceWatch.begin(bench.device().root(), group, calls);
        watches.put(name, watch);
        watch.during(() -> restart(systemd, unit));
        assertThat(watch.blind()).isEmpty();
      }
      webServersServeTheirPages();
      theProxyFetchesThePageOfTheServer();
      theResolverAsksTheServer();
      namesAreResolved();
      metricsOfTheWholeDeviceAreMeasured();
      monitoringIsAnswered();
      theTimeIsTold();
      foldersCanBeShared();
      aPositionFromTheNetworkIsServed();
      eventually(() -> assertThat(client().line(6379, "SET learned 1\r\n")).isEqualTo("+OK"));
      // Some do what they need a permission for some time after they have begun to serve.
      watches.forEach((name, watch) -> eventually(() -> usesWhatItIsGranted(name, watch)));
    } finally {
      watches.values().forEach(ServiceWatch::close);
    }
  }

  private static void usesWhatItIsGranted(String name, ServiceWatch watch) {
    watch.look();
    AppSpec own = Manifests.spec(Manifests.node(ExamplesTest.example(name)));
    Node greedy = Manifests.node(tooMuch(ExamplesTest.example(name)));
    LearnedSpec learned = LearnedSpec.of(greedy, Manifests.spec(greedy), Lessons.of(watch.uses()));
    assertThat(Manifests.spec(learned.manifest()).permissions().requests().keySet())
        .as("%s: %s%n%s", name, learned.reasons(), learned.notes())
        .isEqualTo(own.permissions().requests().keySet());
  }

  private static void restart(DbusSystemd systemd, UnitName unit) {
    assertThat(systemd.run(List.of(new Job(Verb.RESTART, unit)), Apps.SOON))
        .allMatch(JobOutcome::done);
  }

  private static String get(int port, String path) throws Exception {
    return client().get(port, path);
  }

  private static DaemonClient client() {
    return new DaemonClient(
        bench.network().namespace(Peer.LAN), bench.device().address().orElseThrow());
  }
}
