package dev.sandbar.core.property;

import static dev.sandbar.core.property.DirectiveInfo.VARIES;
import static dev.sandbar.core.property.DirectiveInfo.control;
import static dev.sandbar.core.property.DirectiveInfo.exec;
import static dev.sandbar.core.property.Syntax.COUNT;
import static dev.sandbar.core.property.Syntax.CPUS;
import static dev.sandbar.core.property.Syntax.DELEGATE;
import static dev.sandbar.core.property.Syntax.DEVICE_RATES;
import static dev.sandbar.core.property.Syntax.FLAG;
import static dev.sandbar.core.property.Syntax.LIMIT_COUNT;
import static dev.sandbar.core.property.Syntax.LIMIT_MICROS;
import static dev.sandbar.core.property.Syntax.LIMIT_NICE;
import static dev.sandbar.core.property.Syntax.LIMIT_SECONDS;
import static dev.sandbar.core.property.Syntax.LIMIT_SIZE;
import static dev.sandbar.core.property.Syntax.LINE;
import static dev.sandbar.core.property.Syntax.OPAQUE;
import static dev.sandbar.core.property.Syntax.QUOTA;
import static dev.sandbar.core.property.Syntax.SIZE;
import static dev.sandbar.core.property.Syntax.TIME;
import static dev.sandbar.core.property.Syntax.WEIGHT;
import static dev.sandbar.core.property.Syntax.WORD;
import static dev.sandbar.core.property.Syntax.WORDS;

import java.util.List;

/**
 * How much the processes of a unit may use (systemd.exec(5), Process Properties;
 * systemd.resource-control(5)).
 */
final class LimitDirectives {

  private LimitDirectives() {}

