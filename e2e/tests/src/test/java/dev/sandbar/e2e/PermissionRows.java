package dev.sandbar.e2e;

import static dev.sandbar.e2e.AttemptSets.BIND_CALL;
import static dev.sandbar.e2e.AttemptSets.DATA;
import static dev.sandbar.e2e.AttemptSets.DEBUG;
import static dev.sandbar.e2e.AttemptSets.INET;
import static dev.sandbar.e2e.AttemptSets.JIT;
import static dev.sandbar.e2e.AttemptSets.KEYRING;
import static dev.sandbar.e2e.AttemptSets.KNOWN_WITH_ANY_SOCKET;
import static dev.sandbar.e2e.AttemptSets.KNOWN_WITH_A_PORT;
import static dev.sandbar.e2e.AttemptSets.LOCAL;
import static dev.sandbar.e2e.AttemptSets.LOCAL4;
import static dev.sandbar.e2e.AttemptSets.MEMORY_LOCKS;
import static dev.sandbar.e2e.AttemptSets.NETLINK;
import static dev.sandbar.e2e.AttemptSets.OUT4;
import static dev.sandbar.e2e.AttemptSets.OUT6;
import static dev.sandbar.e2e.AttemptSets.OWN;
import static dev.sandbar.e2e.AttemptSets.PRIVILEGE;
import static dev.sandbar.e2e.AttemptSets.SCHEDULING;
import static dev.sandbar.e2e.AttemptSets.SYSTEM_INFO;

import dev.sandbar.core.probe.ProbeTargets;
import dev.sandbar.vdev.Suite;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;

/** The apps of {@link PermissionTest}: what they ask for, and what the probe must find of it. */
final class PermissionRows {

  /** Hosts of the namespace "plant". */
  private static final String ELSEWHERE4 = "203.0.113.9";

  private static final String ELSEWHERE_LAN4 = "10.9.0.1";
  private static final String ELSEWHERE =
      "--lan4, " + ELSEWHERE_LAN4 + ", --target4, " + ELSEWHERE4;

  /**
   * The internet's and the local network's hosts are those of the virtual network. Inside the
   * namespace "plant" there is a machine of its own, 10.9.0.1, and 203.0.113.9 behind it. The
   * serial lines, the camera, the TPM, the random numbers and the buses are the loop control device
   * under other names: it can be opened on every kernel, and is not among the devices that every
   * app may use. Of a graphics processor and a sound card there are only the numbers.
   */
  static final String PREPARATION =
      """
      mkdir -p /srv/records /srv/pages /srv/other
      echo measured >/srv/records/value
      cp /usr/local/bin/probe /srv/records/tool
      mkdir -p /srv/records/bin
      chmod 777 /srv/records /srv/records/bin
      ip netns add plant
      ip link add to-plant type veth peer name machines netns plant
      ip address add 10.9.0.1/24 dev to-plant
      ip address add 203.0.113.9/32 dev to-plant
      ip link set to-plant up
      ip -n plant address add 10.9.0.2/24 dev machines
      ip -n plant link set machines up
      ip -n plant link set lo up
      ip -n plant route add default via 10.9.0.1
      rm -f /dev/ttyS0 /dev/ttyUSB0
      mknod -m 666 /dev/ttyS0 c 10 237
      mknod -m 660 /dev/ttyUSB0 c 10 237
      chgrp dialout /dev/ttyUSB0
      printf 'tss:x:981:\nrng:x:982:\ngpio:x:983:\ni2c:x:984:\nspi:x:985:\n' >>/etc/group
      rm -f /dev/video0 /dev/tpmrm0 /dev/hwrng /dev/gpiochip0 /dev/i2c-1 /dev/spidev0.0
      mknod -m 660 /dev/video0 c 10 237
      chgrp video /dev/video0
      mknod -m 660 /dev/tpmrm0 c 10 237
      chgrp tss /dev/tpmrm0
      mknod -m 640 /dev/hwrng c 10 237
      chgrp rng /dev/hwrng
      mknod -m 660 /dev/gpiochip0 c 10 237
      chgrp gpio /dev/gpiochip0
      mknod -m 660 /dev/i2c-1 c 10 237
      chgrp i2c /dev/i2c-1
      mknod -m 660 /dev/spidev0.0 c 10 237
      chgrp spi /dev/spidev0.0
      mkdir -p /dev/dri /dev/snd
      rm -f /dev/dri/card0 /dev/snd/controlC0
      mknod -m 660 /dev/dri/card0 c 226 0
      chgrp video /dev/dri/card0
      mknod -m 660 /dev/snd/controlC0 c 116 0
      chgrp audio /dev/snd/controlC0
      printf '[Mount]\\nWhat=tmpfs\\nWhere=/run/sandbar-mounts/stick\\nType=tmpfs\\n' >'/etc/systemd/system/run-sandbar\\x2dmounts-stick.mount'
      """;

