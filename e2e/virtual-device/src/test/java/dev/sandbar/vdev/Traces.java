package dev.sandbar.vdev;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * What a device and its network have on this machine, by things that are theirs alone: other
 * devices may come and go meanwhile.
 */
final class Traces {
  private final List<Path> files = new ArrayList<>();
  private final List<String> words = new ArrayList<>();
  private final List<String> namespaces = new ArrayList<>();
  private final String disk;

  private Traces(VirtualDevice device) {
    DevicePlaces places = DevicePlaces.ofThisMachine();
    add(places, DevicePlaces.Kind.DEVICE, device.id(), device.pid());
    files.add(places.disks().resolve(device.id()));
    disk =
        Launcher.readLine(
            places.entries(DevicePlaces.Kind.DEVICE).resolve(device.id()).resolve("dev"));
  }

  static Traces of(VirtualDevice device) {
    return new Traces(device);
  }

  static Traces of(VirtualDevice device, VirtualNetwork network) {
    var traces = new Traces(device);
    traces.add(
        DevicePlaces.ofThisMachine(), DevicePlaces.Kind.NETWORK, network.id(), network.pid());
    return traces;
  }

  private void add(DevicePlaces places, DevicePlaces.Kind kind, String id, long pid) {
    files.add(places.entries(kind).resolve(id));
    files.add(places.cgroupOf(kind, id));
    words.add(id);
    try {
      String link = Files.readSymbolicLink(Path.of("/proc/" + pid + "/ns/net")).toString();
      namespaces.add(link.replaceAll("\\D", ""));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Returns what is there now: files, cgroups, processes, mounts, namespaces, loop devices. */
  List<String> left() {
    var left = new ArrayList<String>();
    files.stream().filter(Files::exists).map(Path::toString).forEach(left::add);
    String table = output("sh", "-c", "cat /proc/[0-9]*/mounts 2>/dev/null | sort -u");
    String processes =
        output("sh", "-c", "cat /proc/[0-9]*/environ 2>/dev/null | tr '\\0' '\\n' | grep VD_STATE");
    for (String word : words) {
      table.lines().filter(line -> line.contains(word)).map("mount: "::concat).forEach(left::add);
      processes
          .lines()
          .filter(line -> line.endsWith("/" + word))
          .map("process: "::concat)
          .forEach(left::add);
    }
    String net = output("lsns", "--noheadings", "--output", "NS");
    namespaces.stream()
        .filter(number -> net.lines().anyMatch(line -> line.strip().equals(number)))
        .map("network namespace: "::concat)
        .forEach(left::add);
    output("losetup", "--list", "--noheadings", "--output", "NAME,BACK-MAJ:MIN")
        .lines()
        .filter(line -> line.strip().endsWith(" " + disk))
        .map("loop device: "::concat)
        .forEach(left::add);
    return left;
  }

  private static String output(String... argv) {
    return Commands.run(
            List.of(argv),
            Map.of(),
            InputStream.nullInputStream(),
            Commands.LIMIT,
            Duration.ofSeconds(20))
        .text()
        .stdout();
  }
}
