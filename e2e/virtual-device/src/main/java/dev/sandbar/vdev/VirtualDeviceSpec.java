package dev.sandbar.vdev;

import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** What a device is, apart from whether it runs: enough to boot it again from another process. */
record VirtualDeviceSpec(
    String id,
    String name,
    Suite suite,
    DeviceRoots.Root root,
    List<Bind> binds,
    VirtualNetwork.@Nullable Link link,
    boolean hotplug,
    Instant since) {

  /** A file or directory of this machine that the device sees read-only. */
  record Bind(Path from, String to) {
    Bind {
      check(from.toString());
      check(to);
      if (!to.startsWith("/")) {
        throw new VirtualDeviceException("not an absolute path in a device: " + to);
      }
    }

    private static void check(String path) {
      if (path.chars().anyMatch(c -> c < ' ' || c == 127)) {
        throw new VirtualDeviceException("control character in the path " + path);
      }
    }
  }

  Map<String, String> store() {
    var values = new HashMap<String, String>();
    values.put("name", name);
    values.put("suite", suite.name());
    values.put("tree", root.tree().toString());
    values.put("nodes", root.nodes().toString());
    values.put("binds", bindLines());
    values.put("hotplug", Boolean.toString(hotplug));
    values.put("since", since.toString());
    if (link != null) {
      values.put("link", link.toString());
    }
    return values;
  }

  static VirtualDeviceSpec load(String id, Map<String, String> values) {
    var binds = new ArrayList<Bind>();
    values
        .getOrDefault("binds", "")
        .lines()
        .map(line -> line.split("\t", -1))
        .forEach(part -> binds.add(new Bind(Path.of(part[0]), part[1])));
    return new VirtualDeviceSpec(
        id,
        value(id, values, "name"),
        Suite.valueOf(value(id, values, "suite")),
        new DeviceRoots.Root(
            Path.of(value(id, values, "tree")), Path.of(value(id, values, "nodes"))),
        List.copyOf(binds),
        VirtualNetwork.Link.parse(values.getOrDefault("link", "")).orElse(null),
        Boolean.parseBoolean(values.getOrDefault("hotplug", "false")),
        Instant.parse(value(id, values, "since")));
  }

  private static String value(String id, Map<String, String> values, String key) {
    String value = values.get(key);
    if (value == null) {
      throw new VirtualDeviceException("the entry of device " + id + " lacks its " + key);
    }
    return value;
  }

  String bindLines() {
    return binds.stream()
        .map(bind -> bind.from() + "\t" + bind.to() + "\n")
        .collect(Collectors.joining());
  }
}
