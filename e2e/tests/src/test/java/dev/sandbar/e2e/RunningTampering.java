package dev.sandbar.e2e;

import java.util.List;

/** Tampering with what runs, past systemd. */
final class RunningTampering {

  /** A device without CAP_SYS_RESOURCE raises no limit of a process: there it is started so. */
  private static final String UNLIMITED =
      "prlimit --pid $P --core=unlimited:unlimited || { cp $F /tmp/unlimited; sed -i"
          + " s/^LimitCORE=.*/LimitCORE=infinity/ $F; systemctl daemon-reload; systemctl restart $U;"
          + " cp /tmp/unlimited $F; systemctl daemon-reload; }";

  private static final String PORT = ", permissions: {localNetwork: true, ports: [{port: 8080}]}";

  static final List<Tampering> ALL =
      List.of(
          new Tampering(
              "started-bare",
              true,
              "cp $F /tmp/bare; printf '[Service]\\n"
                  + "ExecStart=/usr/bin/sleep infinity\\n"
                  + "Slice=sandbar.slice\\n"
                  + "' >$F; systemctl daemon-reload; systemctl restart $U; cp /tmp/bare $F;"
                  + " systemctl daemon-reload",
              "PROCESS Seccomp: 0 in process .*, declared 2"),
          new Tampering(
              "started-older",
              false,
              "cp $F /tmp/older; sed -i s/SANDBAR_GENERATION=[0-9a-f]*/SANDBAR_GENERATION=00/ $F;"
                  + " systemctl daemon-reload; systemctl restart $U; cp /tmp/older $F; systemctl"
                  + " daemon-reload",
              "PROCESS SANDBAR_GENERATION: .*was started with.*"),
          new Tampering(
              "started-looser",
              true,
              "cp $F /tmp/looser; sed -i /^SystemCallFilter=/d $F; systemctl daemon-reload;"
                  + " systemctl restart $U; cp /tmp/looser $F; systemctl daemon-reload",
              "PROCESS SystemCallFilter: lets through .*"),
          new Tampering(
              "started-with-namespaces",
              false,
              "cp $F /tmp/namespaces; sed -i /^RestrictNamespaces=/d $F; systemctl daemon-reload;"
                  + " systemctl restart $U; cp /tmp/namespaces $F; systemctl daemon-reload",
              "PROCESS RestrictNamespaces: lets through .*"),
          new Tampering(
              "intruded",
              true,
              "sleep infinity >/dev/null 2>&1 & echo $! >/sys/fs/cgroup$(systemctl show --value -p"
                  + " ControlGroup $U)/cgroup.procs",
              "PROCESS foreign process: .*sleep.*, declared in the sandbox"),
          new Tampering(
              "joined-by-its-like",
              true,
              "sed -e /Install/,\\$d $F >/run/systemd/system/like-$U; systemctl daemon-reload;"
                  + " systemctl start like-$U; rm /run/systemd/system/like-$U; systemctl show"
                  + " --value -p MainPID like-$U >/sys/fs/cgroup$G/cgroup.procs",
              "PROCESS foreign process: .* in other namespaces, declared in the sandbox"),
          new Tampering(
              "home-shown", true, "$IN umount -l /home", "PROCESS ProtectHome: /home not hidden.*"),
          new Tampering(
              "root-writable",
              true,
              "$IN mount -o remount,bind,rw /",
              "PROCESS ProtectSystem: .*not read-only.*"),
          new Tampering(
              "programs-writable",
              false,
              "$IN mount -o remount,bind,rw /usr",
              "PROCESS BindReadOnlyPaths: .*/usr.* not bound, read-only.*"),
          new Tampering(
              "any-executable",
              false,
              "$IN mount -o remount,bind,exec /",
              "PROCESS NoExecPaths: / not noexec.*"),
          new Tampering(
              "tunable",
              false,
              "$IN umount -l /proc; $IN mount -o remount,bind,rw /proc/sys",
              "PROCESS ProtectKernelTunables: .*"),
          new Tampering(
              "processes-shown",
              true,
              "$IN mount -o remount,hidepid=0 /proc",
              "PROCESS ProtectProc: .*"),
          new Tampering(
              "cgroups-writable",
              false,
              "$IN mount -o remount,bind,rw /sys/fs/cgroup",
              "PROCESS ProtectControlGroups: /sys/fs/cgroup not read-only.*"),
          new Tampering(
              "tmp-shared", false, "$IN umount -l /tmp", "PROCESS PrivateTmp: /tmp not its own.*"),
          new Tampering(
              "run-shared",
              false,
              "$IN umount -l /run",
              "PROCESS TemporaryFileSystem: /run not tmpfs.*"),
          new Tampering(
              "devices-shared",
              false,
              "$IN umount -l /dev",
              "PROCESS PrivateDevices: /dev not its own.*"),
          new Tampering(
              "bound-into",
              true,
              "$IN mount --bind /etc /mnt",
              "PROCESS foreign mount: /mnt \\(/etc\\), declared none"),
          new Tampering(
              "bound-by-manager",
              false,
              "systemctl bind --mkdir $U /etc /srv",
              "PROCESS foreign mount: /srv \\(/etc\\), declared none"),
          new Tampering(
              "covered",
              false,
              "$IN mount -t tmpfs none /usr/share",
              "PROCESS foreign mount: /usr/share \\(tmpfs .*\\), declared none"),
          new Tampering(
              "opened-below",
              false,
              "$IN mount --bind /usr/share /usr/share; $IN mount -o remount,bind,rw /usr/share",
              "PROCESS foreign mount: /usr/share \\(writable\\), declared none"),
          new Tampering(
              "moved",
              true,
              "mkdir -p /sys/fs/cgroup/elsewhere; echo $P >/sys/fs/cgroup/elsewhere/cgroup.procs",
              "PROCESS main process: process .* is in another one, declared in its cgroup"),
          new Tampering(
              "frozen",
              true,
              "echo 1 >/sys/fs/cgroup$G/cgroup.freeze",
              "PROCESS frozen: yes, declared no"),
          new Tampering(
              "frozen-by-manager",
              false,
              "systemctl freeze $U",
              "PROCESS frozen: yes, declared no"),
          new Tampering(
              "image-swapped",
              true,
              "cp /srv/images/other $I.new; mv $I.new $I",
              "IMAGE RootImage: .*"),
          new Tampering(
              "image-overwritten",
              false,
              "chmod u+w $I; printf evil | dd of=$I bs=1 seek=5000 conv=notrunc status=none; chmod"
                  + " u-w $I",
              "IMAGE RootImage: .*"),
          new Tampering(
              "unlimited", true, UNLIMITED, "PROCESS LimitCORE: at most infinity in process .*"),
          new Tampering(
              "spared-by-oom",
              false,
              "echo 0 >/proc/$P/oom_score_adj",
              "PROCESS OOMScoreAdjust: oom_score_adj 0 in process .*",
              ", directives: {OOMScoreAdjust: '500'}"),
          new Tampering(
              "stopped-by-signal",
              true,
              "kill -STOP $P",
              "PROCESS stopped: process .* was stopped by a signal, declared no"),
          new Tampering(
              "entered",
              true,
              "nsenter -t $P -m -n sleep infinity >/dev/null 2>&1 & echo $! >/tmp/entered",
              "PROCESS process from outside: .* \\(sleep\\) entered its namespaces; .* end it with 'kill .*",
              "",
              "kill $(cat /tmp/entered)"),
          new Tampering(
              "filter-detached",
              true,
              "$BPF detach /sys/fs/cgroup$G 1",
              "PROCESS BPF EGRESS: not attached, declared attached"),
          new Tampering(
              "filter-replaced",
              false,
              "$BPF detach /sys/fs/cgroup$G 1; $BPF attach /sys/fs/cgroup$G 1 8 evil",
              "PROCESS foreign BPF program: EGRESS evil, declared none"),
          new Tampering(
              "filter-forged",
              true,
              "$BPF detach /sys/fs/cgroup$G 1; $BPF attach /sys/fs/cgroup$G 1 8 sd_fw_egress",
              "PROCESS BPF EGRESS: lets packets of .* through, .*"),
          new Tampering(
              "filter-added",
              false,
              "$BPF attach /sys/fs/cgroup$G 10 18 evil",
              "PROCESS foreign BPF program: CONNECT4 evil, declared none"),
          new Tampering(
              "filter-opened",
              true,
              "$BPF allow /sys/fs/cgroup$G 1 192.0.2.0 24",
              "PROCESS BPF EGRESS: lets packets of 192.0.2.0, .* through, .*",
              ", permissions: {internet: true, internetTo: [{cidr: 203.0.113.0/24}]}"),
          new Tampering(
              "devices-opened",
              false,
              "$BPF detach /sys/fs/cgroup$G 6",
              "PROCESS BPF DEVICE: not attached, declared attached"),
          new Tampering(
              "devices-forged",
              true,
              "$BPF detach /sys/fs/cgroup$G 6; $BPF attach /sys/fs/cgroup$G 6 15 sd_devices",
              "PROCESS BPF DEVICE: lets through .*"),
          new Tampering(
              "port-changed",
              false,
              "$BPF rule /sys/fs/cgroup$G 8 sd_bind_allow 0 0 6 100 8080",
              "PROCESS BPF BIND4: lets through tcp:8081, .*",
              PORT),
          new Tampering(
              "port-added",
              false,
              "$BPF rule /sys/fs/cgroup$G 9 sd_bind_allow 0 10 17 1 5353",
              "PROCESS BPF BIND6: lets through udp:5353, .*",
              ", mode: Open, permissions: {ports: false}"),
          new Tampering(
              "port-forged",
              false,
              "$BPF replace /sys/fs/cgroup$G 8 18 sd_bind4",
              "PROCESS BPF BIND4: lets through tcp:0, .*",
              PORT),
          new Tampering("image-renamed", false, "mv $I /tmp/renamed", "IMAGE RootImage: .*"));

  private RunningTampering() {}
}