  static final List<DirectiveInfo> ALL =
      List.of(
          exec("LimitCPU", LIMIT_SECONDS, VARIES, 0)
              .limit("Max cpu time")
              .tunable()
              .takes(SettingText.SECONDS)
              .means("How much processor time a process may use before it is killed."),
          exec("LimitFSIZE", LIMIT_SIZE, VARIES, 0)
              .takes(SettingText.BYTES)
              .limit("Max file size")
              .tunable()
              .means("The largest file that a process may write."),
          exec("LimitDATA", LIMIT_SIZE, VARIES, 0)
              .takes(SettingText.BYTES)
              .limit("Max data size")
              .tunable()
              .means("The largest data segment of a process."),
          exec("LimitSTACK", LIMIT_SIZE, VARIES, 0)
              .takes(SettingText.BYTES)
              .limit("Max stack size")
              .tunable()
              .means("The largest stack of a process."),
          exec("LimitCORE", LIMIT_SIZE, VARIES, 0)
              .takes(SettingText.NO_CORE, SettingText.BYTES)
              .limit("Max core file size")
              .means("The largest core dump; 0 writes none."),
          exec("LimitRSS", LIMIT_SIZE, VARIES, 0)
              .takes(SettingText.BYTES)
              .limit("Max resident set")
              .tunable()
              .means("The largest resident memory of a process; kernels since 2.4.30 ignore it."),
          exec("LimitNOFILE", LIMIT_COUNT, VARIES, 0)
              .takes(SettingText.COUNTS)
              .limit("Max open files")
              .tunable()
              .means("How many files the app may have open."),
          exec("LimitAS", LIMIT_SIZE, VARIES, 0)
              .takes(SettingText.BYTES)
              .limit("Max address space")
              .tunable()
              .means("The largest address space of a process."),
          exec("LimitNPROC", LIMIT_COUNT, VARIES, 0)
              .takes(SettingText.COUNTS)
              .limit("Max processes")
              .tunable()
              .means("How many processes the user may have."),
          exec("LimitMEMLOCK", LIMIT_SIZE, VARIES, 0)
              .takes(SettingText.BYTES)
              .limit("Max locked memory")
              .means("How much memory a process may lock against swapping."),
          exec("LimitLOCKS", LIMIT_COUNT, VARIES, 0)
              .limit("Max file locks")
              .tunable()
              .takes(SettingText.COUNTS)
              .means("How many locks on files a process may hold; kernels since 2.4.25 ignore it."),
          exec("LimitSIGPENDING", LIMIT_COUNT, VARIES, 0)
              .limit("Max pending signals")
              .tunable()
              .takes(SettingText.COUNTS)
              .means("How many signals may be pending for a user."),
          exec("LimitMSGQUEUE", LIMIT_SIZE, VARIES, 0)
              .limit("Max msgqueue size")
              .tunable()
              .takes(SettingText.BYTES)
              .means("How much memory the message queues of a user may take."),
          exec("LimitNICE", LIMIT_NICE, VARIES, 0)
              .limit("Max nice priority")
              .tunable()
              .instead("use Nice")
              .means("How far a process may raise its priority."),
          exec("LimitRTPRIO", LIMIT_COUNT, VARIES, 0)
              .limit("Max realtime priority")
              .instead("ask for permissions.realtime")
              .means("The highest real-time priority that a process may take."),
          exec("LimitRTTIME", LIMIT_MICROS, VARIES, 0)
              .limit("Max realtime timeout")
              .tunable()
              .takes(SettingText.MICROSECONDS)
              .means("How long a real-time process may run without waiting for anything."),
          control("CPUWeight", WEIGHT, "infinity", 232)
              .live()
              .needs("CPU_CONTROLLER")
              .takes(SettingText.FROM_1)
              .file("cpu.weight")
              .tunable()
              .means("How much processor time the app gets when several want it."),
          control("StartupCPUWeight", WEIGHT, "infinity", 232)
              .needs("CPU_CONTROLLER")
              .tunable()
              .takes(SettingText.CPU_SHARE)
              .means("CPUWeight while the system starts and stops."),
          control("CPUQuota", QUOTA, "", 213)
              .onBus("CPUQuotaPerSecUSec")
              .live()
              .needs("CPU_CONTROLLER")
              .takes(SettingText.SHARE)
              .file("cpu.max")
              .tunable()
              .means("The share of one processor that the app may use at most."),
          control("CPUQuotaPeriodSec", TIME, "infinity", 242)
              .empty(EmptyAssignment.RESETS)
              .onBus("CPUQuotaPeriodUSec")
              .live()
              .needs("CPU_CONTROLLER")
              .tunable()
              .takes(SettingText.PERIOD)
              .means("The period over which CPUQuota is measured."),
          control("AllowedCPUs", CPUS, "", 244)
              .tunable()
              .takes(SettingText.CPU_LIST)
              .means("The processors that the unit may run on."),
          control("StartupAllowedCPUs", CPUS, "", 250)
              .tunable()
              .takes(SettingText.CPU_LIST)
              .means("AllowedCPUs while the system starts and stops."),
          control("AllowedMemoryNodes", CPUS, "", 244)
              .tunable()
              .takes(SettingText.CPU_LIST)
              .means("The NUMA nodes that the unit may take memory from."),
          control("MemoryMin", SIZE, "0", 240)
              .live()
              .needs("MEMORY_CONTROLLER")
              .takes(SettingText.RESERVED_MEMORY)
              .file("memory.min")
              .tunable()
              .means("Memory that is never reclaimed from the unit."),
          control("MemoryLow", SIZE, "0", 240)
              .live()
              .needs("MEMORY_CONTROLLER")
              .takes(SettingText.RESERVED_MEMORY)
              .file("memory.low")
              .tunable()
              .means("Memory that is reclaimed from the unit only when nothing else is left."),
          control("MemoryHigh", SIZE, "infinity", 231)
              .live()
              .needs("MEMORY_CONTROLLER")
              .takes(SettingText.MEMORY)
              .file("memory.high")
              .tunable()
              .means("Memory above which the app is slowed down."),
          control("MemoryMax", SIZE, "infinity", 231)
              .live()
              .needs("MEMORY_CONTROLLER")
              .takes(SettingText.MEMORY)
              .file("memory.max")
              .tunable()
              .means("Memory above which the app is killed."),
          control("MemorySwapMax", SIZE, "infinity", 232)
              .live()
              .needs("MEMORY_CONTROLLER")
              .takes(SettingText.RESERVED_MEMORY)
              .file("memory.swap.max")
              .tunable()
              .means("How much swap the unit may use."),
          control("MemoryZSwapMax", SIZE, "infinity", 253)
              .needs("MEMORY_CONTROLLER")
              .file("memory.zswap.max")
              .tunable()
              .takes(SettingText.RESERVED_MEMORY)
              .means("How much compressed swap in memory the unit may use."),
          control("MemoryZSwapWriteback", FLAG, "yes", 256)
              .needs("MEMORY_CONTROLLER")
              .tunable()
              .takes(SettingText.YES_OR_NO)
              .means("Whether compressed swap may be written to disk."),
          control("TasksMax", COUNT, VARIES, 227)
              .empty(EmptyAssignment.RESETS)
              .live()
              .needs("PIDS_CONTROLLER")
              .takes(SettingText.TASKS)
              .file("pids.max")
              .tunable()
              .means("How many processes and threads the app may have."),
          control("IOWeight", WEIGHT, "infinity", 230)
              .live()
              .needs("IO_CONTROLLER")
              .takes(SettingText.FROM_1)
              .tunable()
              .means("How much disk time the app gets when several want it."),
          control("IODeviceWeight", OPAQUE, "", 230)
              .needs("IO_CONTROLLER")
              .tunable()
              .instead("use IOWeight: systemd does not say what it made of this")
              .means("How much time of a certain disk the unit gets when several want it."),
          control("IOReadBandwidthMax", DEVICE_RATES, "", 230)
              .needs("IO_CONTROLLER")
              .tunable()
              .takes(SettingText.DEVICE_RATE)
              .means("Bytes a second that the unit may read from a device."),
          control("IOWriteBandwidthMax", DEVICE_RATES, "", 230)
              .needs("IO_CONTROLLER")
              .tunable()
              .takes(SettingText.DEVICE_RATE)
              .means("Bytes a second that the unit may write to a device."),
          control("IOReadIOPSMax", DEVICE_RATES, "", 230)
              .needs("IO_CONTROLLER")
              .tunable()
              .takes(SettingText.DEVICE_RATE)
              .means("Read operations a second of the unit on a device."),
          control("IOWriteIOPSMax", DEVICE_RATES, "", 230)
              .needs("IO_CONTROLLER")
              .tunable()
              .takes(SettingText.DEVICE_RATE)
              .means("Write operations a second of the unit on a device."),
          control("IODeviceLatencyTargetSec", OPAQUE, "", 240)
              .onBus("IODeviceLatencyTargetUSec")
              .needs("IO_CONTROLLER")
              .tunable()
              .instead("use IOWeight: systemd does not say what it made of this")
              .means("The latency that reads and writes on a device should have."),
          control("MemoryAccounting", FLAG, VARIES, 208)
              .live()
              .ordinary()
              .tunable()
              .instead("the limits of the app turn it on")
              .means("Whether memory of the unit is counted."),
          control("TasksAccounting", FLAG, VARIES, 227)
              .live()
              .ordinary()
              .tunable()
              .instead("the limits of the app turn it on")
              .means("Whether processes and threads of the unit are counted."),
          control("IOAccounting", FLAG, VARIES, 230)
              .live()
              .ordinary()
              .tunable()
              .instead("the limits of the app turn it on")
              .means("Whether reads and writes of the unit are counted."),
          control("ManagedOOMSwap", WORD, "auto", 0)
              .empty(EmptyAssignment.RESETS)
              .tunable()
              .takes(SettingText.OOMD)
              .means("Whether systemd-oomd kills processes of the unit when swap runs out."),
          control("ManagedOOMMemoryPressure", WORD, "auto", 0)
              .empty(EmptyAssignment.RESETS)
              .tunable()
              .takes(SettingText.OOMD)
              .means("Whether systemd-oomd kills processes of the unit under memory pressure."),
          control("ManagedOOMPreference", WORD, "none", 0)
              .tunable()
              .instead("it would have other apps killed first")
              .means("Whether systemd-oomd kills the unit last, or not at all."),
          control("MemoryPressureWatch", WORD, VARIES, 254)
              .shows(Evidence.MOUNTS)
              .takes(SettingText.NO_PRESSURE)
              .means(
                  "Whether the program can watch memory pressure, through a file of its cgroup."),
          control("Delegate", DELEGATE, "no", 218)
              .empty(EmptyAssignment.SAYS)
              .shows(Evidence.MANAGER)
              .instead("no app manages control groups")
              .means("Whether the service manages a part of the cgroup tree by itself."),
          control("DelegateSubgroup", LINE, "", 254)
              .instead("no app manages control groups")
              .means("The part of a delegated cgroup that the program starts in."),
          control("DisableControllers", WORDS, "", 240)
              .instead("no app manages control groups")
              .means("Cgroup controllers that are kept off below the unit."),
          control("Slice", LINE, "system.slice", 208)
              .empty(EmptyAssignment.KEEPS)
              .shows(Evidence.CGROUP)
              .instead("all apps run in the slice of Sandbar, which limits them together")
              .means("The slice that the unit runs in, whose limits it shares."),
          control("CPUAccounting", FLAG, VARIES, 208)
              .unread()
              .instead("the limits of the app turn it on")
              .means("Whether processor time of the unit is counted."),
          control("ManagedOOMMemoryPressureLimit", COUNT, VARIES, 247)
              .unread()
              .instead("the limit of systemd-oomd on the device holds")
              .means("The memory pressure at which systemd-oomd kills processes of the unit."),
          control("ManagedOOMMemoryPressureDurationSec", TIME, VARIES, 257)
              .unread()
              .instead("the limit of systemd-oomd on the device holds")
              .means("How long the pressure lasts before systemd-oomd kills."),
          control("OOMRules", WORDS, VARIES, 261)
              .unread()
              .instead("the limit of systemd-oomd on the device holds")
              .means("Rule sets of systemd-oomd for the unit."),
          control("MemoryPressureThresholdSec", TIME, VARIES, 254)
              .unread()
              .instead("watching memory pressure writes a file of the control group")
              .means("The memory pressure that the program is notified of."),
          control("CPUPressureWatch", WORD, VARIES, 261)
              .shows(Evidence.MOUNTS)
              .instead("watching pressure writes a file of the control group")
              .means("Whether the program can watch processor pressure."),
          control("CPUPressureThresholdSec", TIME, VARIES, 261)
              .unread()
              .instead("watching pressure writes a file of the control group")
              .means("The processor pressure that the program is notified of."),
          control("IOPressureWatch", WORD, VARIES, 261)
              .shows(Evidence.MOUNTS)
              .instead("watching pressure writes a file of the control group")
              .means("Whether the program can watch disk pressure."),
          control("IOPressureThresholdSec", TIME, VARIES, 261)
              .unread()
              .instead("watching pressure writes a file of the control group")
              .means("The disk pressure that the program is notified of."),
          control("CPUSetPartition", WORD, VARIES, 261)
              .unread()
              .instead("use AllowedCPUs")
              .means("Whether processors are kept for the unit alone."),
          control("CoredumpReceive", FLAG, VARIES, 255)
              .unread()
              .instead("no app gets core dumps")
              .means("Whether core dumps of the unit's processes are handed to it."),
          control("StartupMemoryMax", SIZE, VARIES, 252)
              .unread()
              .instead("use MemoryMax")
              .means("MemoryMax while the system starts and stops."),
          control("StartupIOWeight", WEIGHT, VARIES, 230)
              .unread()
              .instead("use IOWeight")
              .means("IOWeight while the system starts and stops."));
}
