package dev.sandbar.core.property;

import static dev.sandbar.core.property.DirectiveInfo.VARIES;
import static dev.sandbar.core.property.DirectiveInfo.install;
import static dev.sandbar.core.property.DirectiveInfo.unit;
import static dev.sandbar.core.property.Syntax.COUNT;
import static dev.sandbar.core.property.Syntax.FLAG;
import static dev.sandbar.core.property.Syntax.LINE;
import static dev.sandbar.core.property.Syntax.TIME;
import static dev.sandbar.core.property.Syntax.WORD;
import static dev.sandbar.core.property.Syntax.WORDS;

import java.util.List;

/** When a unit starts, and with which others (systemd.unit(5)). */
final class DependencyDirectives {

  private DependencyDirectives() {}

  static final List<DirectiveInfo> ALL =
      List.of(
          unit("After", WORDS, VARIES, 0)
              .unread()
              .instead("use run.after")
              .means("Units that are up before this one starts."),
          unit("Before", WORDS, VARIES, 0)
              .unread()
              .instead("write run.after in the spec of the other app")
              .means("Units that wait until this one is up."),
          unit("Wants", WORDS, VARIES, 0)
              .unread()
              .instead("no spec starts or stops other units; use run.after for the order")
              .means("Units that are started with this one."),
          unit("Requires", WORDS, VARIES, 0)
              .unread()
              .instead("no spec starts or stops other units; use run.after for the order")
              .means("Units that are started with this one, which fails without them."),
          unit("Requisite", WORDS, VARIES, 0)
              .unread()
              .instead("no spec starts or stops other units; use run.after for the order")
              .means("Units that must run already, or this one fails to start."),
          unit("BindsTo", WORDS, VARIES, 0)
              .unread()
              .instead("no spec starts or stops other units; use run.after for the order")
              .means("Units with whose end this one ends."),
          unit("Upholds", WORDS, VARIES, 249)
              .unread()
              .instead("no spec starts or stops other units; use run.after for the order")
              .means("Units that are started again for as long as this one runs."),
          unit("Conflicts", WORDS, VARIES, 0)
              .unread()
              .instead("no spec starts or stops other units; use run.after for the order")
              .means("Units that are stopped when this one starts."),
          unit("PropagatesStopTo", WORDS, VARIES, 249)
              .unread()
              .instead("no spec starts or stops other units; use run.after for the order")
              .means("Units that stop with this one."),
          unit("StopPropagatedFrom", WORDS, VARIES, 249)
              .unread()
              .instead("no spec starts or stops other units; use run.after for the order")
              .means("Units with which this one stops."),
          unit("PropagatesReloadTo", WORDS, VARIES, 0)
              .unread()
              .instead("no spec starts or stops other units; use run.after for the order")
              .means("Units that reload with this one."),
          unit("OnFailure", WORDS, VARIES, 0)
              .unread()
              .instead("use alerts in the configuration of the agent")
              .means("Units that are started when this one fails."),
          unit("OnSuccess", WORDS, VARIES, 249)
              .unread()
              .instead("no spec starts or stops other units; use run.after for the order")
              .means("Units that are started when this one ends well."),
          unit("FailureAction", WORD, VARIES, 0)
              .unread()
              .instead("no spec restarts a device")
              .means("What the device does when the unit fails, such as a reboot."),
          unit("SuccessAction", WORD, VARIES, 0)
              .unread()
              .instead("no spec restarts a device")
              .means("What the device does when the unit ends well, such as a reboot."),
          unit("StartLimitAction", WORD, VARIES, 0)
              .unread()
              .instead("no spec restarts a device")
              .means("What the device does when the unit was started too often."),
          unit("JobTimeoutSec", TIME, VARIES, 0)
              .unread()
              .instead("use TimeoutStartSec and TimeoutStopSec")
              .means("How long a job of the unit may wait before it is given up."),
          unit("Documentation", WORDS, VARIES, 0)
              .unread()
              .instead("Sandbar writes it")
              .means("Where the unit is described."),
          unit("RefuseManualStart", FLAG, VARIES, 0)
              .unread()
              .instead("Sandbar starts and stops apps")
              .means("Whether the unit can only be started through others."),
          unit("RefuseManualStop", FLAG, VARIES, 0)
              .unread()
              .instead("Sandbar starts and stops apps")
              .means("Whether the unit can only be stopped through others."),
          unit("IgnoreOnIsolate", FLAG, VARIES, 0)
              .unread()
              .instead("apps stop with the target of all apps")
              .means("Whether the unit goes on when another target is isolated."),
          unit("StopWhenUnneeded", FLAG, VARIES, 0)
              .unread()
              .instead("Sandbar starts and stops apps")
              .means("Whether the unit stops when no other unit needs it."),
          unit("ConditionPathExists", WORDS, VARIES, 0)
              .unread()
              .instead("check it in run.preStart")
              .means("Paths that must exist, or the unit is passed over."),
          unit("ConditionVirtualization", WORDS, VARIES, 0)
              .unread()
              .instead("select devices by label")
              .means("The kind of virtual machine that the unit is for."),
          unit("ConditionArchitecture", WORDS, VARIES, 0)
              .unread()
              .instead("select devices by label")
              .means("The architecture that the unit is for."),
          unit("ConditionHost", WORDS, VARIES, 0)
              .unread()
              .instead("select devices by label")
              .means("The host name or machine ID that the unit is for."),
          unit("ConditionKernelCommandLine", WORDS, VARIES, 0)
              .unread()
              .instead("select devices by label")
              .means("What the kernel command line must have for the unit."),
          unit("ConditionFraction", WORDS, VARIES, 261)
              .unread()
              .instead("select devices by label")
              .means("The share of all machines that the unit is for."),
          unit("ConditionMachineTag", WORDS, VARIES, 261)
              .unread()
              .instead("select devices by label")
              .means("The tag of the machine that the unit is for."),
          install("Alias", WORDS, VARIES, 201)
              .unread()
              .instead("an app has one name")
              .means("Further names of the unit, once it is enabled."),
          install("RequiredBy", WORDS, VARIES, 201)
              .unread()
              .instead("apps start with the target of all apps")
              .means("Units that start this one and fail without it, once it is enabled."),
          install("Also", WORDS, VARIES, 201)
              .unread()
              .instead("write an AppSandbox for each app, with run.schedule for one with a timer")
              .means("Units that are enabled and disabled with this one."),
          unit("StartLimitIntervalSec", TIME, VARIES, 229)
              .onBus("StartLimitIntervalUSec")
              .ordinary()
              .instead("pauses grow from RestartSec to a minute")
              .means("The time over which StartLimitBurst counts; 0 is no limit."),
          unit("StartLimitBurst", COUNT, VARIES, 229)
              .ordinary()
              .tunable()
              .instead("pauses grow from RestartSec to a minute")
              .means("How many starts are allowed within StartLimitIntervalSec."),
          unit("DefaultDependencies", FLAG, VARIES, 201)
              .ordinary()
              .instead("apps start with the target of all apps; use run.after")
              .means("Whether the unit starts after the basic system and stops at shutdown."),
          unit("CollectMode", WORD, VARIES, 236)
              .ordinary()
              .instead("systemd keeps it for as long as Sandbar declares it")
              .means("When systemd forgets a unit that has stopped."),
          unit("Description", LINE, VARIES, 201)
              .ordinary()
              .instead("Sandbar writes it")
              .means("The title of the unit, for people."),
          unit("AssertPathExists", WORDS, VARIES, 218)
              .unread()
              .instead("check it in run.preStart")
              .means("Paths that must exist, or the unit does not start."),
          unit("PartOf", WORDS, VARIES, 201)
              .unread()
              .instead("apps start with the target of all apps; use run.after")
              .means("Units whose stop and restart this unit follows."),
          unit("RequiresMountsFor", WORDS, VARIES, 201)
              .unread()
              .instead("apps start with the target of all apps; use run.after")
              .means("Paths whose file systems are mounted before the unit starts."),
          install("WantedBy", WORDS, VARIES, 201)
              .unread()
              .instead("apps start with the target of all apps; use run.after")
              .means("Units that start this one with them, once it is enabled."));
}
