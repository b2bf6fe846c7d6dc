package dev.sandbar.vdev.image;

import dev.sandbar.vdev.Prerequisites.Lack;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * Builds the images that tests and the demo run, once: they are kept in {@code
 * $SANDBAR_CACHE/images} (default {@code /var/cache/sandbar/images}) under a name that holds the
 * digest of what they are built from. The same inputs give the same bytes on one machine.
 */
public final class SampleImages {
  private static final Object ONE_BUILD = new Object();

  /** Raise when a change of this code changes an image. */
  private static final String RECIPE = "1";

  private static final Lack COMPILER = lack("gcc", "compiles the attack probe", "gcc");
  private static final Lack C_LIBRARY =
      lack("libc.a", "makes the attack probe a static program", "libc6-dev");
  private static final Lack PACKER = lack("mksquashfs", "packs images", "squashfs-tools");
  private static final Lack UNPACKER = lack("mmdebstrap", "unpacks Debian packages", "mmdebstrap");

  private static Lack lack(String what, String neededFor, String debianPackage) {
    return new Lack(
        what + " is missing: it " + neededFor,
        "Install it: apt-get install " + debianPackage,
        List.of(debianPackage));
  }

  private static final String BROKER_CONFIGURATION =
      """
      # Listens to the local network; says what it does on standard output, which is the journal.
      listener 1883
      allow_anonymous true
      persistence false
      log_dest stdout
      """;

  private static final String PUBLISH_SENSOR =
      """
      #!/bin/sh
      # publish-sensor HOST PORT TOPIC FILE SECONDS: publishes the content of FILE again and again.
      while :; do
        mosquitto_pub -h "$1" -p "$2" -t "$3" -f "$4"
        sleep "$5"
      done
      """;

  private final Path cache;
  private final Consumer<String> progress;

  private SampleImages(Path cache, Consumer<String> progress) {
    this.cache = cache;
    this.progress = progress;
  }

  /**
   * Images in a directory of the caller's choice.
   *
   * @param progress told, a line at a time, what is built; never called for what is cached
   */
  public static SampleImages in(Path cache, Consumer<String> progress) {
    return new SampleImages(cache.toAbsolutePath().normalize(), progress);
  }

  /** Images in this machine's cache. */
  public static SampleImages cached(Consumer<String> progress) {
    return in(cacheDirectory(), progress);
  }

  static Path cacheDirectory() {
    String set = System.getenv("SANDBAR_CACHE");
    return Path.of(set == null || set.isBlank() ? "/var/cache/sandbar" : set).resolve("images");
  }

  /** What this machine lacks to build the images that are not cached yet; empty if nothing. */
  public List<Lack> missing() {
    var missing = new ArrayList<Lack>();
    boolean compiles = !Files.exists(file("probe", probeKey()));
    boolean unpacks =
        !Files.exists(file(BROKER, brokerKey()))
            || !Files.exists(file(CLIENT, clientKey()))
            || !Files.exists(file(DAEMONS, daemonsKey()))
            || !Files.exists(file(MEDIA, mediaKey()))
            || !Files.exists(file(DATABASE, textKey(DatabaseImage.PACKAGES.toString())))
            || !Files.exists(file(UNITS, unitsKey()))
            || !Files.exists(file("services", textKey(SERVICES.toString())));
    if (compiles && !BuildTools.installed("gcc")) {
      missing.add(COMPILER);
    }
    if (compiles && !BuildTools.staticLibrary()) {
      missing.add(C_LIBRARY);
    }
    if ((compiles || unpacks) && !BuildTools.installed("mksquashfs")) {
      missing.add(PACKER);
    }
    if (unpacks && !BuildTools.installed("mmdebstrap")) {
      missing.add(UNPACKER);
    }
    return List.copyOf(missing);
  }

  /**
   * The attack probe as {@code /usr/bin/probe}, and beside it {@code probe-suid}, the same program
   * with the setuid bit.
   */
  public AppImage probe() {
    return image(
        "probe",
        probeKey(),
        (work, tree) -> {
          Path program = ProbeSources.compile(Files.createDirectory(work.resolve("c")));
          tree.copy(program, "usr/bin/probe", 0755);
          tree.copy(program, "usr/bin/probe-suid", 04755);
        });
  }