  /** A device in a container has mounts over its /proc, where a new one cannot be mounted. */
  private static final String NESTED_SANDBOX =
      AttemptSets.NESTED + AttemptSets.USER_NAMESPACE + "nested-proc";

  private static final String RUN_FROM_OWN =
      "permissions: {runFromData: true, state: true, cache: true, logs: true}";

  private PermissionRows() {}

  /**
   * One app.
   *
   * @param program of the device; empty for the one in the probe's image
   * @param arguments of the probe
   * @param moves attempts that are open because of it, or in open mode closed because of it
   * @param failedControls what an ordinary program needs and this one has given up
   */
  record Row(
      String name,
      String program,
      String arguments,
      String spec,
      SortedSet<String> moves,
      SortedSet<String> failedControls) {

    String manifest(Workbench bench) {
      return program.isEmpty()
          ? bench.probe(name, arguments, spec)
          : Workbench.hostProbe(name, program, arguments, spec);
    }

    /** Where its packets go. */
    ProbeTargets targets() {
      ProbeTargets usual = ProbeTargets.DEFAULT;
      return arguments.isEmpty()
          ? usual
          : new ProbeTargets(ELSEWHERE4, usual.internet6(), ELSEWHERE_LAN4, usual.local6());
    }

    @Override
    public String toString() {
      return name;
    }
  }

  static Row image(String name, String spec, String opens) {
    return new Row(name, "", "", spec, words(opens), words(""));
  }

  static Row host(String name, String spec, String opens) {
    return new Row(name, Workbench.PROBE, "", spec, words(opens), words(""));
  }

  static SortedSet<String> words(String text) {
    var words = new TreeSet<>(Arrays.asList(text.split(" ")));
    words.remove("");
    return words;
  }

