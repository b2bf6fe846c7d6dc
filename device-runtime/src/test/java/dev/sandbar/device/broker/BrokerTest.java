package dev.sandbar.device.broker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.sandbar.core.compile.BrokerSocket;
import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.BrokeredVerb;
import dev.sandbar.core.model.UnitName;
import dev.sandbar.device.store.StateStore;
import dev.sandbar.device.systemd.JournalReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The sockets of apps, of which this process plays one by its place in a tree of cgroups. */
class BrokerTest {

  private static final AppName PUMP = new AppName("pump");
  private static final AppName VALVE = new AppName("valve");
  private static final Duration LIMIT = Duration.ofSeconds(30);

  private final ConcurrentLinkedQueue<String> answered = new ConcurrentLinkedQueue<>();

  @SuppressWarnings("NullAway.Init")
  @TempDir
  private Path root;

  @SuppressWarnings("NullAway.Init")
  private Broker broker;

  @BeforeEach
  void open() throws IOException {
    write("proc/1/mounts", "cgroup2 /sys/fs/cgroup cgroup2 rw 0 0\n");
    write("sys/fs/cgroup/cgroup.controllers", "pids\n");
    member(PUMP, ProcessHandle.current().pid());
    member(VALVE, 1);
    Files.createDirectories(root.resolve("run"));
    broker = broker();
  }

  @AfterEach
  void close() {
    broker.close();
  }

  private Broker broker() {
    return Broker.of(
        root,
        "unix:path=" + root + "/no-bus",
        new StateStore(root),
        // Prints its command line.
        new JournalReader(List.of("/bin/echo")),
        (app, about, result, message) -> answered.add(app + " " + about.word() + " " + result));
  }

  private void write(String path, String text) throws IOException {
    Path file = root.resolve(path);
    Files.createDirectories(file.resolveSibling(""));
    Files.writeString(file, text);
  }

  private void member(AppName app, long pid) throws IOException {
    write("sys/fs/cgroup/sandbar.slice/sandbar-%s.service/cgroup.procs".formatted(app), pid + "\n");
  }

  private void grant(BrokeredVerb... verbs) {
    broker.follow(Map.of(PUMP, may(PUMP, verbs), VALVE, may(VALVE, verbs)), Set.of());
  }

  private static BrokerSocket may(AppName app, BrokeredVerb... verbs) {
    return new BrokerSocket(app, Set.of(verbs), new TreeSet<>());
  }

  @Test
  void anAppAsksForWhatItIsGrantedAlone() throws IOException {
    grant(BrokeredVerb.HOSTNAME);

    assertThat(ask(PUMP, "GET /v1 HTTP/1.1\r\n\r\n"))
        .startsWith("HTTP/1.1 200 ")
        .endsWith("\nhostname\n");
    assertThat(post(PUMP, "reboot", ""))
        .startsWith("HTTP/1.1 403 Forbidden\r\n")
        .endsWith("app pump is not granted permissions.reboot\n");
    assertThat(post(PUMP, "hostname", "../x")).startsWith("HTTP/1.1 422 ");
    // Nobody is on the bus of this device.
    assertThat(post(PUMP, "hostname", "pump-7")).startsWith("HTTP/1.1 503 ");
    assertThat(post(PUMP, "poweroff", "")).startsWith("HTTP/1.1 404 ");
    assertThat(ask(PUMP, "GET /v1/hostname HTTP/1.1\r\n\r\n")).startsWith("HTTP/1.1 405 ");
    await()
        .atMost(LIMIT)
        .untilAsserted(
            () ->
                assertThat(answered)
                    .containsExactly(
                        "pump none SUCCESS",
                        "pump reboot DENIED",
                        "pump hostname FAILURE",
                        "pump hostname FAILURE",
                        "pump none FAILURE",
                        "pump hostname FAILURE"));
  }

  @Test
  void aProcessOfAnotherAppIsRefusedWhateverItHasOpen() throws IOException {
    grant(BrokeredVerb.REBOOT);

    assertThat(post(VALVE, "reboot", ""))
        .startsWith("HTTP/1.1 403 ")
        .endsWith("only processes of app valve may ask here\n");
    // The app has ended, and its processes with it.
    member(PUMP, 1);
    assertThat(post(PUMP, "reboot", "")).startsWith("HTTP/1.1 403 ");
  }

  @Test
  void nobodyButRootEntersWhereTheSocketsAre() throws IOException {
    grant(BrokeredVerb.REBOOT);

    assertThat(access("run/sandbar-agent")).isEqualTo("rwx------");
    assertThat(access("run/sandbar-agent/pump")).isEqualTo("rwxr-xr-x");
    assertThat(access("run/sandbar-agent/pump/agent.sock")).isEqualTo("rw-rw-rw-");
  }