  private static final String BROKER = "mosquitto-broker";
  private static final String CLIENT = "mosquitto-client";
  private static final String DAEMONS = "daemons";
  private static final String UNITS = "units";
  private static final String MEDIA = "media";
  private static final String DATABASE = "database";

  /** Some look their users up, whoever they are run as. */
  private static final String USERS =
      """
      root:x:0:0:root:/root:/usr/sbin/nologin
      nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin
      """;

  /** Package to program. */
  private static final SortedMap<String, String> DAEMON =
      new TreeMap<>(
          Map.ofEntries(
              Map.entry("chrony", "usr/sbin/chronyd"),
              Map.entry("dnsmasq-base", "usr/sbin/dnsmasq"),
              Map.entry("gpsd", "usr/sbin/gpsd"),
              Map.entry("haproxy", "usr/sbin/haproxy"),
              Map.entry("lighttpd", "usr/sbin/lighttpd"),
              Map.entry("nginx-light", "usr/sbin/nginx"),
              Map.entry("prometheus-node-exporter", "usr/bin/prometheus-node-exporter"),
              Map.entry("redis-server", "usr/bin/redis-server"),
              Map.entry("snmpd", "usr/sbin/snmpd"),
              Map.entry("syncthing", "usr/bin/syncthing"),
              Map.entry("unbound", "usr/sbin/unbound")));

  /**
   * The MQTT broker of Debian: {@code /usr/sbin/mosquitto -c /etc/mosquitto/edge.conf} listens on
   * port 1883 and keeps nothing on disk.
   */
  public AppImage mosquittoBroker() {
    return image(
        BROKER,
        brokerKey(),
        (work, tree) -> {
          var packages = DebianPackages.unpack(List.of("mosquitto"), work.resolve("debian"));
          packages.copyProgram("usr/sbin/mosquitto", tree);
          tree.copy(Path.of("/dev/null"), "etc/mosquitto/edge.conf", 0644);
          tree.text("etc/mosquitto/edge.conf", BROKER_CONFIGURATION, 0644);
        });
  }

  /**
   * The MQTT clients of Debian: {@code mosquitto_pub}, {@code mosquitto_sub}, a shell, and {@code
   * /usr/bin/publish-sensor HOST PORT TOPIC FILE SECONDS}.
   */
  public AppImage mosquittoClient() {
    return image(
        CLIENT,
        clientKey(),
        (work, tree) -> {
          var packages =
              DebianPackages.unpack(
                  List.of("mosquitto-clients", "busybox-static"), work.resolve("debian"));
          packages.copyProgram("usr/bin/mosquitto_pub", tree);
          packages.copyProgram("usr/bin/mosquitto_sub", tree);
          tree.copy(packages.tree().resolve("usr/bin/busybox"), "usr/bin/busybox", 0755);
          for (String applet : List.of("sh", "sleep", "cat")) {
            tree.link("usr/bin/" + applet, "busybox");
          }
          tree.text("usr/bin/publish-sensor", PUBLISH_SENSOR, 0755);
        });
  }

  /** Daemons of Debian, each with the libraries that it loads and nothing else. */
  public AppImage daemons() {
    return image(
        DAEMONS,
        daemonsKey(),
        (work, tree) -> {
          var packages =
              DebianPackages.unpack(List.copyOf(DAEMON.keySet()), work.resolve("debian"));
          for (String program : DAEMON.values()) {
            packages.copyProgram(program, tree);
          }
          tree.text("etc/passwd", USERS, 0644);
        });
  }

  /** Package to program. */
  private static final SortedMap<String, String> MEDIUM =
      new TreeMap<>(
          Map.of(
              "motion", "usr/bin/motion",
              "mpd", "usr/bin/mpd",
              "rtl-433", "usr/bin/rtl_433"));

  /**
   * Daemons of Debian for pictures, sound and radio, whose libraries are many, with an empty folder
   * {@code /music}.
   */
  public AppImage media() {
    return image(
        MEDIA,
        mediaKey(),
        (work, tree) -> {
          var packages =
              DebianPackages.unpack(List.copyOf(MEDIUM.keySet()), work.resolve("debian"));
          for (String program : MEDIUM.values()) {
            packages.copyProgram(program, tree);
          }
          tree.text("etc/passwd", USERS, 0644);
          tree.copy(Path.of("/dev/null"), "music/empty", 0644);
        });
  }

