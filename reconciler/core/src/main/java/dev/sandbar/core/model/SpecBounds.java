package dev.sandbar.core.model;

/**
 * How large a spec may be, and each of its parts. The reader of specs, the schemas and the budget
 * of a bundle take the numbers from here: without a bound one object is as large as the store lets
 * it be, and a few of them keep every other change from a device.
 */
public final class SpecBounds {

  /** The largest spec, in bytes of its JSON. */
  public static final int MOST_BYTES = 64 * 1024;

  /** The longest list or map, unless another bound is given for it here. */
  public static final int MOST_ITEMS = 64;

  /** Arguments of a program, the program itself included. */
  public static final int MOST_ARGUMENTS = 256;

  /**
   * Commands that run at one moment. An API server refuses a schema whose rules could take too
   * long, so that there are fewer of them, and shorter ones, than a program may have arguments.
   */
  public static final int MOST_COMMANDS = 4;

  /** Arguments of such a command, its program included. */
  public static final int MOST_COMMAND_ARGUMENTS = 32;

  /** Environment variables of a program. */
  public static final int MOST_VARIABLES = 256;

  /** Variables that a spec declares, or that a device gives values. */
  public static final int MOST_DECLARED = 32;

  /** Values that a declared variable is limited to. */
  public static final int MOST_DECLARED_VALUES = 32;

  /** The longest value of a declared variable, in characters. */
  public static final int LONGEST_VALUE = 256;

  /** Files of an app. */
  public static final int MOST_FILES = 32;

  /** Bytes of all files of an app that a device keeps by their digests. */
  public static final int MOST_KEPT = 1024 * 1024;

  /** Secrets of an app. */
  public static final int MOST_SECRETS = 16;

  /** The largest secret, in bytes: sealed, it has to fit into a spec. */
  public static final int MOST_SECRET_BYTES = 32 * 1024;

  /**
   * The longest sealed secret, in characters: a secret of the largest size for dozens of devices.
   */
  public static final int MOST_SEALED = 56 * 1024;

  /** System calls that are allowed, or denied. */
  public static final int MOST_CALLS = 256;

  /** The longest text, in characters. */
  public static final int LONGEST_TEXT = SafeText.MAX_LENGTH;

  /** The longest name of an environment variable, in characters. */
  public static final int LONGEST_VARIABLE = 128;

  /** The longest key of a label with its prefix, as Kubernetes has it. */
  public static final int LONGEST_LABEL = 317;

  /** The longest name of a system call, or of a group without its {@code @}. */
  public static final int LONGEST_CALL = 64;

  /** The longest name of a volume or of a network namespace. */
  public static final int LONGEST_NAME = 64;

  /** The longest name of a unit of systemd. */
  public static final int LONGEST_UNIT = 255;

  /** The longest address prefix: an IPv6 address with an IPv4 tail and a length. */
  public static final int LONGEST_PREFIX = 49;

  /** Hosts that {@code internetTo} names: each device resolves them once a minute. */
  public static final int MOST_HOSTS = 32;

  /** Ports of one destination of {@code internetTo}. */
  public static final int MOST_DESTINATION_PORTS = 16;

  /** Rules of what drift is ignored. */
  public static final int MOST_IGNORED = 20;

  /** The longest reason of such a rule, or of an entry of {@code raw}, in characters. */
  public static final int LONGEST_REASON = 256;

  /** Walls that {@code raw} opens: each is a decision of its own. */
  public static final int MOST_RAW = 16;

  /** The shortest reason of one of them, in characters without blanks at its ends. */
  public static final int SHORTEST_REASON = 20;

  /** The longest value of one of them, in characters; a list has several. */
  public static final int LONGEST_RAW = 256;

  private SpecBounds() {}
}
