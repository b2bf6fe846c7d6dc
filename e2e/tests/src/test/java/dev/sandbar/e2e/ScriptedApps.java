package dev.sandbar.e2e;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Apps of {@link PermissionTest} that say by themselves what they could do with nodes, volumes and
 * name servers that only a device as a whole has, and what the device needs for them.
 */
final class ScriptedApps {

  /**
   * Nodes are the loop control device under other names: it can be opened on every kernel. The
   * services at port 53 answer at the addresses of name servers alone, that at 8099 at all.
   */
  static final String PREPARATION =
      """
      echo plc:x:951: >>/etc/group; grep -q ^input: /etc/group || echo input:x:952: >>/etc/group
      mkdir -p /srv/shared /dev/serial/by-id /dev/input
      chgrp plc /srv/shared
      chmod 2770 /srv/shared
      rm -f /dev/plc* /dev/other0 /dev/serial/by-id/usb-Acme /dev/input/event9
      mknod -m 660 /dev/plc0 c 10 237
      chgrp plc /dev/plc0
      mknod -m 660 /dev/other0 c 10 237
      chgrp disk /dev/other0
      mknod -m 660 /dev/input/event9 c 13 250
      chgrp input /dev/input/event9
      ln -s ../../ttyUSB0 /dev/serial/by-id/usb-Acme
      ip address add 10.8.8.8/32 dev lo
      printf 'nameserver 127.0.0.53\\nnameserver 10.8.8.8\\n' >/etc/resolv.conf
      cat >/usr/local/bin/answer <<'END'
      use Socket;
      $| = 1;
      for my $at ('127.0.0.53 53', '10.8.8.8 53', '0.0.0.0 8099') {
        my ($host, $port) = split / /, $at;
        for my $type (SOCK_STREAM, SOCK_DGRAM) {
          next if fork;
          socket(my $s, PF_INET, $type, 0) or die;
          bind($s, sockaddr_in($port, inet_aton($host))) or die "bind $at: $!";
          if ($type == SOCK_STREAM) {
            listen($s, 9) or die;
            while (accept(my $c, $s)) { print "tcp $port\\n"; }
          }
          while (my $from = recv($s, my $text, 9, 0)) { print "udp $port\\n"; send($s, $text, 0, $from); }
          exit;
        }
      }
      sleep 100000;
      END
      cat >/usr/local/bin/ask <<'END'
      use Socket;
      $| = 1;
      for my $host ('127.0.0.53', '10.8.8.8', '10.8.8.9') { for my $port (53, 8099) {
        for my $type (SOCK_STREAM, SOCK_DGRAM) {
          my $to = sockaddr_in($port, inet_aton($host));
          my $done = eval {
            local $SIG{ALRM} = sub { die };
            alarm 1;
            socket(my $s, PF_INET, $type, 0) or die;
            if ($type == SOCK_STREAM) { connect($s, $to) or die; }
            else { send($s, 'x', 0, $to) or die; recv($s, my $text, 9, 0); length $text or die; }
            1
          };
          alarm 0;
          print $type == SOCK_STREAM ? 'tcp' : 'udp', " $host $port ", $done ? 'OPEN' : 'SHUT', "\\n";
        }
      } }
      print "END\\n";
      sleep 1000000;
      END
      systemd-run --quiet --unit=answer /usr/bin/perl /usr/local/bin/answer
      """;

  private static final String TRY =
      "for n in %s; do if (exec 3<>$n) 2>/tmp/e; then echo OPEN $n; else echo SHUT $n $(cat"
          + " /tmp/e); fi; done; echo END; exec sleep infinity";

  /** Root and without a network in namespaces of its own, with files where none may be seen. */
  private static final String INSIDE =
      "unshare --user --map-root-user --mount --pid --fork --net --ipc --uts --mount-proc /bin/sh -c '"
          + "mount -t tmpfs none /mnt && mkdir /mnt/usr /mnt/boot && mount --rbind /usr /mnt/usr && ln -s"
          + " usr/bin usr/lib usr/lib64 /mnt && exec chroot /mnt /bin/sh -c \"echo x >/boot/x && echo INSIDE"
          + " $$; exec sleep infinity\"'";

  private ScriptedApps() {}

  /** Manifests by name. */
  static Map<String, String> all() {
    var apps = new LinkedHashMap<String, String>();
    apps.put(
        "nodes",
        shell(
            "nodes",
            TRY.formatted("/dev/plc0 /dev/serial/by-id/usb-Acme /dev/input/event9 /dev/ttyUSB0"),
            """
            devices:
              - {device: /dev/plc0, access: ReadWrite}
              - {device: /dev/input, access: ReadWrite}
            serial: [{device: /dev/serial/by-id/usb-Acme}]
            """));
    apps.put(
        "late-node",
        shell(
            "late-node",
            TRY.formatted("/dev/plc7"),
            "devices: [{device: /dev/plc7, access: ReadWrite}]"));
    for (String one : new String[] {"a", "b"}) {
      String other = one.equals("a") ? "b" : "a";
      apps.put(
          "share-" + one,
          shell(
                  "share-" + one,
                  "echo from %s >/shared/%s; until grep -q from /shared/%s; do sleep 0.2; done; echo seen by %s >>/shared/%s && echo WROTE; exec sleep infinity"
                      .formatted(one, one, other, one, other),
                  "storage: [{source: shared, mountPath: /mnt, access: ReadWrite}]")
              .replace("/shared/", "/mnt/"));
    }
    apps.put("inside", shell("inside", INSIDE.replace("\"", "\\\""), "nestedSandbox: true"));
    apps.put(
        "names",
        Workbench.manifest(
            "names",
            "run: {command: [/usr/bin/perl, /usr/local/bin/ask]}\n"
                + "  permissions: {internet: true}"));
    return apps;
  }

  private static String shell(String name, String script, String permissions) {
    return Workbench.manifest(
        name,
        "run: {command: [/bin/sh, -c, \"%s\"]}\n  permissions:\n".formatted(script)
            + permissions.indent(4));
  }
}
