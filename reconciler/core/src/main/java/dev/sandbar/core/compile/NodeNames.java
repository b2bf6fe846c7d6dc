package dev.sandbar.core.compile;

import dev.sandbar.core.model.HardwareLinks;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * Device nodes by family: udev gives all nodes of a kind to one group, and a node that is plugged
 * in later is like those that are there.
 */
public final class NodeNames {

  private static final Pattern NUMBER = Pattern.compile("[0-9]+");

  /** Links that udev makes, by folder, and what they lead to. */
  private static final Map<String, String> LINKS =
      Map.of(
          "/dev/serial/",
          "/dev/ttyUSB#",
          HardwareLinks.SERIAL,
          "/dev/ttyUSB#",
          HardwareLinks.USB,
          HardwareLinks.BUS + "/#/#",
          "/dev/v4l/",
          "/dev/video#",
          "/dev/dri/by-path/",
          "/dev/dri/card#",
          "/dev/input/by-id/",
          "/dev/input/event#",
          "/dev/input/by-path/",
          "/dev/input/event#");

  /**
   * Folders that hold all nodes of one class, and the class as systemd names it: a folder has no
   * device number of its own.
   */
  private static final Map<String, String> CLASSES =
      Map.of(
          "/dev/dri", "char-drm",
          "/dev/snd", "char-alsa",
          "/dev/input", "char-input",
          "/dev/bus/usb", "char-usb_device",
          "/dev/dvb", "char-DVB");

  /** The group of all USB devices, which the rules of Sandbar give them. */
  static final String USB_GROUP = "sandbar-usb";

  /** Group and mode that the rules of systemd and of Debian's packages give. */
  private static final SortedMap<String, Owner> USUAL = usual();

  private NodeNames() {}

  private static SortedMap<String, Owner> usual() {
    var usual = new TreeMap<String, Owner>();
    put(usual, "dialout", List.of("ttyS#", "ttyUSB#", "ttyACM#", "ttyAMA#", "ttymxc#", "rfcomm#"));
    put(usual, "video", List.of("video#", "media#", "v#l-subdev#", "cec#", "fb#", "dri/card#"));
    put(usual, "render", List.of("dri/renderD#"));
    put(usual, "audio", List.of("snd/controlC#", "snd/pcmC#D#c", "snd/pcmC#D#p", "snd/timer"));
    put(usual, "input", List.of("input/event#", "input/mouse#", "input/js#"));
    put(usual, "gpio", List.of("gpiochip#"));
    put(usual, "i2c", List.of("i#c-#"));
    put(usual, "spi", List.of("spidev#.#"));
    put(usual, USB_GROUP, List.of("bus/usb/#/#"));
    put(usual, "lp", List.of("lp#", "usb/lp#"));
    put(usual, "kvm", List.of("kvm"));
    put(usual, "tss", List.of("tpm#", "tpmrm#"));
    return Collections.unmodifiableSortedMap(usual);
  }

  private static void put(SortedMap<String, Owner> all, String group, List<String> names) {
    names.forEach(name -> all.put("/dev/" + name, new Owner(group, 0660)));
  }

  /**
   * Whether the owner of a link is that of what such links lead to, so that it need not be read.
   */
  public static boolean isKnownLink(String path) {
    return LINKS.keySet().stream().anyMatch(path::startsWith);
  }

  /** What a node's owner usually is, by family, where there is no node to look at. */
  public static SortedMap<String, Owner> usualOwners() {
    return USUAL;
  }

  /** The family of a node, as {@code /dev/ttyUSB#} of {@code /dev/ttyUSB0}. */
  public static String family(String node) {
    return NUMBER.matcher(node).replaceAll("#");
  }

  /** The class of the nodes in this folder; empty if the path is not such a folder. */
  static Optional<String> classOf(String path) {
    return Optional.ofNullable(CLASSES.get(path));
  }

  /** The owners of a node, of what a link leads to, or of all nodes in a folder. */
  static List<Owner> owners(String path, SortedMap<String, Owner> known) {
    Owner own = known.getOrDefault(path, known.get(family(path)));
    if (own != null) {
      return List.of(own);
    }
    List<Owner> within = inFolder(path, known);
    if (!within.isEmpty()) {
      return within;
    }
    return LINKS.entrySet().stream()
        .filter(link -> path.startsWith(link.getKey()))
        .flatMap(link -> Optional.ofNullable(known.get(link.getValue())).stream())
        .toList();
  }

  /** Whether nodes are known to stand in it. */
  static boolean isFolder(String path, SortedMap<String, Owner> known) {
    return classOf(path).isPresent() || !inFolder(path, known).isEmpty();
  }

  private static List<Owner> inFolder(String path, SortedMap<String, Owner> known) {
    return known.entrySet().stream()
        .filter(entry -> entry.getKey().startsWith(path + "/"))
        .map(Map.Entry::getValue)
        .distinct()
        .toList();
  }
}