  /** Apps in closed mode, and what their grants open. */
  static List<Row> closed(Suite suite) {
    var rows = new ArrayList<Row>();
    String any = INET + KNOWN_WITH_ANY_SOCKET;
    rows.add(image("internet", "permissions: {internet: true}", any + OUT4 + OUT6));
    rows.add(host("internet-host", "permissions: {internet: true}", any + OUT4 + OUT6));
    rows.add(image("local", "permissions: {localNetwork: true}", any + LOCAL));
    rows.add(
        image(
            "internet-to",
            "permissions: {internet: true, internetTo: [{cidr: 198.51.100.2/32}]}",
            any + OUT4));
    rows.add(
        image(
            "loopback",
            "permissions: {internet: true, internetTo: [{cidr: 127.0.0.1/32}]}",
            any + "loopback-tcp4"));
    rows.add(image("state", "permissions: {state: true}", "write-state"));
    rows.add(image("cache", "permissions: {cache: true}", "write-cache"));
    rows.add(host("cache-host", "permissions: {cache: true}", "write-cache"));
    rows.add(image("logs", "permissions: {logs: true}", "write-logs"));
    rows.add(host("logs-host", "permissions: {logs: true}", "write-logs"));
    rows.add(image("jit", "permissions: {jit: true}", JIT.replace("pkey-mprotect-exec", "")));
    rows.add(image("system-info", "permissions: {systemInfo: true}", SYSTEM_INFO));
    rows.add(image("network-status", "permissions: {networkStatus: true}", NETLINK + BIND_CALL));
    rows.add(host("keyring", "permissions: {keyring: true}", KEYRING));
    rows.add(host("scheduling", "permissions: {scheduling: true}", SCHEDULING));
    rows.add(host("lock-memory", "permissions: {lockMemory: true}", MEMORY_LOCKS));
    rows.add(host("debug", "permissions: {debug: true}", DEBUG));
    rows.add(
        host(
            "realtime", "permissions: {realtime: true}", "sched-fifo sched-rr sched-setattr-fifo"));
    rows.add(host("other-apps", "permissions: {otherApps: true}", "see-processes"));
    rows.add(image("nested", "permissions: {nestedSandbox: true}", NESTED_SANDBOX));
    rows.add(host("nested-host", "permissions: {nestedSandbox: true}", NESTED_SANDBOX));
    rows.add(image("run-from-data", RUN_FROM_OWN, DATA + OWN));
    rows.add(image("unix-sockets", "permissions: {unixSockets: true}", "socket-unix"));
    rows.add(
        image(
            "dbus", "permissions: {dbus: {talk: [org.example.Pump]}}", "dbus-system socket-unix"));
    rows.add(host("bluetooth", "permissions: {bluetooth: true}", "dbus-system socket-unix"));
    rows.add(image("reboot", "permissions: {reboot: true}", "agent-socket socket-unix"));
    rows.add(host("hostname", "permissions: {hostname: true}", "agent-socket socket-unix"));
    rows.add(image("clock", "permissions: {clock: true}", "agent-socket socket-unix"));
    // One that is a part of every kernel.
    rows.add(image("kernel-modules", "permissions: {kernelModules: [workqueue]}", ""));
    // Of a file system that the test's own preparation has mounted.
    rows.add(image("mounts", "permissions: {mounts: [{source: stick, mountPath: /data}]}", ""));
    rows.add(
        image(
            "read-logs",
            "permissions: {readLogs: [sandbar-nobody.service]}",
            "agent-socket socket-unix"));
    rows.add(
        image(
            "kernel-tuning",
            "permissions: {kernelTuning: [{name: net.core.somaxconn, value: 8192}]}",
            ""));
    rows.add(image("talk-to", "permissions: {talkTo: [nobody]}", "socket-unix"));
    rows.add(
        image(
            "accept-from",
            "permissions: {acceptFrom: [nobody]}",
            "socket-unix bind-every-family " + BIND_CALL + "listen-call"));
    rows.add(host("can-bus", "permissions: {canBus: true}", "socket-can " + BIND_CALL));
    rows.add(host("camera", "permissions: {camera: true}", "device-video0"));
    rows.add(image("tpm", "permissions: {tpm: true}", "device-tpmrm0"));
    rows.add(host("random", "permissions: {hardwareRandom: true}", "device-hwrng"));
    rows.add(image("gpio", "permissions: {gpio: true}", "device-gpiochip0"));
    rows.add(host("i2c", "permissions: {i2c: true}", "device-i2c-1"));
    rows.add(image("spi", "permissions: {spi: true}", "device-spidev0.0"));
    rows.add(host("gpu", "permissions: {gpu: true}", "device-dri-card0"));
    rows.add(image("audio", "permissions: {audio: true}", "device-snd-control"));
    rows.add(
        host(
            "device-read", "permissions: {devices: [{device: /dev/ttyS0, access: ReadOnly}]}", ""));
    rows.add(
        host(
            "device-write",
            "permissions: {devices: [{device: /dev/ttyS0, access: ReadWrite}]}",
            "device-serial"));
    rows.add(
        host("serial", "permissions: {serial: [{device: /dev/ttyUSB0}]}", "device-usb-serial"));
    rows.add(
        new Row(
            "named-local",
            "",
            ELSEWHERE,
            "permissions: {networkNamespace: plant, localNetwork: true}",
            words(any + LOCAL4 + "lan-multicast"),
            words("")));
    rows.add(
        new Row(
            "founding",
            "/usr/bin/probe",
            "",
            // What the first description of the project named, all at once on a closed app.
            """
            directives:
              RootImage: %s
              DynamicUser: "yes"
              NoNewPrivileges: "yes"
              PrivateNetwork: "yes"
              IPAddressDeny: any
              RestrictAddressFamilies: ~AF_PACKET
              RestrictNamespaces: "yes"
              ProtectKernelTunables: "yes"
              ProtectKernelModules: "yes"
              SystemCallFilter: "~@reboot ~@module ~@mount"
            """
                .formatted(Workbench.PROBE_IMAGE),
            words(""),
            words("")));
    rows.add(
        host(
            "raw-network",
            "permissions: {rawNetwork: true}",
            PRIVILEGE + BIND_CALL + "ambient-raise bind-every-family packet-send socket-packet"));
    rows.addAll(RawRows.of());
    if (suite != Suite.BOOKWORM) {
      // Debian 12's systemd cannot filter ports, whoever binds them: CapabilityTest shows that it
      // refuses them.
      rows.add(
          image(
              "async-io",
              "permissions: {asyncIO: true}",
              AttemptSets.URING.replace("io-uring-connect io-uring-bind", "map-locked shm-lock")));
      rows.add(
          image(
              "port-tcp",
              "permissions: {localNetwork: true, ports: [{name: web, port: 8088}]}",
              any + LOCAL + BIND_CALL + "listen-call bind-8088 bind-8088-v6 " + KNOWN_WITH_A_PORT));
      rows.add(
          image(
              "port-low",
              "permissions: {localNetwork: true, ports: [{port: 80}, {port: 53, protocol: UDP}]}",
              any
                  + LOCAL
                  + BIND_CALL
                  + PRIVILEGE
                  + "listen-call bind-80 bind-80-v6 bind-udp-53 "
                  + KNOWN_WITH_A_PORT));
    }
    if (suite == Suite.TRIXIE) {
      rows.addAll(moreClosed(any));
    }
    return rows;
  }

