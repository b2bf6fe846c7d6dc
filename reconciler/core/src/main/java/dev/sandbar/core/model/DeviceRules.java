package dev.sandbar.core.model;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.regex.Pattern;

/**
 * Which device nodes an app can be given at all. Raw memory and block devices are as good as root:
 * who writes them rewrites the device below every sandbox.
 */
final class DeviceRules {

  private record Kind(Pattern names, String what) {}

  private static final List<Kind> REFUSED =
      List.of(
          kind(
              "mem|kmem|port|kmsg|core|crash|oldmem|snapshot|nvram|mtrr|cpu/.*|cpu_dma_latency",
              "is the memory or the processor of the device"),
          kind(
              "(sd[a-z]+|vd[a-z]+|xvd[a-z]+|hd[a-z]+)[0-9]*|nvme.*|ng[0-9].*|mmcblk.*|rpmb.*"
                  + "|loop.*|dm-.*|mapper(/.*)?|md[0-9].*|md/.*|sr[0-9]+|nbd.*|zram.*|ram[0-9]+"
                  + "|disk/.*|block/.*|sg[0-9]+|bsg/.*|st[0-9]+|mtd.*|ubi.*|bcache.*|drbd.*|rbd.*"
                  + "|raw/.*|btrfs-control|fd[0-9]+|root|cdrom|dvd",
              "is storage of the device itself"),
          kind(
              "vfio(/.*)?|uio[0-9]+|mei[0-9]*|ipmi.*|watchdog[0-9]*|uinput|input/uinput|uhid"
                  + "|autofs|userfaultfd|vhost-.*|cuse|fuse|hpet|mcelog|usbmon.*|gpmctl|initctl",
              "controls the device as a whole"),
          kind(
              "tty[0-9]*|console|vcs.*|ptmx|pts(/.*)?|tty-.*",
              "is a console, through which other programs can be typed at"),
          kind("sandbar(/.*)?", "is a link that Sandbar makes"),
          kind(
              "null|zero|full|random|urandom|stdin|stdout|stderr|fd(/.*)?|shm(/.*)?|mqueue(/.*)?"
                  + "|hugepages(/.*)?|log|char(/.*)?",
              "is not a device that can be granted"));

  private DeviceRules() {}

  private static Kind kind(String names, String what) {
    return new Kind(Pattern.compile(names), what);
  }

  static SequencedMap<String, String> refused() {
    var refused = new LinkedHashMap<String, String>();
    REFUSED.forEach(kind -> refused.put(kind.names().pattern(), kind.what()));
    return Collections.unmodifiableSequencedMap(refused);
  }

  /**
   * What stands against giving the node to an app.
   *
   * @param path absolute and in normal form
   * @param serial whether it is asked for as a serial line
   */
  static Optional<Objection> objection(String path, boolean serial) {
    String example = serial ? "/dev/ttyUSB0" : "/dev/video0";
    if (!path.startsWith("/dev/")) {
      return Optional.of(
          new Objection(Problem.UNSAFE_PATH, "is not below /dev", "write for example " + example));
    }
    String name = path.substring("/dev/".length());
    if (name.chars().anyMatch(c -> c <= ' ' || "\"'\\$*?[".indexOf(c) >= 0 || c > '~')) {
      return Optional.of(
          new Objection(
              Problem.UNSAFE_PATH,
              "holds a character that no device node has",
              "write for example " + example));
    }
    return REFUSED.stream()
        .filter(kind -> kind.names().matcher(name).matches())
        .findFirst()
        .map(
            kind ->
                new Objection(
                    Problem.INVALID_VALUE,
                    name.startsWith("sandbar")
                        ? kind.what()
                        : kind.what() + "; who has it has the device",
                    name.startsWith("sandbar")
                        ? "name the hardware by vendor and product, under serial or usb"
                        : "grant a device of its own purpose, for example " + example));
  }
}
