package dev.sandbar.e2e;

import java.util.List;

/**
 * One tampering, with an app of its own.
 *
 * @param everywhere whether it is tried on every version of systemd
 * @param script what the attacker runs; U is the unit, F its file, I its image in the store, P its
 *     main process, G its control group, IN runs a command in its mounts
 * @param drift what must be reported; empty if nothing may be
 * @param spec more of the app's spec, in the flow style of YAML
 */
record Tampering(String app, boolean everywhere, String script, String drift, String spec) {

  Tampering(String app, boolean everywhere, String script, String drift) {
    this(app, everywhere, script, drift, "");
  }

  boolean hasImage() {
    return app.startsWith("image-");
  }

  private static final String OPEN = "printf '[Service]\\nIPAddressAllow=any\\n' >";

  static final List<Tampering> ZOO =
      List.of(
          new Tampering(
              "edited",
              true,
              "echo '#' >>$F",
              "FILE /etc/systemd/system/sandbar-edited.service: sha256.*"),
          new Tampering(
              "edited-quietly",
              false,
              "touch -r $F /tmp/then; sed -i s/PrivateDevices=yes/PrivateDevices=no/ $F; touch -r"
                  + " /tmp/then $F",
              "FILE /etc/systemd/system/sandbar-edited-quietly.service: sha256.*"),
          new Tampering("touched", false, "touch $F", ""),
          new Tampering(
              "drop-in",
              true,
              "mkdir $F.d; " + OPEN + "$F.d/10-x.conf",
              "FILE .*/sandbar-drop-in.service.d/10-x.conf: .*"),
          new Tampering(
              "drop-in-for-some",
              false,
              "mkdir -p /etc/systemd/system/sandbar-drop-in-for-.service.d; "
                  + OPEN
                  + "/etc/systemd/system/sandbar-drop-in-for-.service.d/x.conf",
              "FILE .*/sandbar-drop-in-for-.service.d/x.conf: .*"),
          new Tampering(
              "drop-in-in-run",
              false,
              "mkdir -p /run/systemd/system/$U.d; " + OPEN + "/run/systemd/system/$U.d/x.conf",
              "FILE /run/systemd/system/.*/x.conf: .*"),
          new Tampering(
              "drop-in-control",
              false,
              "mkdir -p /etc/systemd/system.control/$U.d; "
                  + OPEN
                  + "/etc/systemd/system.control/$U.d/x.conf",
              "FILE /etc/systemd/system.control/.*/x.conf: .*"),
          new Tampering(
              "drop-in-run-control",
              false,
              "mkdir -p /run/systemd/system.control/$U.d; "
                  + OPEN
                  + "/run/systemd/system.control/$U.d/x.conf",
              "FILE /run/systemd/system.control/.*/x.conf: .*"),
          new Tampering(
              "drop-in-attached",
              false,
              "mkdir -p /etc/systemd/system.attached/$U.d; "
                  + OPEN
                  + "/etc/systemd/system.attached/$U.d/x.conf",
              "FILE /etc/systemd/system.attached/.*/x.conf: .*"),
          new Tampering(
              "behind-a-link",
              false,
              "mkdir -p /opt/behind; mv $F /opt/behind/; ln -s /opt/behind/$U $F",
              "FILE /etc/systemd/system/sandbar-behind-a-link.service: .*"),
          new Tampering(
              "emptied", true, ": >$F", "FILE /etc/systemd/system/sandbar-emptied.service: .*"),
          new Tampering(
              "linked",
              true,
              "mkdir -p /opt/linked; " + OPEN + "/opt/linked/x.conf; ln -s /opt/linked $F.d",
              "FILE /etc/systemd/system/sandbar-linked.service.d: a link to drop-ins in"
                  + " /opt/linked.*"),
          new Tampering(
              "shadowed",
              false,
              "mkdir -p /etc/systemd/system.control; sed s/NoNewPrivileges=yes// $F"
                  + " >/etc/systemd/system.control/$U",
              "FILE /etc/systemd/system.control/sandbar-shadowed.service: .*"),
          new Tampering(
              "deleted",
              true,
              "rm $F",
              "FILE /etc/systemd/system/sandbar-deleted.service: missing.*"),
          new Tampering(
              "unlinked",
              false,
              "rm /etc/systemd/system/sandbar.target.wants/$U",
              "STATE UnitFileState: disabled, declared enabled"),
          new Tampering(
              "disabled",
              false,
              "systemctl disable $U",
              "STATE UnitFileState: disabled, declared enabled"),
          new Tampering(
              "masked",
              true,
              "ln -sf /dev/null $F; systemctl daemon-reload",
              "FILE .*masks the unit.*"),
          new Tampering(
              "masked-above",
              false,
              "mkdir -p /etc/systemd/system.control; ln -s /dev/null"
                  + " /etc/systemd/system.control/$U; systemctl daemon-reload",
              "MANAGER LoadState: masked, declared loaded"),
          new Tampering(
              "stopped", true, "systemctl stop $U", "STATE ActiveState: inactive, declared active"),
          new Tampering("killed", true, "systemctl kill --signal KILL $U", ""),
          new Tampering(
              "failed",
              true,
              "systemctl kill --signal KILL $U",
              "STATE ActiveState: failed \\(signal, status 9\\), declared active",
              ", directives: {Restart: 'no'}"),
          new Tampering(
              "set-property",
              true,
              "systemctl set-property $U IPAddressAllow=any",
              "MANAGER IPAddressAllow: .*"),
          new Tampering(
              "set-for-now",
              false,
              "systemctl set-property --runtime $U 'DeviceAllow=/dev/full rw'",
              "MANAGER DeviceAllow: .*"),
          new Tampering(
              "weighed", true, "systemctl set-property $U CPUWeight=7", "MANAGER CPUWeight: .*7.*"),
          new Tampering(
              "nothing-denied",
              false,
              "systemctl set-property --runtime $U IPAddressDeny=",
              "MANAGER IPAddressDeny: .*"),
          new Tampering(
              "reloaded",
              false,
              "sed -i s/KeyringMode=private/KeyringMode=shared/ $F; systemctl daemon-reload",
              "MANAGER KeyringMode: shared, declared private"),
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
              "IMAGE RootImage: .*"));
}
