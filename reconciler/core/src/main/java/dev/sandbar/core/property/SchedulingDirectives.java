package dev.sandbar.core.property;

import static dev.sandbar.core.property.DirectiveInfo.VARIES;
import static dev.sandbar.core.property.DirectiveInfo.exec;
import static dev.sandbar.core.property.DirectiveInfo.service;
import static dev.sandbar.core.property.Syntax.CPUS;
import static dev.sandbar.core.property.Syntax.FLAG;
import static dev.sandbar.core.property.Syntax.IO_CLASS;
import static dev.sandbar.core.property.Syntax.SCHEDULER;
import static dev.sandbar.core.property.Syntax.SIGNED;
import static dev.sandbar.core.property.Syntax.TIME;
import static dev.sandbar.core.property.Syntax.WORD;

import java.util.List;

/** How a unit shares processors, memory and disks with others (systemd.exec(5), Scheduling). */
final class SchedulingDirectives {

  private SchedulingDirectives() {}

  static final List<DirectiveInfo> ALL =
      List.of(
          exec("NUMAPolicy", WORD, VARIES, 243)
              .unread()
              .instead("use AllowedMemoryNodes")
              .means("How memory is taken from NUMA nodes."),
          exec("NUMAMask", CPUS, VARIES, 243)
              .unread()
              .instead("use AllowedMemoryNodes")
              .means("The NUMA nodes that NUMAPolicy is about."),
          exec("MemoryTHP", WORD, VARIES, 260)
              .unread()
              .instead("the setting of the device holds")
              .means("Whether the kernel gives the program huge pages by itself."),
          exec("TimerSlackNSec", TIME, VARIES, 0)
              .unread()
              .instead("the program sets it by prctl(2)")
              .means("By how much timers of the program may be late."),
          exec("Nice", SIGNED, VARIES, 0)
              .empty(EmptyAssignment.RESETS)
              .takes(SettingText.LATER, SettingText.NICENESS)
              .tunable()
              .means(
                  "The nice level: higher values take less processor time; below 0 takes more"
                      + " than usual."),
          exec("OOMScoreAdjust", SIGNED, VARIES, 0)
              .empty(EmptyAssignment.RESETS)
              .takes(SettingText.SOONER, SettingText.SCORE)
              .shows(Evidence.OOM_SCORE)
              .tunable()
              .means("How early the kernel kills the program when memory runs out."),
          service("OOMPolicy", WORD, VARIES, 243)
              .ordinary()
              .tunable()
              .takes(SettingText.OOM_POLICY)
              .means(
                  "What happens to the service when the kernel kills one of its processes for"
                      + " lack of memory."),
          exec("CPUSchedulingPolicy", SCHEDULER, VARIES, 0)
              .tunable()
              .takes(SettingText.ORDINARY_SCHEDULER)
              .means(
                  "How the processor is shared: other, batch, idle, or real-time by fifo or rr."),
          exec("CPUSchedulingPriority", SIGNED, VARIES, 0)
              .tunable()
              .instead("ask for permissions.realtime: the program chooses its priority")
              .means("The priority among real-time programs."),
          exec("CPUSchedulingResetOnFork", FLAG, VARIES, 0)
              .ordinary()
              .tunable()
              .takes(SettingText.YES_OR_NO)
              .means("Whether children of the program lose its real-time scheduling."),
          exec("CPUAffinity", CPUS, VARIES, 0)
              .ordinary()
              .tunable()
              .takes(SettingText.CPU_LIST)
              .means("The processors that the program starts on; it may choose others."),
          exec("IOSchedulingClass", IO_CLASS, VARIES, 0)
              .tunable()
              .takes(SettingText.ORDINARY_IO, SettingText.IO_CLASS)
              .means("The I/O scheduling class: realtime, best-effort or idle."),
          exec("IOSchedulingPriority", SIGNED, VARIES, 0)
              .empty(EmptyAssignment.RESETS)
              .tunable()
              .takes(SettingText.LATER_IO, SettingText.IO_PRIORITY)
              .means("The priority within IOSchedulingClass."));
}
