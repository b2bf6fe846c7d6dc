package dev.sandbar.schema;

import dev.sandbar.core.model.Permission;
import dev.sandbar.core.model.ValueTables;
import java.util.Map;

/**
 * The rules of the admission policy for volumes: directories, and file systems that are mounted.
 */
final class VolumeRules {

  /** Where an app sees volumes of either kind. */
  static final String PLACED = "variables.placed";

  private VolumeRules() {}

  static void variables(Map<String, String> variables) {
    variables.put("placed", "variables.storage + variables.mounts");
  }

  static void add(Map<String, String> rules) {
    entries(rules, Permission.STORAGE, "volumes", "mountPaths", "mountPoints");
    entries(rules, Permission.MOUNTS, "mountedVolumes", "mountsPaths", "mountsPoints");
    rules.put(
        "mountsInOpenMode",
        ClosedOnlyRules.rule(
            Permission.MOUNTS.key(), "variables.mounts.size() > 0", "does it itself"));
    rules.put(
        "sameMountPoint",
        PolicyRules.conflict(
            ("%1$s.exists(a, a.mountPath.size() < %2$d && %1$s.filter(b,"
                    + " b.mountPath == a.mountPath).size() > 1)")
                .formatted(PLACED, PolicyRules.LONG),
            "two entries of storage or mounts use the same mountPath: give each entry a mountPath of"
                + " its own"));
    rules.put(
        "nestedMountPoints",
        PolicyRules.conflict(
            ("%1$s.exists(a, a.mountPath.size() < %2$d && %1$s.exists(b,"
                    + " b.mountPath.size() < a.mountPath.size() && a.mountPath.startsWith(b.mountPath +"
                    + " '/')))")
                .formatted(PLACED, PolicyRules.LONG),
            "an entry of storage or mounts mounts inside another volume: give each entry a mountPath"
                + " outside of the others"));
  }

  private static void entries(
      Map<String, String> rules, Permission permission, String names, String paths, String places) {
    rules.put(
        names,
        PolicyRules.each(
            permission.key(),
            "!" + Cel.matches("i.source", Cel.NAME),
            "source",
            "is not the name of a volume: write the name of a volume of /etc/sandbar/agent.yaml,"
                + " not a path"));
    rules.put(
        paths,
        PolicyRules.each(
            permission.key(),
            "!"
                + Cel.matches("i.mountPath", Cel.PATH)
                + " || !"
                + Cel.matches("i.mountPath", Cel.SAFE),
            "mountPath",
            "is not an absolute path without '.', '..' and double slashes"));
    rules.put(
        places,
        PolicyRules.each(
            permission.key(),
            "i.mountPath in %s || %s.exists(f, i.mountPath == f || i.mountPath.startsWith(f + '/')) || %s.exists(f, i.mountPath.startsWith(f)) || i.mountPath.contains(':')"
                .formatted(
                    Cel.list(ValueTables.reservedPaths()),
                    Cel.list(ValueTables.reservedTrees()),
                    Cel.list(ValueTables.reservedPrefixes())),
            "mountPath",
            "is reserved, or holds a colon: use for example /data"));
  }
}
