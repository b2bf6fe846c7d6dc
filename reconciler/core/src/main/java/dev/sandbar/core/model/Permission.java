package dev.sandbar.core.model;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * The permissions an app can ask for. What each one opens, and what withholding it closes, stands
 * in the permission catalogue.
 */
public enum Permission implements Written {
  INTERNET("internet", Level.SENSITIVE),
  INTERNET_TO(
      "internetTo", Level.SENSITIVE, Shape.DESTINATIONS, "internetTo: [{cidr: 203.0.113.0/24}]"),
  LOCAL_NETWORK("localNetwork", Level.SENSITIVE),
  PORTS("ports", Level.SENSITIVE, Shape.PORTS, "ports: [{name: web, port: 8080}]"),
  NETWORK_NAMESPACE(
      "networkNamespace", Level.SENSITIVE, Shape.NAMESPACE, "networkNamespace: uplink"),
  STATE("state", Level.NORMAL, Shape.DIRECTORY, "state: true"),
  CACHE("cache", Level.NORMAL, Shape.DIRECTORY, "cache: true"),
  LOGS("logs", Level.NORMAL, Shape.DIRECTORY, "logs: true"),
  STORAGE(
      "storage",
      Level.SENSITIVE,
      Shape.VOLUMES,
      "storage: [{source: media, mountPath: /data, access: ReadWrite}]"),
  MOUNTS(
      "mounts",
      Level.DANGEROUS,
      Shape.VOLUMES,
      "mounts: [{source: usb-stick, mountPath: /media, access: ReadOnly}]"),
  SERIAL("serial", Level.SENSITIVE, Shape.DEVICES, "serial: [{device: /dev/ttyUSB0}]"),
  USB("usb", Level.SENSITIVE, Shape.DEVICES, "usb: [{vendor: \"0bda\", product: \"2838\"}]"),
  DEVICES(
      "devices",
      Level.SENSITIVE,
      Shape.DEVICES,
      "devices: [{device: /dev/video0, access: ReadOnly}]"),
  CAMERA("camera", Level.SENSITIVE),
  GPU("gpu", Level.SENSITIVE),
  AUDIO("audio", Level.SENSITIVE),
  TPM("tpm", Level.SENSITIVE),
  HARDWARE_RANDOM("hardwareRandom", Level.SENSITIVE),
  GPIO("gpio", Level.SENSITIVE),
  I2C("i2c", Level.SENSITIVE),
  SPI("spi", Level.SENSITIVE),
  CAN_BUS("canBus", Level.SENSITIVE),
  RAW_NETWORK("rawNetwork", Level.DANGEROUS),
  NETWORK_STATUS("networkStatus", Level.SENSITIVE),
  UNIX_SOCKETS("unixSockets", Level.SENSITIVE),
  TALK_TO("talkTo", Level.NORMAL, Shape.APPS, "talkTo: [broker]"),
  ACCEPT_FROM("acceptFrom", Level.NORMAL, Shape.APPS, "acceptFrom: [publisher]"),
  DBUS("dbus", Level.SENSITIVE, Shape.BUS_NAMES, "dbus: {talk: [org.freedesktop.Avahi]}"),
  BLUETOOTH("bluetooth", Level.SENSITIVE),
  REBOOT("reboot", Level.SENSITIVE),
  HOSTNAME("hostname", Level.SENSITIVE),
  CLOCK("clock", Level.SENSITIVE),
  KERNEL_TUNING(
      "kernelTuning",
      Level.DANGEROUS,
      Shape.SETTINGS,
      "kernelTuning: [{name: net.core.somaxconn, value: 8192}]"),
  KERNEL_MODULES(
      "kernelModules", Level.DANGEROUS, Shape.MODULES, "kernelModules: [wireguard, cdc_acm]"),
  READ_LOGS("readLogs", Level.DANGEROUS, Shape.UNITS, "readLogs: [mosquitto.service]"),
  JIT("jit", Level.NORMAL),
  RUN_FROM_DATA("runFromData", Level.NORMAL),
  SYSTEM_INFO("systemInfo", Level.NORMAL),
  KEYRING("keyring", Level.NORMAL),
  SCHEDULING("scheduling", Level.NORMAL),
  REALTIME("realtime", Level.SENSITIVE),
  LOCK_MEMORY("lockMemory", Level.NORMAL),
  DEBUG("debug", Level.SENSITIVE),
  OTHER_APPS("otherApps", Level.SENSITIVE),
  NESTED_SANDBOX("nestedSandbox", Level.SENSITIVE),
  ASYNC_IO("asyncIO", Level.SENSITIVE);

