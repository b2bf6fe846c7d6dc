package dev.sandbar.core.property;

/**
 * How a directive is written and how D-Bus shows it. Signatures are those of
 * org.freedesktop.systemd1(5).
 */
public enum Syntax {
  /** A boolean; {@code b}. */
  FLAG(Kind.FLAG, "b"),
  /** One word of a closed vocabulary, booleans among them; {@code s}, {@code b} or {@code (ss)}. */
  WORD(Kind.TEXT, "s"),
  /** The rest of the line; {@code s}. */
  LINE(Kind.TEXT),
  /** One path, perhaps with a prefix; {@code s}. */
  PATH(Kind.TEXT),
  /** A word with an optional {@code -} in front; {@code (bs)}. */
  LABEL(Kind.TEXT),
  /** Standard input or output; D-Bus does not show the path; {@code s}. */
  STREAM(Kind.TEXT),
  /** Shown as D-Bus gives it; only its fallback can be foretold. */
  OPAQUE(Kind.TEXT),
  /** Octal mode; {@code u}. */
  OCTAL(Kind.TEXT),
  /** A number that can be negative; {@code i}. */
  SIGNED(Kind.TEXT),
  /** A signal; {@code i}. */
  SIGNAL(Kind.TEXT),
  /** A scheduling policy, which D-Bus shows as a number; {@code i}. */
  SCHEDULER(Kind.TEXT),
  /** A class of reads and writes, which D-Bus shows as a number; {@code i}. */
  IO_CLASS(Kind.TEXT),
  /** A log level, which D-Bus shows as a number; {@code i}. */
  LOG_LEVEL(Kind.TEXT),
  /** A log facility, which D-Bus shows as a number; {@code i}. */
  LOG_FACILITY(Kind.TEXT),
  /** An errno or {@code kill}; {@code i}. */
  ERRNO(Kind.TEXT),
  /** Soft and hard limit, in bytes; two properties {@code t}. */
  LIMIT_SIZE(Kind.TEXT),
  /** Soft and hard limit, a count. */
  LIMIT_COUNT(Kind.TEXT),
  /** Soft and hard limit, in seconds. */
  LIMIT_SECONDS(Kind.TEXT),
  /** Soft and hard limit, in microseconds. */
  LIMIT_MICROS(Kind.TEXT),
  /** Soft and hard limit, nice level or raw. */
  LIMIT_NICE(Kind.TEXT),
  /** Bytes in a directory, or a percentage of its file system; {@code (tus)}. */
  DIRECTORY_QUOTA(Kind.TEXT),
  /** A root hash in hexadecimal, or the path of a file that holds it; {@code ay} or {@code s}. */
  ROOT_HASH(Kind.TEXT),
  /** A count; {@code t} or {@code u}. */
  COUNT(Kind.AMOUNT, "t"),
  /** Bytes; {@code t}. */
  SIZE(Kind.AMOUNT, "t"),
  /** Microseconds; {@code t}. */
  TIME(Kind.AMOUNT, "t"),
  /** Microseconds, where 0 means never; {@code t}. */
  TIMEOUT(Kind.AMOUNT),
  /** Percent of one CPU, as microseconds per second; {@code t}. */
  QUOTA(Kind.AMOUNT, "t"),
  /** 1 to 10000, or {@code idle}; {@code t}. */
  WEIGHT(Kind.AMOUNT, "t"),
  /** Commands with their prefixes, without times and pids; {@code a(sasasttttuii)}. */
  COMMANDS(Kind.ITEMS),
  /** Paths apart by colons, in order; {@code as}. */
  SEARCH_PATH(Kind.ITEMS),
  /** Files of variables, in order; {@code a(sb)}. */
  ENVIRONMENT_FILES(Kind.ITEMS),
  /** Pairs in order; {@code a(ss)}. */
  PAIRS(Kind.ITEMS),
  /** Words; {@code as}. */
  WORDS(Kind.NAMES),
  /** Paths with prefixes; {@code as}. */
  PATHS(Kind.NAMES),
  /** Bind mounts; {@code a(ssbt)}. */
  BINDS(Kind.NAMES),
  /** Directories of a unit; {@code a(sst)} or {@code as}. */
  DIRECTORIES(Kind.NAMES),
  /** Address prefixes; {@code a(iayu)}. */
  CIDRS(Kind.NAMES, "a(iayu)"),
  /** Socket bind rules; {@code a(iiqq)}. */
  BIND_RULES(Kind.NAMES, "a(iiqq)"),
  /** Credentials and where they come from; {@code a(ss)}. */
  CREDENTIALS(Kind.NAMES),
  /** Imported credentials; {@code a(ss)} or {@code as}. */
  IMPORTS(Kind.NAMES),
  /** Exit codes and signals; {@code (aiai)}. */
  EXIT_STATUS(Kind.NAMES),
  /** Journal fields; {@code aay}. */
  LOG_FIELDS(Kind.NAMES),
  /** A set of CPUs or memory nodes; {@code ay}. */
  CPUS(Kind.NAMES),
  /** Device and rate; {@code a(st)}. */
  DEVICE_RATES(Kind.KEYED),
  /** Device and access; {@code a(ss)}. */
  DEVICES(Kind.KEYED, "a(ss)"),
  /** Mount point and options; {@code a(ss)}. */
  MOUNTS(Kind.KEYED),
  /** Variables, their values as digests only; {@code as}. */
  ENVIRONMENT(Kind.KEYED),
  /** Credentials given in the unit, as digests only; {@code a(say)}. */
  SET_CREDENTIALS(Kind.KEYED),
  /** Whether controllers are delegated; {@code b}. */
  DELEGATE(Kind.FLAG),
  /** Allow or deny list of plain names; {@code (bas)}. */
  FILTER(Kind.FILTER, "(bas)"),
  /** Allow or deny list of address families; {@code (bas)}. */
  FAMILIES(Kind.FILTER),
  /** Allow or deny list of system calls, groups expanded; {@code (bas)}. */
  SYSCALLS(Kind.FILTER),
  /** Capabilities; {@code t}. */
  CAPABILITIES(Kind.MASK),
  /** Kinds of namespace that may be made; {@code t}. */
  NAMESPACES(Kind.MASK),
  /** Secure bits; {@code i}. */
  SECURE_BITS(Kind.MASK),
  /** Mount propagation; {@code t}. */
  MOUNT_FLAGS(Kind.MASK);

  private final Kind kind;
  private final String signature;

  Syntax(Kind kind) {
    this(kind, "");
  }

  Syntax(Kind kind, String signature) {
    this.kind = kind;
    this.signature = signature;
  }

  /** What kind of value it makes. */
  public Kind kind() {
    return kind;
  }

  /**
   * The D-Bus signature under which SetUnitProperties takes it; empty if no directive of this
   * syntax can be set in a running unit.
   */
  String signature() {
    return signature;
  }

  /** The shapes of value; a {@code MASK} becomes {@link Value.Names} of its bits. */
  public enum Kind {
    FLAG,
    TEXT,
    AMOUNT,
    ITEMS,
    NAMES,
    KEYED,
    FILTER,
    MASK
  }
}
