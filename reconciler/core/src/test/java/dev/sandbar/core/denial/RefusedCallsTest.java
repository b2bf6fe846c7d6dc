package dev.sandbar.core.denial;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.compile.ReferenceDevice;
import dev.sandbar.core.learn.CallRecord;
import dev.sandbar.core.model.FlowText;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RefusedCallsTest {

  private static final Set<String> THERE = Set.of("/dev/ttyUSB0", "/run/broker/socket");

  private static Confines confines(String permissions) {
    return Confines.of(
        FlowText.read(
            "app", "{run: {command: [/usr/bin/app]}, permissions: {" + permissions + "}}"),
        ReferenceDevice.facts().configured(Map.of(), new TreeMap<>(Map.of("media", "/srv/media"))));
  }

  /** An address is written as the kernel has it: family, port, host. */
  private static byte[] data(String about) {
    if (!about.startsWith(":")) {
      return about.getBytes(StandardCharsets.UTF_8);
    }
    int port = Integer.parseInt(about.substring(1));
    return ByteBuffer.allocate(112).put((byte) 2).put((byte) 0).putShort((short) port).array();
  }

  private static RefusedCall call(String text, long at) {
    String[] parts = text.split(" ");
    int errno = Integer.parseInt(parts[2]);
    return new RefusedCall(
        new CallRecord(
            parts[0], Integer.parseInt(parts[1]), parts.length > 3 ? data(parts[3]) : new byte[0]),
        errno,
        -1,
        at);
  }

  private static List<Denial> read(String permissions, String... calls) {
    var all = new java.util.ArrayList<RefusedCall>();
    for (String call : calls) {
      all.add(call(call, all.size()));
    }
    return RefusedCalls.read(all, confines(permissions), THERE::contains);
  }

  /** The call, its detail, the error, what it named; the line that opens it, or - for advice. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "localNetwork: true | bind 1 1 :80 | ports: [{port: 80}]",
        "localNetwork: true | bind 2 13 :53 | ports: [{port: 53, protocol: UDP}]",
        "localNetwork: true | bind 0 1 :0 | ports: [{port: 0}]",
        // Ports alone are what the compiler refuses.
        "``                 | bind 1 1 :80 | localNetwork: true, ports: [{port: 80}]",
        "localNetwork: true, ports: [{port: 80}] | bind 1 98 :80 | -",
        "localNetwork: true, ports: [{port: 80}] | bind 1 1 :80 | ``",
        "localNetwork: true, ports: [{port: 80}] | bind 2 1 :0 | ports: [{port: 1024, endPort: 65535, protocol: UDP}]",
        "``                 | socket 16 97 | networkStatus: true",
        "``                 | socket 29 97 | canBus: true",
        "``                 | socket 2 97 | internet: true / localNetwork: true",
        "``                 | openat 2 2 /dev/ttyUSB0 | serial: [{device: /dev/ttyUSB0}]",
        "``                 | openat 2 2 /dev/ttyUSB7 | ``",
        "``                 | openat 2 1 /dev/mem | -",
        "``                 | openat 0 2 /proc/meminfo | systemInfo: true",
        "``                 | openat 0 2 /proc/1/stat | otherApps: true",
        "``                 | openat 65 30 /var/lib/mosquitto/db | state: true",
        "state: true        | openat 65 2 /var/lib/mosquitto/db | -",
        "state: true        | openat 65 13 /var/lib/sandbar-app/db | ``",
        "``                 | mkdir 0 30 /var/cache/nginx | cache: true",
        "``                 | openat 65 30 /var/log/x.log | logs: true",
        "state: true        | openat 65 30 /run/nginx.pid | -",
        "state: true        | openat 65 30 /srv/media/x | storage: [{source: media, mountPath: /srv/media, access: ReadWrite}]",
        "``                 | openat 0 13 /srv/media/x | storage: [{source: media, mountPath: /srv/media, access: ReadOnly}]",
        "``                 | openat 0 13 /etc/shadow | -",
        "``                 | openat 0 2 /usr/lib/x.so | ``",
        "``                 | chdir 0 2 /var/lib/sandbar-app | state: true",
        "``                 | openat 0 2 /var/cache/sandbar-app/x | cache: true",
        "state: true        | openat 0 2 /var/lib/sandbar-app/x | ``",
        "``                 | openat 0 2 /srv/media/x | storage: [{source: media, mountPath: /srv/media, access: ReadOnly}]",
        "``                 | openat 0 2 /media/x | storage: [{source: media, mountPath: /media, access: ReadOnly}]",
        "storage: [{source: media, mountPath: /media, access: ReadOnly}] | openat 0 2 /media/x | ``",
        "``                 | openat 0 2 /a/b/media/x | ``",
        "``                 | unlink 0 2 /run/x.pid | ``",
        "``                 | execve 0 13 /tmp/plugin | runFromData: true",
        "``                 | mprotect 5 1 | jit: true",
        "jit: true          | mprotect 5 1 | ``",
        "``                 | mlockall 0 1 | lockMemory: true",
        "``                 | sched_setaffinity 0 1 | scheduling: true",
        "``                 | setgid 0 1 | -",
        "``                 | chown 0 1 /srv/x | -",
        "``                 | clock_settime 0 1 | clock: true",
      })
  void aRefusedCallNamesWhatIsMissing(String permissions, String call, String remedies) {
    List<Denial> denials = read(permissions, call);
    assertThat(denials).hasSize(remedies.isEmpty() ? 0 : 1);
    denials.forEach(
        denial -> {
          assertThat(denial.evidence()).isEqualTo(Denial.Evidence.KERNEL);
          assertThat(denial.remedies())
              .extracting(Remedy::line)
              .isEqualTo(remedies.equals("-") ? List.of() : List.of(remedies.split(" / ")));
        });
  }

  /** With the directory that it is about, which an app can have. */
  @ParameterizedTest
  @CsvSource({
    "/run/nginx/nginx.pid, run: {runtimeDirectories: [nginx]} gives the app a /run/nginx of its own",
    "/var/run/redis/a/b.sock, run: {runtimeDirectories: [redis]} gives",
    "/run/nginx.pid, run.runtimeDirectories gives an app directories of its own there",
    "/run/systemd/x, run.runtimeDirectories gives an app directories of its own there",
    "/run/sandbar-runtime/x, run.runtimeDirectories gives an app directories of its own there",
    "/run/a%sb/x, run.runtimeDirectories gives an app directories of its own there",
  })
  void aDirectoryBelowRunIsNamed(String path, String help) {
    assertThat(read("", "openat 65 30 " + path))
        .singleElement()
        .satisfies(it -> assertThat(it.help()).contains(help));
  }

  @Test
  void allPortsAreOneLineAndTheLastRefusalComesFirst() {
    List<Denial> denials =
        read("localNetwork: true", "bind 1 1 :80", "socket 16 97", "bind 2 1 :53", "bind 1 1 :80");
    assertThat(denials)
        .extracting(Denial::directive)
        .containsExactly("SocketBindDeny", "RestrictAddressFamilies");
    assertThat(denials.getFirst().said())
        .isEqualTo("bind 0.0.0.0:80: EPERM; bind 0.0.0.0:53: EPERM");
    assertThat(denials.getFirst().remedies())
        .extracting(Remedy::line)
        .containsExactly("ports: [{port: 80}, {port: 53, protocol: UDP}]");
  }

  /** As haproxy and syncthing try any port before their own. */
  @Test
  void anyPortIsNotAskedForBesideOthersOfTheProtocol() {
    assertThat(read("localNetwork: true", "bind 1 1 :0", "bind 1 1 :80", "bind 2 1 :0"))
        .singleElement()
        .satisfies(
            it ->
                assertThat(it.remedies())
                    .extracting(Remedy::line)
                    .containsExactly(
                        "ports: [{port: 1024, endPort: 65535, protocol: UDP}, {port: 80}]"));
    assertThat(read("localNetwork: true", "bind 1 1 :0", "bind 1 1 :80"))
        .flatExtracting(Denial::remedies)
        .extracting(Remedy::line)
        .containsExactly("ports: [{port: 80}]");
  }

  @Test
  void theCapabilityIsNamed() {
    var chown = new RefusedCall(new CallRecord("fchown", 0, new byte[0]), 1, 0, 1);
    assertThat(RefusedCalls.read(List.of(chown), confines(""), THERE::contains))
        .singleElement()
        .satisfies(it -> assertThat(it.said()).isEqualTo("fchown: EPERM without CAP_CHOWN"));
  }

  /** The bytes are the app's own. */
  @Test
  void anyBytesAreRead() {
    var random = new Random(7);
    List<String> calls = List.of("bind", "connect", "openat", "execve", "socket", "mmap", "x", "");
    Confines closed = confines("");
    for (int i = 0; i < 2_000; i++) {
      var bytes = new byte[random.nextInt(112)];
      random.nextBytes(bytes);
      if (bytes.length > 5 && random.nextBoolean()) {
        bytes[0] = (byte) (random.nextBoolean() ? '/' : random.nextInt(20));
        bytes[1] = 0;
      }
      var one =
          new RefusedCall(
              new CallRecord(calls.get(i % calls.size()), random.nextInt(), bytes),
              random.nextInt(120),
              random.nextInt(99) - 9,
              i);
      assertThat(RefusedCalls.read(List.of(one), closed, _ -> random.nextBoolean()))
          .hasSizeLessThan(2);
    }
  }
}
