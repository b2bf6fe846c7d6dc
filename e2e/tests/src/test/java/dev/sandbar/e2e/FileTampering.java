package dev.sandbar.e2e;

import java.util.List;

/** Tampering with what systemd reads, has loaded, or does with a unit. */
final class FileTampering {

  private static final String OPEN = "printf '[Service]\\nIPAddressAllow=any\\n' >";

  static final List<Tampering> ALL =
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
              "replaced-by-older",
              false,
              "sed s/PrivateDevices=yes/PrivateDevices=no/ $F >$F.new; chmod 600 $F.new; touch -d 2001-01-01 $F.new; mv $F.new $F",
              "FILE /etc/systemd/system/sandbar-replaced-by-older.service: sha256.*"),
          new Tampering(
              "drop-in-transient",
              false,
              "mkdir -p /run/systemd/transient/$U.d; "
                  + OPEN
                  + "/run/systemd/transient/$U.d/x.conf",
              "FILE /run/systemd/transient/.*/x.conf: .*"),
          new Tampering(
              "drop-in-of-a-package",
              true,
              "mkdir -p /usr/lib/systemd/system/$U.d; echo '# nothing' >/usr/lib/systemd/system/$U.d/x.conf",
              "FILE /usr/lib/systemd/system/.*/x.conf: .* that Sandbar does not remove: remove the file, then run 'systemctl daemon-reload'.*",
              "",
              "rm /usr/lib/systemd/system/$U.d/x.conf; systemctl daemon-reload"),
          new Tampering(
              "drop-in-generated",
              false,
              generating(1),
              "FILE /run/systemd/generator/.*/x.conf: .* remove what generates it, .*",
              "",
              "rm /run/systemd/system-generators/$U; systemctl daemon-reload"),
          new Tampering(
              "drop-in-generated-early",
              false,
              generating(2),
              "FILE /run/systemd/generator.early/.*/x.conf: .* remove what generates it, .*",
              "",
              "rm /run/systemd/system-generators/$U; systemctl daemon-reload"),
          new Tampering(
              "drop-in-generated-late",
              false,
              generating(3),
              "FILE /run/systemd/generator.late/.*/x.conf: .* remove what generates it, .*",
              "",
              "rm /run/systemd/system-generators/$U; systemctl daemon-reload"),
          new Tampering(
              "shadow-below",
              false,
              "sed s/NoNewPrivileges=yes// $F >/run/systemd/system/$U",
              "FILE /run/systemd/system/sandbar-shadow-below.service: a foreign unit file, .*"),
          new Tampering(
              "readable",
              true,
              "chmod 644 $F",
              "FILE /etc/systemd/system/sandbar-readable.service: mode 0644, owner 0:0, declared mode 0600, owner 0:0"),
          new Tampering(
              "owned",
              false,
              "chown 65534 $F",
              "FILE /etc/systemd/system/sandbar-owned.service: mode 0600, owner 65534:0, .*"),
          new Tampering(
              "alias",
              true,
              "ln -s $U /etc/systemd/system/other-name.service; mkdir -p /run/systemd/system/other-name.service.d; "
                  + OPEN
                  + "/run/systemd/system/other-name.service.d/x.conf; systemctl daemon-reload",
              "FILE /etc/systemd/system/other-name.service: a link that gives the unit another name, declared \\(none\\)"),
          new Tampering(
              "wanted-elsewhere",
              true,
              "ln -s $F /etc/systemd/system/multi-user.target.wants/$U",
              "FILE .*/multi-user.target.wants/sandbar-wanted-elsewhere.service: a link that starts the unit from elsewhere, .*"),
          new Tampering(
              "requiring",
              false,
              "mkdir $F.requires; ln -s /usr/lib/systemd/system/systemd-tmpfiles-clean.service $F.requires/; systemctl daemon-reload",
              "FILE .*/sandbar-requiring.service.requires/systemd-tmpfiles-clean.service: a link that starts another unit with it, .*"),
          new Tampering(
              "preset",
              false,
              "mkdir -p /run/systemd/system-preset; echo disable $U >/run/systemd/system-preset/00-x.preset; systemctl preset $U",
              "STATE UnitFileState: disabled, declared enabled"),
          new Tampering(
              "renamed",
              false,
              "mv $F /etc/systemd/system/other-file.service",
              "FILE /etc/systemd/system/sandbar-renamed.service: missing.*"),
          new Tampering(
              "limits-by-default",
              false,
              "mkdir -p /run/systemd/system.conf.d; printf '[Manager]\\nDefaultLimitCORE=infinity\\n' >/run/systemd/system.conf.d/x.conf; systemctl daemon-reload",
              ""));

  private FileTampering() {}

  /** Makes a generator that writes a drop-in to the directory of that argument. */
  private static String generating(int argument) {
    return """
        D=/run/systemd/system-generators; mkdir -p $D
        printf '#!/bin/sh\\nmkdir -p $%d/%%s.d; echo "# nothing" >$%d/%%s.d/x.conf\\n' $U $U >$D/$U
        chmod +x $D/$U; systemctl daemon-reload
        """
        .formatted(argument, argument);
  }
}