  private static List<Row> moreClosed(String any) {
    return List.of(
        host("run-from-data-host", RUN_FROM_OWN, DATA + OWN),
        image(
            "internet-elsewhere",
            "permissions: {internet: true, internetTo: [{cidr: 192.0.2.128/25}]}",
            any),
        image(
            "port-udp",
            "permissions: {localNetwork: true, ports: [{name: mdns, port: 5353, protocol: UDP}]}",
            any + LOCAL + BIND_CALL + "bind-udp-5353"),
        host(
            "port-picked",
            "permissions: {localNetwork: true, ports: [{port: 0, protocol: UDP}]}",
            any + LOCAL + BIND_CALL + "bind-every-family bind-udp-0 bind-udp-5353"),
        image(
            "port-range",
            "permissions: {localNetwork: true, ports: [{port: 80, endPort: 8090}]}",
            any
                + LOCAL
                + BIND_CALL
                + PRIVILEGE
                + "listen-call bind-80 bind-80-v6 bind-8088 bind-8088-v6 "
                + KNOWN_WITH_A_PORT),
        image(
            "serial-image", "permissions: {serial: [{device: /dev/ttyUSB0}]}", "device-usb-serial"),
        image(
            "calls-allow",
            "systemCalls: {allow: [ptrace, \"@resources\"]}",
            "ptrace-child ptrace-me " + SCHEDULING),
        new Row(
            "calls-deny",
            "",
            "",
            "systemCalls: {deny: [getrandom]}",
            words(""),
            words("getrandom")),
        new Row(
            "named-internet",
            "",
            ELSEWHERE,
            "permissions: {networkNamespace: plant, internet: true}",
            words(any + OUT4),
            words("")),
        new Row(
            "named-only",
            "",
            ELSEWHERE,
            "permissions: {networkNamespace: plant}",
            words(""),
            words("")),
        new Row(
            "named-directive",
            "",
            ELSEWHERE,
            "permissions: {localNetwork: true}\n"
                + "directives: {NetworkNamespacePath: /run/netns/plant}",
            words(any + LOCAL4 + "lan-multicast"),
            words("")),
        image(
            "without-families",
            "permissions: {internet: true}\n"
                + "directives: {RestrictAddressFamilies: ~AF_PACKET AF_INET6}",
            "socket-inet " + KNOWN_WITH_ANY_SOCKET + OUT4.replace("tcp4-mapped-out", "")),
        image(
            "without-addresses",
            "permissions: {internet: true}\ndirectives: {IPAddressDeny: 198.51.100.0/24}",
            any + OUT6),
        image(
            "only-addresses",
            "permissions: {internet: true}\n"
                + "directives: {IPAddressDeny: any, IPAddressAllow: \"2001:db8:77::/64\"}",
            any + OUT6),
        image("without-users", "directives: {RestrictNamespaces: ~user}", ""));
  }
}
