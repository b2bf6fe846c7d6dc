package dev.sandbar.core.property;

import static dev.sandbar.core.property.DirectiveInfo.VARIES;
import static dev.sandbar.core.property.DirectiveInfo.exec;
import static dev.sandbar.core.property.DirectiveInfo.install;
import static dev.sandbar.core.property.DirectiveInfo.kill;
import static dev.sandbar.core.property.DirectiveInfo.service;
import static dev.sandbar.core.property.DirectiveInfo.unit;
import static dev.sandbar.core.property.Syntax.COMMANDS;
import static dev.sandbar.core.property.Syntax.COUNT;
import static dev.sandbar.core.property.Syntax.ENVIRONMENT;
import static dev.sandbar.core.property.Syntax.ENVIRONMENT_FILES;
import static dev.sandbar.core.property.Syntax.EXIT_STATUS;
import static dev.sandbar.core.property.Syntax.FLAG;
import static dev.sandbar.core.property.Syntax.LINE;
import static dev.sandbar.core.property.Syntax.LOG_FACILITY;
import static dev.sandbar.core.property.Syntax.LOG_FIELDS;
import static dev.sandbar.core.property.Syntax.LOG_LEVEL;
import static dev.sandbar.core.property.Syntax.PATH;
import static dev.sandbar.core.property.Syntax.SIGNAL;
import static dev.sandbar.core.property.Syntax.STREAM;
import static dev.sandbar.core.property.Syntax.TIME;
import static dev.sandbar.core.property.Syntax.TIMEOUT;
import static dev.sandbar.core.property.Syntax.WORD;
import static dev.sandbar.core.property.Syntax.WORDS;

import java.util.List;

/**
 * What a unit runs and how it is kept running (systemd.service(5), systemd.kill(5),
 * systemd.unit(5)).
 */
final class ServiceDirectives {

  private ServiceDirectives() {}