  /** PostgreSQL of Debian 13: a server, and what it takes to make a database. */
  public AppImage database() {
    return image(DATABASE, textKey(DatabaseImage.PACKAGES.toString()), DatabaseImage::fill);
  }

  private static String mediaKey() {
    return textKey(MEDIUM + USERS);
  }

  /** Packages that bring services of a device. */
  private static final List<String> SERVICES =
      List.of("avahi-daemon", "nut-server", "openssh-server", "postgresql-17");

  /**
   * Packages of Debian with all they depend on, to be copied over the file system of a device:
   * their programs, units and settings, as they are before they are configured.
   */
  public AppImage services() {
    return image(
        "services",
        textKey(SERVICES.toString()),
        (work, tree) ->
            tree.copyAll(DebianPackages.unpack(SERVICES, work.resolve("debian")).tree()));
  }

  private static String daemonsKey() {
    return textKey(DAEMON + USERS);
  }

  private static String probeKey() {
    var digest = sha256();
    digest.update(RECIPE.getBytes(StandardCharsets.UTF_8));
    ProbeSources.read().values().forEach(digest::update);
    return HexFormat.of().formatHex(digest.digest());
  }

  private static String brokerKey() {
    return textKey(BROKER_CONFIGURATION);
  }

  private static String clientKey() {
    return textKey(PUBLISH_SENSOR);
  }

  /**
   * Unit files of daemons of Debian.
   *
   * @param into a folder that is made, with one in it for each package
   */
  public void unpackUnits(Path into) {
    unpackUnits(DebianUnits.PACKAGES, into);
  }

  /** The same of other packages. */
  public void unpackUnits(List<String> packages, Path into) {
    AppImage image =
        image(
            UNITS,
            textKey(packages.toString()),
            (work, tree) -> DebianUnits.fill(packages, work, tree));
    BuildTools.run(
        Path.of("/"),
        BuildTools.LIMIT,
        List.of("unsquashfs", "-no-progress", "-dest", into.toString(), image.path().toString()));
  }

  private static String unitsKey() {
    return textKey(DebianUnits.PACKAGES.toString());
  }

  private static String textKey(String input) {
    return HexFormat.of()
        .formatHex(sha256().digest((RECIPE + input).getBytes(StandardCharsets.UTF_8)));
  }

  private Path file(String name, String key) {
    return cache.resolve(name + "-" + key.substring(0, 16) + ".squashfs");
  }

  /** Fills an image's tree; {@code work} is a directory that is deleted afterwards. */
  private interface Recipe {
    void fill(Path work, ImageTree tree) throws IOException;
  }

  private AppImage image(String name, String key, Recipe recipe) {
    Path file = file(name, key);
    try {
      if (!Files.exists(file)) {
        build(name, file, recipe);
      }
      return new AppImage(file, digestOf(file));
    } catch (IOException e) {
      throw new AppImageException("cannot build the image " + name + " in " + cache, e);
    }
  }

  private void build(String name, Path file, Recipe recipe) throws IOException {
    List<Lack> missing = missing();
    if (!missing.isEmpty()) {
      var message = new StringBuilder("The image " + name + " cannot be built here:");
      missing.forEach(one -> message.append("\n  - ").append(one));
      throw new AppImageException(message.toString());
    }
    Files.createDirectories(cache);
    synchronized (ONE_BUILD) {
      try (var channel =
              FileChannel.open(
                  cache.resolve(".lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
          var lock = channel.lock()) {
        if (!lock.isValid() || Files.exists(file)) {
          return;
        }
        progress.accept("building the image " + name);
        Path work = Files.createTempDirectory(cache, ".building-");
        try {
          var tree = ImageTree.create(Files.createDirectory(work.resolve("tree")));
          recipe.fill(work, tree);
          Path fresh = work.resolve("image.squashfs");
          tree.pack(fresh);
          Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE);
        } finally {
          BuildTools.run(
              cache, BuildTools.LIMIT, List.of("rm", "-rf", "--one-file-system", work.toString()));
        }
      }
    }
  }

  private static String digestOf(Path file) throws IOException {
    MessageDigest digest = sha256();
    try (InputStream in = Files.newInputStream(file);
        var out = new DigestOutputStream(OutputStream.nullOutputStream(), digest)) {
      in.transferTo(out);
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}
