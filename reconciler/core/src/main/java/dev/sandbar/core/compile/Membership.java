package dev.sandbar.core.compile;

import dev.sandbar.core.catalog.Hardware;
import dev.sandbar.core.catalog.Sandbox;
import dev.sandbar.core.model.AppSpec;
import dev.sandbar.core.model.HardwareLinks;
import dev.sandbar.core.model.Location;
import dev.sandbar.core.model.Permission;
import dev.sandbar.core.model.Permissions;
import dev.sandbar.core.model.Permissions.Mount;
import dev.sandbar.core.model.Permissions.Request;
import dev.sandbar.core.model.Permissions.Value;
import dev.sandbar.core.model.Problem;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.regex.Pattern;

/**
 * The groups that an app needs to open the nodes and volumes it was granted. A right in the
 * cgroup's list and a place in the app's /dev are worth nothing without: the user of an app is
 * nobody's member.
 *
 * @param groups by name
 * @param because the permissions that need them
 * @param shares whether the app writes where other members of its groups do
 */
record Membership(SortedSet<String> groups, String because, boolean shares) {

  /**
   * Who is in one of them can become root, read what others keep secret, or change the device below
   * every sandbox.
   */
  private static final Set<String> NEVER =
      Set.of(
          "root",
          "disk",
          "kmem",
          "mem",
          "shadow",
          "sudo",
          "wheel",
          "admin",
          "adm",
          "sys",
          "bin",
          "daemon",
          "tty",
          "staff",
          "docker",
          "podman",
          "lxd",
          "incus",
          "libvirt",
          "systemd-journal",
          "systemd-network",
          "systemd-resolve",
          "messagebus",
          "ssl-cert",
          "nogroup",
          "nobody");

  private static final Pattern NAME = Pattern.compile("[A-Za-z_][A-Za-z0-9_.-]{0,31}");

  /** An app that runs as root opens everything. */
  static final Membership NONE = new Membership(new TreeSet<>(), "", false);

  Membership {
    groups = Collections.unmodifiableSortedSet(new TreeSet<>(groups));
  }

  static Membership of(AppSpec app, Sandbox.Files files, DeviceFacts facts, Complaints complaints) {
    var reader = new Reader(app.permissions(), facts, complaints);
    app.permissions()
        .requests()
        .forEach((permission, request) -> reader.nodes(permission, request, files));
    reader.volumes(files);
    if (SocketLines.any(app)) {
      reader.groups.add(SocketDirectory.GROUP);
      reader.because.addAll(SocketLines.because(app));
    }
    return new Membership(
        reader.groups, String.join(", ", reader.because), !reader.shared.isEmpty());
  }

  private static final class Reader {
    private final Permissions permissions;
    private final DeviceFacts facts;
    private final Complaints complaints;
    private final SortedSet<String> groups = new TreeSet<>();
    private final SortedSet<String> because = new TreeSet<>();
    private final SortedSet<String> shared = new TreeSet<>();

    Reader(Permissions permissions, DeviceFacts facts, Complaints complaints) {
      this.permissions = permissions;
      this.facts = facts;
      this.complaints = complaints;
    }

    void nodes(Permission permission, Request request, Sandbox.Files files) {
      var families = new TreeSet<String>();
      for (Permissions.DeviceNode node : Hardware.nodes(permission, request.value())) {
        boolean like = !families.add(NodeNames.family(node.path()));
        if (like
            && request.value() instanceof Value.Granted
            && !facts.owners().containsKey(node.path())) {
          continue; // Said of another one of its kind.
        }
        String what = "permissions.%s: %s".formatted(permission.key(), node.path());
        if (NodeNames.isFolder(node.path(), facts.owners())
            && NodeNames.classOf(node.path()).isEmpty()) {
          complaints.error(
              Problem.INVALID_VALUE,
              request.at(),
              what + " is a folder with devices of more than one kind",
              "name the nodes in it");
          continue;
        }
        boolean writable = files.devices().contains("w " + node.path());
        for (Owner owner : owners(permission, node)) {
          join(
              permission,
              request.at(),
              what,
              owner,
              owner.ofNode(writable),
              "give it a group of its own with a udev rule: KERNEL==\"%s\", GROUP=\"GROUP\", MODE=\"0660\""
                  .formatted(node.path().substring(node.path().lastIndexOf('/') + 1)));
        }
      }
    }

    /** A serial line of any name, which is not there yet, has the owner of all of them. */
    private List<Owner> owners(Permission permission, Permissions.DeviceNode node) {
      List<Owner> owners = NodeNames.owners(node.path(), facts.owners());
      return owners.isEmpty() && permission == Permission.SERIAL
          ? NodeNames.owners(HardwareLinks.SERIAL, facts.owners())
          : owners;
    }

    void volumes(Sandbox.Files files) {
      for (Mount mount : files.mounts().items()) {
        Location at = permissions.get(mount.permission()).map(Request::at).orElse(Location.NOWHERE);
        String path = MountUnit.source(mount, facts);
        Owner owner = facts.owners().get(path);
        if (owner == null) {
          continue;
        }
        String what =
            "permissions.%s: volume %s, %s"
                .formatted(mount.permission().key(), mount.source(), path);
        boolean joined =
            join(
                mount.permission(),
                at,
                what,
                owner,
                owner.ofDirectory(mount.writable()),
                "on the device: groupadd --system GROUP; chgrp GROUP %s; chmod 2770 %s"
                    .formatted(path, path));
        if (joined && mount.writable()) {
          shared.add(path);
          if (!owner.handsDown()) {
            complaints.warning(
                Problem.CANNOT_ENFORCE,
                at,
                what + " " + owner.shown() + ", so no other app can read what this one writes",
                "on the device: chmod g+s " + path);
          }
        }
      }
    }

    private boolean join(
        Permission permission,
        Location at,
        String what,
        Owner owner,
        Owner.Opener opener,
        String help) {
      return switch (opener) {
        case ANYBODY -> false;
        case ROOT -> {
          complaints.error(
              Problem.CANNOT_ENFORCE,
              at,
              what + " " + owner.shown() + ", so no app can open it so",
              help);
          yield false;
        }
        case GROUP -> {
          boolean fit = NAME.matcher(owner.group()).matches() && !NEVER.contains(owner.group());
          if (fit) {
            groups.add(owner.group());
            because.add(permission.key());
          } else {
            complaints.error(
                Problem.CANNOT_ENFORCE,
                at,
                what + " " + owner.shown() + ", and no app becomes a member of that group",
                help);
          }
          yield fit;
        }
      };
    }
  }
}