  static final List<DirectiveInfo> ALL =
      List.of(
          service("Type", WORD, VARIES, 0)
              .ordinary()
              .takes(SettingText.EXEC, SettingText.TYPE)
              .means("When the service counts as started."),
          service("ExecStart", COMMANDS, "", 0)
              .onBus("ExecStartEx", "ExecStart")
              .instead("use run.command")
              .shows(Evidence.MANAGER)
              .means("The program that the service runs, with its arguments."),
          service("ExecStartPre", COMMANDS, "", 0)
              .onBus("ExecStartPreEx", "ExecStartPre")
              .shows(Evidence.MANAGER)
              .means("Commands that run before the service starts."),
          service("ExecStartPost", COMMANDS, "", 0)
              .onBus("ExecStartPostEx", "ExecStartPost")
              .shows(Evidence.MANAGER)
              .means("Commands that run once the service is up."),
          service("ExecStop", COMMANDS, "", 0)
              .onBus("ExecStopEx", "ExecStop")
              .shows(Evidence.MANAGER)
              .means("Commands that stop the service."),
          service("ExecStopPost", COMMANDS, "", 0)
              .onBus("ExecStopPostEx", "ExecStopPost")
              .shows(Evidence.MANAGER)
              .means("Commands that run after the service has stopped, however it ended."),
          service("ExecReload", COMMANDS, "", 0)
              .onBus("ExecReloadEx", "ExecReload")
              .shows(Evidence.MANAGER)
              .means("The command that makes the service read its configuration again."),
          service("ExecReloadPost", COMMANDS, "", 259)
              .onBus("ExecReloadPostEx", "ExecReloadPost")
              .means("Commands that run after a reload."),
          service("ExecCondition", COMMANDS, "", 243)
              .onBus("ExecConditionEx", "ExecCondition")
              .means("Commands that decide whether the service starts at all."),
          exec("Environment", ENVIRONMENT, "", 0)
              .instead("use run.environment")
              .shows(Evidence.GENERATION)
              .means("Variables that the program starts with."),
          exec("EnvironmentFile", ENVIRONMENT_FILES, "", 0)
              .onBus("EnvironmentFiles")
              .means("Files of variables that the program starts with."),
          exec("PassEnvironment", WORDS, "", 228)
              .means("Variables of systemd itself that are passed on."),
          exec("UnsetEnvironment", WORDS, "", 235)
              .means("Variables that the program does not get."),
          exec("StandardInput", STREAM, "null", 0).means("Where input comes from."),
          exec("StandardOutput", STREAM, VARIES, 0).ordinary().means("Where output goes."),
          exec("StandardError", STREAM, VARIES, 0).ordinary().means("Where error output goes."),
          exec("SyslogIdentifier", LINE, VARIES, 0)
              .ordinary()
              .means("The name before the program's lines in the log."),
          exec("SyslogFacility", LOG_FACILITY, VARIES, 0)
              .ordinary()
              .means("The facility of the program's lines in the log."),
          exec("SyslogLevel", LOG_LEVEL, VARIES, 0)
              .ordinary()
              .means("The default log level of the program's lines."),
          exec("SyslogLevelPrefix", FLAG, VARIES, 0)
              .ordinary()
              .means("Whether a line may begin with its own level."),
          exec("LogLevelMax", LOG_LEVEL, VARIES, 236)
              .ordinary()
              .means("Lines that are less important than this are not logged."),
          exec("LogExtraFields", LOG_FIELDS, VARIES, 236)
              .ordinary()
              .means("Fields that go with every line of the unit in the journal."),
          exec("LogRateLimitIntervalSec", TIME, VARIES, 240)
              .onBus("LogRateLimitIntervalUSec")
              .ordinary()
              .tunable()
              .means("The time over which LogRateLimitBurst counts."),
          exec("LogRateLimitBurst", COUNT, VARIES, 240)
              .ordinary()
              .tunable()
              .means("How many lines may be logged within LogRateLimitIntervalSec."),
          exec("LogNamespace", LINE, "", 245)
              .means("The journal that the unit writes to, apart from the device's own."),
          service("Restart", WORD, VARIES, 0)
              .ordinary()
              .takes(SettingText.RESTART)
              .tunable()
              .means("When the service is started again after its end."),
          service("RestartSec", TIME, VARIES, 0)
              .onBus("RestartUSec")
              .ordinary()
              .takes(SettingText.PAUSE)
              .tunable()
              .means("The pause before a restart."),
          service("RestartSteps", COUNT, VARIES, 254)
              .ordinary()
              .means("In how many steps the pause grows from RestartSec to RestartMaxDelaySec."),
          service("RestartMaxDelaySec", TIME, VARIES, 254)
              .onBus("RestartMaxDelayUSec")
              .ordinary()
              .means("The longest pause before a restart."),
          service("RestartMode", WORD, VARIES, 254)
              .ordinary()
              .tunable()
              .means("Whether units that depend on the service notice a restart."),
          service("RestartPreventExitStatus", EXIT_STATUS, VARIES, 189)
              .ordinary()
              .means("Exit codes after which the service is not started again."),
          service("RestartForceExitStatus", EXIT_STATUS, VARIES, 215)
              .ordinary()
              .means("Exit codes after which the service is started again in any case."),
          service("SuccessExitStatus", EXIT_STATUS, VARIES, 189)
              .ordinary()
              .means("Exit codes that count as success."),
          service("TimeoutStartSec", TIMEOUT, VARIES, 188)
              .onBus("TimeoutStartUSec")
              .ordinary()
              .takes(SettingText.AT_MOST_90S)
              .tunable()
              .means("How long the service may take to start."),
          service("TimeoutStopSec", TIMEOUT, VARIES, 188)
              .onBus("TimeoutStopUSec")
              .ordinary()
              .takes(SettingText.AT_MOST_90S)
              .tunable()
              .means("How long the service may take to stop before it is killed."),
          service("TimeoutAbortSec", TIME, VARIES, 243)
              .onBus("TimeoutAbortUSec")
              .ordinary()
              .tunable()
              .means("How long the service may take to end after its watchdog has aborted it."),
          service("RuntimeMaxSec", TIME, VARIES, 229)
              .onBus("RuntimeMaxUSec")
              .ordinary()
              .tunable()
              .means("How long the service may run before it is stopped."),
          service("TimeoutStartFailureMode", WORD, VARIES, 246)
              .ordinary()
              .tunable()
              .means("How a service that takes too long to start is stopped."),
          service("TimeoutStopFailureMode", WORD, VARIES, 246)
              .ordinary()
              .tunable()
              .means("How a service that takes too long to stop is stopped."),
          kill("KillMode", WORD, "control-group", 187)
              .shows(Evidence.MANAGER)
              .means("Which processes are killed when the unit stops."),
          kill("KillSignal", SIGNAL, VARIES, 187)
              .ordinary()
              .means("The signal that asks the program to stop."),
          kill("RestartKillSignal", SIGNAL, VARIES, 244)
              .ordinary()
              .means("The signal that stops the program for a restart."),
          kill("FinalKillSignal", SIGNAL, VARIES, 240)
              .ordinary()
              .means("The signal sent to what still runs after the stop timeout."),
          kill("SendSIGHUP", FLAG, VARIES, 207)
              .ordinary()
              .means("Whether SIGHUP follows the signal to stop, for shells."),
          kill("SendSIGKILL", FLAG, "yes", 187)
              .shows(Evidence.MANAGER)
              .means("Whether what still runs after the stop timeout is killed."),
          exec("IgnoreSIGPIPE", FLAG, VARIES, 0)
              .ordinary()
              .means("Whether writing into a closed pipe is an error instead of the end."),
          service("NotifyAccess", WORD, "none", 0)
              .shows(Evidence.MANAGER)
              .means("Who may send messages to systemd in the app's name."),
          service("FileDescriptorStoreMax", COUNT, "0", 219)
              .shows(Evidence.MANAGER)
              .means("How many open files the service may leave with systemd across a restart."),
          service("FileDescriptorStorePreserve", WORD, VARIES, 254)
              .ordinary()
              .means("Whether files left with systemd are kept when the service stops."),
          service("RemainAfterExit", FLAG, VARIES, 0)
              .ordinary()
              .means("Whether the service counts as running after its processes have ended."),
          service("GuessMainPID", FLAG, VARIES, 0)
              .ordinary()
              .means("Whether systemd guesses the main process of a forking service."),
          service("ExitType", WORD, VARIES, 250)
              .ordinary()
              .means("Whether the service ends with its main process or with its last one."),
          service("NonBlocking", FLAG, VARIES, 0)
              .ordinary()
              .means("Whether sockets that systemd passes on do not block."),
          service("PIDFile", PATH, VARIES, 0)
              .ordinary()
              .means("The file in which a forking service names its main process."),
          service("BusName", LINE, VARIES, 0)
              .ordinary()
              .means("The D-Bus name that the service takes once it is up."),
          exec("TTYPath", PATH, VARIES, 0).ordinary().means("The terminal of the unit."),
          unit("StartLimitIntervalSec", TIME, VARIES, 229)
              .onBus("StartLimitIntervalUSec")
              .ordinary()
              .means("The time over which StartLimitBurst counts; 0 is no limit."),
          unit("StartLimitBurst", COUNT, VARIES, 229)
              .ordinary()
              .tunable()
              .means("How many starts are allowed within StartLimitIntervalSec."),
          unit("DefaultDependencies", FLAG, VARIES, 201)
              .ordinary()
              .means("Whether the unit starts after the basic system and stops at shutdown."),
          unit("CollectMode", WORD, VARIES, 236)
              .ordinary()
              .means("When systemd forgets a unit that has stopped."),
          unit("Description", LINE, VARIES, 201)
              .ordinary()
              .means("The title of the unit, for people."),
          unit("AssertPathExists", WORDS, VARIES, 218)
              .unread()
              .means("Paths that must exist, or the unit does not start."),
          unit("PartOf", WORDS, VARIES, 201)
              .unread()
              .means("Units whose stop and restart this unit follows."),
          unit("RequiresMountsFor", WORDS, VARIES, 201)
              .unread()
              .means("Paths whose file systems are mounted before the unit starts."),
          install("WantedBy", WORDS, VARIES, 201)
              .unread()
              .means("Units that start this one with them, once it is enabled."));
}