  /** How much a permission is worth to an attacker, after Android's protection levels. */
  public enum Level implements Written {
    /** Granted on request. */
    NORMAL("Normal"),
    /** A fleet's policy should list it. */
    SENSITIVE("Sensitive"),
    /** Refused unless the policy of the device names it. */
    DANGEROUS("Dangerous");

    private final String text;

    Level(String text) {
      this.text = text;
    }

    @Override
    public String text() {
      return text;
    }
  }

  /**
   * Those that an app in open mode has whatever its spec says. It is root: it sees other processes
   * past every check of proc(5) on users, executes what it writes wherever it can mount, writes
   * beside its state as it does anywhere, which {@link #STATE} closes, and connects to the sockets
   * of every app and of the system bus, which {@link #UNIX_SOCKETS} closes. What the agent does for
   * others it does itself.
   */
  private static final Set<Permission> OPEN =
      EnumSet.of(
          OTHER_APPS,
          RUN_FROM_DATA,
          CACHE,
          LOGS,
          TALK_TO,
          ACCEPT_FROM,
          DBUS,
          BLUETOOTH,
          REBOOT,
          HOSTNAME,
          CLOCK,
          KERNEL_TUNING,
          KERNEL_MODULES,
          MOUNTS,
          READ_LOGS);

  /** How the value is written. */
  public enum Shape {
    TOGGLE,
    DIRECTORY,
    DESTINATIONS,
    PORTS,
    NAMESPACE,
    VOLUMES,
    DEVICES,
    APPS,
    BUS_NAMES,
    SETTINGS,
    MODULES,
    UNITS
  }

  private final String key;
  private final Level level;
  private final Shape shape;
  private final String example;

  /** One that is granted by {@code true}. */
  Permission(String key, Level level) {
    this(key, level, Shape.TOGGLE, key + ": true");
  }

  Permission(String key, Level level, Shape shape, String example) {
    this.key = key;
    this.level = level;
    this.shape = shape;
    this.example = example;
  }

  /** The name in a spec, for example {@code localNetwork}. */
  public String key() {
    return key;
  }

  @Override
  public String text() {
    return key;
  }

  /** How much it is worth. */
  public Level level() {
    return level;
  }

  /** How its value is written. */
  public Shape shape() {
    return shape;
  }

  /** Whether {@code true} says all that it takes. */
  public boolean isGrantedByTrue() {
    return shape == Shape.TOGGLE || shape == Shape.DIRECTORY;
  }

  /** Whether {@code false} takes it from an app in open mode. */
  public boolean canBeWithheldInOpenMode() {
    return !OPEN.contains(this);
  }

  /**
   * Whether the owner of a device lists it with the directives that {@code raw} may open. Those
   * that take a list have one of their own, of what can be in it.
   */
  public boolean isListedWithRaw() {
    return level == Level.DANGEROUS && shape == Shape.TOGGLE;
  }

  /** A line of YAML that asks for it. */
  public String example() {
    return example;
  }

  /** The alias of command lines and unit files, for example {@code ACCESS_LOCAL_NETWORK}. */
  public String alias() {
    var text = new StringBuilder("ACCESS_");
    boolean within = true;
    for (char c : key.toCharArray()) {
      boolean capital = c >= 'A' && c <= 'Z';
      if (capital && !within) {
        text.append('_');
      }
      text.append(c);
      within = capital;
    }
    return text.toString().toUpperCase(Locale.ROOT);
  }

  /** The permission with this key or alias. */
  public static Optional<Permission> find(String keyOrAlias) {
    return Arrays.stream(values())
        .filter(p -> p.key.equals(keyOrAlias) || p.alias().equals(keyOrAlias))
        .findFirst();
  }
}
