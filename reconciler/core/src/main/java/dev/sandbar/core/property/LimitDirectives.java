package dev.sandbar.core.property;

import static dev.sandbar.core.property.DirectiveInfo.VARIES;
import static dev.sandbar.core.property.DirectiveInfo.directive;
import static dev.sandbar.core.property.Syntax.COUNT;
import static dev.sandbar.core.property.Syntax.CPUS;
import static dev.sandbar.core.property.Syntax.DELEGATE;
import static dev.sandbar.core.property.Syntax.DEVICE_RATES;
import static dev.sandbar.core.property.Syntax.ENUM;
import static dev.sandbar.core.property.Syntax.FLAG;
import static dev.sandbar.core.property.Syntax.LIMIT_COUNT;
import static dev.sandbar.core.property.Syntax.LIMIT_MICROS;
import static dev.sandbar.core.property.Syntax.LIMIT_NICE;
import static dev.sandbar.core.property.Syntax.LIMIT_SECONDS;
import static dev.sandbar.core.property.Syntax.LIMIT_SIZE;
import static dev.sandbar.core.property.Syntax.LINE;
import static dev.sandbar.core.property.Syntax.OPAQUE;
import static dev.sandbar.core.property.Syntax.QUOTA;
import static dev.sandbar.core.property.Syntax.SIGNED;
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
          directive("LimitCPU", LIMIT_SECONDS, VARIES, 0),
          directive("LimitFSIZE", LIMIT_SIZE, VARIES, 0),
          directive("LimitDATA", LIMIT_SIZE, VARIES, 0),
          directive("LimitSTACK", LIMIT_SIZE, VARIES, 0),
          directive("LimitCORE", LIMIT_SIZE, VARIES, 0),
          directive("LimitRSS", LIMIT_SIZE, VARIES, 0),
          directive("LimitNOFILE", LIMIT_COUNT, VARIES, 0),
          directive("LimitAS", LIMIT_SIZE, VARIES, 0),
          directive("LimitNPROC", LIMIT_COUNT, VARIES, 0),
          directive("LimitMEMLOCK", LIMIT_SIZE, VARIES, 0),
          directive("LimitLOCKS", LIMIT_COUNT, VARIES, 0),
          directive("LimitSIGPENDING", LIMIT_COUNT, VARIES, 0),
          directive("LimitMSGQUEUE", LIMIT_SIZE, VARIES, 0),
          directive("LimitNICE", LIMIT_NICE, VARIES, 0),
          directive("LimitRTPRIO", LIMIT_COUNT, VARIES, 0),
          directive("LimitRTTIME", LIMIT_MICROS, VARIES, 0),
          directive("CPUWeight", WEIGHT, "infinity", 232).live().needs("CPU_CONTROLLER"),
          directive("StartupCPUWeight", WEIGHT, "infinity", 232).needs("CPU_CONTROLLER"),
          directive("CPUQuota", QUOTA, "", 213)
              .onBus("CPUQuotaPerSecUSec")
              .live()
              .needs("CPU_CONTROLLER"),
          directive("CPUQuotaPeriodSec", TIME, "infinity", 242)
              .onBus("CPUQuotaPeriodUSec")
              .live()
              .needs("CPU_CONTROLLER"),
          directive("AllowedCPUs", CPUS, "", 244),
          directive("StartupAllowedCPUs", CPUS, "", 250),
          directive("AllowedMemoryNodes", CPUS, "", 244),
          directive("MemoryMin", SIZE, "0", 240).live().needs("MEMORY_CONTROLLER"),
          directive("MemoryLow", SIZE, "0", 240).live().needs("MEMORY_CONTROLLER"),
          directive("MemoryHigh", SIZE, "infinity", 231).live().needs("MEMORY_CONTROLLER"),
          directive("MemoryMax", SIZE, "infinity", 231).live().needs("MEMORY_CONTROLLER"),
          directive("MemorySwapMax", SIZE, "infinity", 232).live().needs("MEMORY_CONTROLLER"),
          directive("MemoryZSwapMax", SIZE, "infinity", 253).needs("MEMORY_CONTROLLER"),
          directive("MemoryZSwapWriteback", FLAG, "yes", 256).needs("MEMORY_CONTROLLER"),
          directive("TasksMax", COUNT, VARIES, 227).live().needs("PIDS_CONTROLLER"),
          directive("IOWeight", WEIGHT, "infinity", 230).live().needs("IO_CONTROLLER"),
          directive("IODeviceWeight", OPAQUE, "", 230).needs("IO_CONTROLLER"),
          directive("IOReadBandwidthMax", DEVICE_RATES, "", 230).needs("IO_CONTROLLER"),
          directive("IOWriteBandwidthMax", DEVICE_RATES, "", 230).needs("IO_CONTROLLER"),
          directive("IOReadIOPSMax", DEVICE_RATES, "", 230).needs("IO_CONTROLLER"),
          directive("IOWriteIOPSMax", DEVICE_RATES, "", 230).needs("IO_CONTROLLER"),
          directive("IODeviceLatencyTargetSec", OPAQUE, "", 240)
              .onBus("IODeviceLatencyTargetUSec")
              .needs("IO_CONTROLLER"),
          directive("MemoryAccounting", FLAG, VARIES, 208).live().ordinary(),
          directive("TasksAccounting", FLAG, VARIES, 227).live().ordinary(),
          directive("IOAccounting", FLAG, VARIES, 230).live().ordinary(),
          directive("ManagedOOMSwap", WORD, "auto", 0),
          directive("ManagedOOMMemoryPressure", WORD, "auto", 0),
          directive("ManagedOOMPreference", WORD, "none", 0),
          directive("MemoryPressureWatch", WORD, VARIES, 254).ordinary(),
          directive("Delegate", DELEGATE, "no", 218),
          directive("DelegateSubgroup", LINE, "", 254),
          directive("DisableControllers", WORDS, "", 240),
          directive("Slice", LINE, "system.slice", 208),
          directive("Nice", SIGNED, VARIES, 0),
          directive("OOMScoreAdjust", SIGNED, VARIES, 0),
          directive("OOMPolicy", WORD, VARIES, 243).ordinary(),
          directive("CPUSchedulingPolicy", ENUM, VARIES, 0),
          directive("CPUSchedulingPriority", SIGNED, VARIES, 0),
          directive("CPUSchedulingResetOnFork", FLAG, VARIES, 0).ordinary(),
          directive("CPUAffinity", CPUS, VARIES, 0).ordinary(),
          directive("IOSchedulingClass", ENUM, VARIES, 0),
          directive("IOSchedulingPriority", SIGNED, VARIES, 0));
}
