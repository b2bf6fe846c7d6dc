package dev.sandbar.core.property;

import static dev.sandbar.core.property.DirectiveInfo.VARIES;
import static dev.sandbar.core.property.DirectiveInfo.exec;
import static dev.sandbar.core.property.DirectiveInfo.kill;
import static dev.sandbar.core.property.DirectiveInfo.service;
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
import static dev.sandbar.core.property.Syntax.OPAQUE;
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
              .instead("use run.preStart")
              .means("Commands that run before the service starts."),
          service("ExecStartPost", COMMANDS, "", 0)
              .onBus("ExecStartPostEx", "ExecStartPost")
              .shows(Evidence.MANAGER)
              .instead("use run.postStart")
              .means("Commands that run once the service is up."),
          service("ExecStop", COMMANDS, "", 0)
              .onBus("ExecStopEx", "ExecStop")
              .shows(Evidence.MANAGER)
              .instead("use run.preStop")
              .means("Commands that stop the service."),
          service("ExecStopPost", COMMANDS, "", 0)
              .onBus("ExecStopPostEx", "ExecStopPost")
              .shows(Evidence.MANAGER)
              .instead("use run.postStop")
              .means("Commands that run after the service has stopped, however it ended."),
          service("ExecReload", COMMANDS, "", 0)
              .onBus("ExecReloadEx", "ExecReload")
              .shows(Evidence.MANAGER)
              .instead("use run.reload")
              .means("The command that makes the service read its configuration again."),
          service("ExecReloadPost", COMMANDS, "", 259)
              .onBus("ExecReloadPostEx", "ExecReloadPost")
              .instead("use run.reload")
              .means("Commands that run after a reload."),
          service("ExecCondition", COMMANDS, "", 243)
              .onBus("ExecConditionEx", "ExecCondition")
              .instead("check it in run.preStart")
              .means("Commands that decide whether the service starts at all."),
          exec("Environment", ENVIRONMENT, "", 0)
              .instead("use run.environment")
              .shows(Evidence.GENERATION)
              .means("Variables that the program starts with."),
          exec("EnvironmentFile", ENVIRONMENT_FILES, "", 0)
              .onBus("EnvironmentFiles")
              .instead(
                  "use run.environment: systemd reads such a file as root, from the device and not from the image")
              .means("Files of variables that the program starts with."),
          exec("PassEnvironment", WORDS, "", 228)
              .instead("use run.environment")
              .openly(SettingText.VARIABLE_NAMES)
              .means("Variables of systemd itself that are passed on."),
          exec("UnsetEnvironment", WORDS, "", 235)
              .instead("use run.environment")
              .openly(SettingText.VARIABLE_NAMES)
              .means("Variables that the program does not get."),
          exec("StandardInput", STREAM, "null", 0)
              .instead("apps have no input; use files")
              .openly(SettingText.INPUT)
              .means("Where input comes from."),
          exec("StandardOutput", STREAM, VARIES, 0)
              .ordinary()
              .takes(SettingText.OUTPUT)
              .means("Where output goes."),
          exec("StandardError", STREAM, VARIES, 0)
              .ordinary()
              .takes(SettingText.OUTPUT)
              .means("Where error output goes."),
          exec("SyslogIdentifier", LINE, VARIES, 0)
              .ordinary()
              .instead("Sandbar writes it")
              .means("The name before the program's lines in the log."),
          exec("SyslogFacility", LOG_FACILITY, VARIES, 0)
              .ordinary()
              .takes(SettingText.LOG_FACILITY)
              .means("The facility of the program's lines in the log."),
          exec("SyslogLevel", LOG_LEVEL, VARIES, 0)
              .ordinary()
              .takes(SettingText.LOG_LEVEL)
              .means("The default log level of the program's lines."),
          exec("SyslogLevelPrefix", FLAG, VARIES, 0)
              .ordinary()
              .takes(SettingText.YES_OR_NO)
              .means("Whether a line may begin with its own level."),
          exec("LogLevelMax", LOG_LEVEL, VARIES, 236)
              .ordinary()
              .takes(SettingText.LOG_LEVEL)
              .means("Lines that are less important than this are not logged."),
          exec("LogExtraFields", LOG_FIELDS, VARIES, 236)
              .ordinary()
              .instead("the program writes its own lines")
              .means("Fields that go with every line of the unit in the journal."),
          exec("LogRateLimitIntervalSec", TIME, VARIES, 240)
              .onBus("LogRateLimitIntervalUSec")
              .ordinary()
              .tunable()
              .takes(SettingText.LONGER_INTERVAL, SettingText.INTERVAL)
              .means("The time over which LogRateLimitBurst counts."),
          exec("LogRateLimitBurst", COUNT, VARIES, 240)
              .ordinary()
              .tunable()
              .takes(SettingText.FEWER_LINES, SettingText.LINES)
              .means("How many lines may be logged within LogRateLimitIntervalSec."),
          exec("LogNamespace", LINE, "", 245)
              .instead("Sandbar reads the journal of the device")
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
              .instead("pauses grow from RestartSec to a minute")
              .means("In how many steps the pause grows from RestartSec to RestartMaxDelaySec."),
          service("RestartMaxDelaySec", TIME, VARIES, 254)
              .onBus("RestartMaxDelayUSec")
              .ordinary()
              .instead("pauses grow from RestartSec to a minute")
              .means("The longest pause before a restart."),
          service("RestartMode", WORD, VARIES, 254)
              .ordinary()
              .tunable()
              .instead("no unit depends on an app; a start that fails must end as one")
              .means("Whether units that depend on the service notice a restart."),
          service("RestartPreventExitStatus", EXIT_STATUS, VARIES, 189)
              .ordinary()
              .takes(SettingText.EXIT_CODES)
              .means("Exit codes after which the service is not started again."),
          service("RestartForceExitStatus", EXIT_STATUS, VARIES, 215)
              .ordinary()
              .takes(SettingText.EXIT_CODES)
              .means("Exit codes after which the service is started again in any case."),
          service("SuccessExitStatus", EXIT_STATUS, VARIES, 189)
              .ordinary()
              .takes(SettingText.EXIT_CODES)
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
              .empty(EmptyAssignment.RESETS)
              .onBus("TimeoutAbortUSec")
              .ordinary()
              .tunable()
              .takes(SettingText.AT_MOST_90S)
              .means("How long the service may take to end after its watchdog has aborted it."),
          service("RuntimeMaxSec", TIME, VARIES, 229)
              .onBus("RuntimeMaxUSec")
              .ordinary()
              .tunable()
              .takes(SettingText.LONGEST_RUN)
              .means("How long the service may run before it is stopped."),
          service("TimeoutStartFailureMode", WORD, VARIES, 246)
              .ordinary()
              .tunable()
              .takes(SettingText.FAILURE_MODE)
              .means("How a service that takes too long to start is stopped."),
          service("TimeoutStopFailureMode", WORD, VARIES, 246)
              .ordinary()
              .tunable()
              .takes(SettingText.FAILURE_MODE)
              .means("How a service that takes too long to stop is stopped."),
          exec("UtmpIdentifier", LINE, "", 0)
              .unread()
              .instead("an app has no session")
              .means("The name under which a session is noted in utmp."),
          exec("StandardInputText", OPAQUE, "", 236)
              .unread()
              .instead("apps have no input; use files")
              .means("Text that the program reads from standard input."),
          exec("StandardInputData", OPAQUE, "", 236)
              .unread()
              .instead("apps have no input; use files")
              .means("Bytes that the program reads from standard input."),
          exec("LogFilterPatterns", OPAQUE, "", 253)
              .unread()
              .instead("the program writes its own lines")
              .means("Patterns that lines must match, or not match, to be logged."),
          exec("TimeoutCleanSec", TIMEOUT, VARIES, 244)
              .unread()
              .instead("systemd cleans nothing of an app by hand")
              .means("How long systemctl clean may take."),
          service("TimeoutSec", TIMEOUT, VARIES, 0)
              .unread()
              .instead("use TimeoutStartSec and TimeoutStopSec")
              .means("Both TimeoutStartSec and TimeoutStopSec."),
          service("RuntimeRandomizedExtraSec", TIME, VARIES, 250)
              .onBus("RuntimeRandomizedExtraUSec")
              .ordinary()
              .takes(SettingText.INTERVAL)
              .tunable()
              .means("How much later than RuntimeMaxSec the service may be stopped, by chance."),
          // Reads 0 of a unit that does not run.
          service("WatchdogSec", TIMEOUT, VARIES, 0)
              .unread()
              .instead("use run.watchdog")
              .means("How long the program may be silent before it is ended and started again."),
          kill("WatchdogSignal", SIGNAL, VARIES, 240)
              .ordinary()
              .takes(SettingText.LAST_SIGNAL)
              .means("The signal that ends a program that was silent for too long."),
          service("ReloadSignal", SIGNAL, VARIES, 253)
              .ordinary()
              .instead("use run.reload")
              .means("The signal that a service of type notify-reload reads its configuration at."),
          service("RestartRandomizedDelaySec", TIME, VARIES, 262)
              .unread()
              .instead("pauses grow from RestartSec to a minute")
              .means("How much longer the pause before a restart may be, by chance."),
          service("USBFunctionDescriptors", PATH, VARIES, 227)
              .unread()
              .instead("no app is a USB gadget")
              .means("The file that describes a USB gadget function."),
          service("USBFunctionStrings", PATH, VARIES, 227)
              .unread()
              .instead("no app is a USB gadget")
              .means("The file with the texts of a USB gadget function."),
          service("Sockets", WORDS, VARIES, 0)
              .unread()
              .instead("use permissions.ports with via: Socket")
              .means("Socket units whose sockets the service takes over."),
          service("LUOSession", WORDS, VARIES, 262)
              .unread()
              .instead("an app starts anew with the device")
              .means("Sessions that outlive a live update of the kernel."),
          kill("KillMode", WORD, "control-group", 187)
              .empty(EmptyAssignment.RESETS)
              .shows(Evidence.MANAGER)
              .takes(SettingText.KILL_MODE)
              .means("Which processes are killed when the unit stops."),
          kill("KillSignal", SIGNAL, VARIES, 187)
              .ordinary()
              .instead("use run.stopSignal")
              .means("The signal that asks the program to stop."),
          kill("RestartKillSignal", SIGNAL, VARIES, 244)
              .ordinary()
              .instead("use run.stopSignal")
              .means("The signal that stops the program for a restart."),
          kill("FinalKillSignal", SIGNAL, VARIES, 240)
              .ordinary()
              .instead("what still runs at the end must end")
              .means("The signal sent to what still runs after the stop timeout."),
          kill("SendSIGHUP", FLAG, VARIES, 207)
              .ordinary()
              .takes(SettingText.YES_OR_NO)
              .means("Whether SIGHUP follows the signal to stop, for shells."),
          kill("SendSIGKILL", FLAG, "yes", 187)
              .shows(Evidence.MANAGER)
              .instead("what still runs at the end must end")
              .means("Whether what still runs after the stop timeout is killed."),
          exec("IgnoreSIGPIPE", FLAG, VARIES, 0)
              .ordinary()
              .takes(SettingText.YES_OR_NO)
              .means("Whether writing into a closed pipe is an error instead of the end."),
          service("NotifyAccess", WORD, "none", 0)
              .shows(Evidence.MANAGER)
              .instead("use run.type: Notify")
              .means("Who may send messages to systemd in the app's name."),
          service("FileDescriptorStoreMax", COUNT, "0", 219)
              .shows(Evidence.MANAGER)
              .instead("no app leaves open files with systemd")
              .means("How many open files the service may leave with systemd across a restart."),
          service("FileDescriptorStorePreserve", WORD, VARIES, 254)
              .ordinary()
              .instead("no app leaves open files with systemd")
              .means("Whether files left with systemd are kept when the service stops."),
          service("RemainAfterExit", FLAG, VARIES, 0)
              .ordinary()
              .instead("an app runs until it is removed, or as run.schedule says")
              .means("Whether the service counts as running after its processes have ended."),
          service("GuessMainPID", FLAG, VARIES, 0)
              .ordinary()
              .instead("start the program in the foreground")
              .openly(SettingText.YES_OR_NO)
              .means("Whether systemd guesses the main process of a forking service."),
          service("ExitType", WORD, VARIES, 250)
              .ordinary()
              .takes(SettingText.EXIT_TYPE)
              .means("Whether the service ends with its main process or with its last one."),
          service("NonBlocking", FLAG, VARIES, 0)
              .ordinary()
              .instead("use permissions.ports with via: Socket")
              .means("Whether sockets that systemd passes on do not block."),
          service("PIDFile", PATH, VARIES, 0)
              .ordinary()
              .instead("start the program in the foreground")
              .openly(SettingText.PID_FILE)
              .means("The file in which a forking service names its main process."),
          service("BusName", LINE, VARIES, 0)
              .empty(EmptyAssignment.KEEPS)
              .ordinary()
              .instead(
                  "ask for permissions.dbus; a program that is up says so with run.type Notify")
              .openly(SettingText.BUS_NAME)
              .means("The D-Bus name that the service takes once it is up."),
          exec("TTYPath", PATH, VARIES, 0)
              .ordinary()
              .instead("an app has no session")
              .means("The terminal of the unit."));
}