  private String access(String path) throws IOException {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(root.resolve(path)));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "GET /v1 HTTP/1.1~X: a~ b~~ | 400",
        "GET /v1 HTTP/2~~ | 400",
        "GET //../v1?x=1 HTTP/1.1~~ | 400",
        "get /v1 HTTP/1.1~~ | 400",
        "GET /v1 HTTP/1.1~Content-Length: 0~Content-Length: 0~~ | 400",
        "GET /v1 HTTP/1.1~Content-Length: -1~~ | 400",
        "GET /v1 HTTP/1.1~Content-Length: 999~~ | 413",
        "POST /v1/reboot HTTP/1.1~Transfer-Encoding: chunked~~ | 411",
        "POST /v1/reboot HTTP/1.1~Expect: 100-continue~~ | 417",
        "GET /v1 HTTP/1.1~~GET /v1 HTTP/1.1~~ | 400",
        "POST /v1/hostname HTTP/1.1~Content-Length: 5~~a\tb~c | 400"
      })
  void whatIsNotOnePlainRequestIsRefused(String lines, int status) throws IOException {
    grant(BrokeredVerb.HOSTNAME);

    assertThat(ask(PUMP, lines.replace("~", "\r\n"))).startsWith("HTTP/1.1 " + status + " ");
  }

  @Test
  void whoNeverEndsALineIsCutOffEarly() throws IOException {
    grant(BrokeredVerb.HOSTNAME);
    try (SocketChannel channel = connect(PUMP)) {
      ByteBuffer bytes = ByteBuffer.allocate(10 << 20);
      assertThatThrownBy(
              () -> {
                while (bytes.hasRemaining()) {
                  channel.write(bytes);
                }
              })
          .isInstanceOf(IOException.class);
      assertThat(bytes.position()).isLessThan(1 << 20);
    }
    assertThat(ask(PUMP, "GET /v1 HTTP/1.1\r\n\r\n")).startsWith("HTTP/1.1 200 ");
  }

  @Test
  void whoSaysNothingIsInNobodysWay() throws IOException {
    member(VALVE, ProcessHandle.current().pid());
    grant(BrokeredVerb.HOSTNAME);
    var silent = new ArrayList<SocketChannel>();
    for (int i = 0; i < 8; i++) {
      silent.add(connect(PUMP));
    }
    assertThat(ask(VALVE, "GET /v1 HTTP/1.1\r\n\r\n")).startsWith("HTTP/1.1 200 ");
    // It waits for the places that its own connections take, which end after a while.
    assertThat(ask(PUMP, "GET /v1 HTTP/1.1\r\n\r\n")).startsWith("HTTP/1.1 200 ");
    for (SocketChannel channel : silent) {
      channel.close();
    }
  }

  @Test
  void whoAsksTooOftenIsRefusedForAWhile() throws IOException {
    grant(BrokeredVerb.HOSTNAME);
    List<String> replies = new ArrayList<>();
    for (int i = 0; i < 12; i++) {
      replies.add(ask(PUMP, "GET /v1 HTTP/1.1\r\n\r\n"));
    }

    assertThat(replies.subList(0, 10)).allMatch(it -> it.startsWith("HTTP/1.1 200 "));
    assertThat(replies.getLast()).startsWith("HTTP/1.1 429 ").contains("\r\nRetry-After: ");
  }

  @Test
  void aGrantThatGoesTakesTheConnectionsAlong() throws IOException {
    grant(BrokeredVerb.HOSTNAME);
    try (SocketChannel held = connect(PUMP)) {
      held.write(bytes("POST /v1/hostname HTTP/1.1\r\n"));
      // The other one is answered only when the first is accepted.
      assertThat(ask(PUMP, "GET /v1 HTTP/1.1\r\n\r\n")).startsWith("HTTP/1.1 200 ");
      broker.follow(Map.of(), Set.of());

      assertThat(received(held)).isEmpty();
      assertThatThrownBy(() -> connect(PUMP)).isInstanceOf(IOException.class);
    }
    assertThat(answered).containsExactly("pump none SUCCESS");
  }

  @Test
  void anAgentThatEndsBeginsNothing() throws IOException {
    grant(BrokeredVerb.REBOOT);
    broker.stop();
    assertThat(post(PUMP, "reboot", "")).startsWith("HTTP/1.1 503 ").contains("the agent");
    broker.close();
    await()
        .atMost(LIMIT)
        .untilAsserted(
            () -> assertThatThrownBy(() -> connect(PUMP)).isInstanceOf(IOException.class));

    broker = broker();
    grant(BrokeredVerb.HOSTNAME);
    assertThat(ask(PUMP, "GET /v1 HTTP/1.1\r\n\r\n")).startsWith("HTTP/1.1 200 ");
  }

  @Test
  void aSocketThatSomebodyRemovedIsMadeAnew() throws IOException {
    grant(BrokeredVerb.HOSTNAME);
    Files.delete(path(PUMP));
    grant(BrokeredVerb.HOSTNAME);

    assertThat(ask(PUMP, "GET /v1 HTTP/1.1\r\n\r\n")).startsWith("HTTP/1.1 200 ");
  }

  @Test
  void anotherRestartIsRefusedAlsoAfterTheAgentWasKilled() throws IOException {
    grant(BrokeredVerb.REBOOT);
    assertThat(post(PUMP, "reboot", "")).startsWith("HTTP/1.1 503 ");
    assertThat(post(PUMP, "reboot", "")).startsWith("HTTP/1.1 429 ").contains("Retry-After: ");

    // The one before is not closed: it was killed.
    try (Broker next = broker()) {
      next.follow(Map.of(PUMP, may(PUMP, BrokeredVerb.REBOOT)), Set.of());
      assertThat(post(PUMP, "reboot", "")).startsWith("HTTP/1.1 429 ").contains("Retry-After: ");
    }
  }

  @Test
  void anAppReadsWhatListedServicesWroteAndNothingElse() throws IOException {
    UnitName listed = new UnitName("mosquitto.service");
    broker.follow(
        Map.of(
            PUMP,
            new BrokerSocket(PUMP, Set.of(BrokeredVerb.READ_LOGS), new TreeSet<>(Set.of(listed))),
            VALVE,
            may(VALVE, BrokeredVerb.HOSTNAME)),
        Set.of());

    assertThat(post(PUMP, "readLogs", "mosquitto.service"))
        .startsWith("HTTP/1.1 200 ")
        .endsWith(
            "/usr/bin/journalctl --no-pager --quiet --output=short-iso --lines=1000"
                + " _SYSTEMD_UNIT=mosquitto.service\n");
    assertThat(post(PUMP, "readLogs", "mosquitto.service 2026-01-31T12:00:00Z"))
        .endsWith("--since=@1769860800 _SYSTEMD_UNIT=mosquitto.service\n");
    for (String body :
        List.of(
            "", "sshd.service", "mosquitto", "mosquitto.service.service", "--boot", "*", "x y")) {
      assertThat(post(PUMP, "readLogs", body)).as(body).startsWith("HTTP/1.1 403 ");
    }
    assertThat(post(PUMP, "readLogs", "mosquitto.service --boot")).startsWith("HTTP/1.1 422 ");
    // As many as there may be of those that are read; of others there may be as many again.
    assertThat(post(PUMP, "readLogs", "mosquitto.service")).startsWith("HTTP/1.1 429 ");
    assertThat(ask(PUMP, "GET /v1 HTTP/1.1\r\n\r\n")).endsWith("\nreadLogs\n");
    assertThat(answered).first().isEqualTo("pump readLogs SUCCESS");
  }

  @Test
  void whoIsNotGrantedTheJournalIsRefused() throws IOException {
    grant(BrokeredVerb.HOSTNAME);
    assertThat(post(PUMP, "readLogs", "mosquitto.service"))
        .startsWith("HTTP/1.1 403 ")
        .endsWith("app pump is not granted permissions.readLogs\n");
  }

  private Path path(AppName app) {
    return root.resolve("run/sandbar-agent").resolve(app.value()).resolve("agent.sock");
  }

  private SocketChannel connect(AppName app) throws IOException {
    SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
    channel.connect(UnixDomainSocketAddress.of(path(app)));
    return channel;
  }

  private String post(AppName app, String verb, String body) throws IOException {
    return ask(
        app,
        "POST /v1/%s HTTP/1.1\r\nHost: agent\r\nContent-Length: %d\r\n\r\n%s"
            .formatted(verb, body.length(), body));
  }

  private String ask(AppName app, String request) throws IOException {
    try (SocketChannel channel = connect(app)) {
      channel.write(bytes(request));
      return received(channel);
    }
  }

  private static String received(SocketChannel channel) throws IOException {
    var all = new ByteArrayOutputStream();
    ByteBuffer buffer = ByteBuffer.allocate(4096);
    while (channel.read(buffer) >= 0) {
      all.write(buffer.array(), 0, buffer.position());
      buffer.clear();
    }
    return all.toString(StandardCharsets.US_ASCII);
  }

  private static ByteBuffer bytes(String text) {
    return ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII));
  }
}
