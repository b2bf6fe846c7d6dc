package dev.sandbar.core.property;

import static dev.sandbar.core.property.DirectiveInfo.VARIES;
import static dev.sandbar.core.property.DirectiveInfo.directive;
import static dev.sandbar.core.property.Syntax.COMMANDS;
import static dev.sandbar.core.property.Syntax.COUNT;
import static dev.sandbar.core.property.Syntax.ENUM;
import static dev.sandbar.core.property.Syntax.ENVIRONMENT;
import static dev.sandbar.core.property.Syntax.ENVIRONMENT_FILES;
import static dev.sandbar.core.property.Syntax.EXIT_STATUS;
import static dev.sandbar.core.property.Syntax.FLAG;
import static dev.sandbar.core.property.Syntax.LINE;
import static dev.sandbar.core.property.Syntax.LOG_FIELDS;
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
          directive("Type", WORD, VARIES, 0).ordinary(),
          directive("ExecStart", COMMANDS, "", 0).onBus("ExecStartEx", "ExecStart"),
          directive("ExecStartPre", COMMANDS, "", 0).onBus("ExecStartPreEx", "ExecStartPre"),
          directive("ExecStartPost", COMMANDS, "", 0).onBus("ExecStartPostEx", "ExecStartPost"),
          directive("ExecStop", COMMANDS, "", 0).onBus("ExecStopEx", "ExecStop"),
          directive("ExecStopPost", COMMANDS, "", 0).onBus("ExecStopPostEx", "ExecStopPost"),
          directive("ExecReload", COMMANDS, "", 0).onBus("ExecReloadEx", "ExecReload"),
          directive("ExecReloadPost", COMMANDS, "", 259)
              .onBus("ExecReloadPostEx", "ExecReloadPost"),
          directive("ExecCondition", COMMANDS, "", 243).onBus("ExecConditionEx", "ExecCondition"),
          directive("Environment", ENVIRONMENT, "", 0),
          directive("EnvironmentFile", ENVIRONMENT_FILES, "", 0).onBus("EnvironmentFiles"),
          directive("PassEnvironment", WORDS, "", 228),
          directive("UnsetEnvironment", WORDS, "", 235),
          directive("StandardInput", STREAM, "null", 0),
          directive("StandardOutput", STREAM, VARIES, 0).ordinary(),
          directive("StandardError", STREAM, VARIES, 0).ordinary(),
          directive("SyslogIdentifier", LINE, VARIES, 0).ordinary(),
          directive("SyslogFacility", ENUM, VARIES, 0).ordinary(),
          directive("SyslogLevel", ENUM, VARIES, 0).ordinary(),
          directive("SyslogLevelPrefix", FLAG, VARIES, 0).ordinary(),
          directive("LogLevelMax", ENUM, VARIES, 236).ordinary(),
          directive("LogExtraFields", LOG_FIELDS, VARIES, 236).ordinary(),
          directive("LogRateLimitIntervalSec", TIME, VARIES, 240)
              .onBus("LogRateLimitIntervalUSec")
              .ordinary(),
          directive("LogRateLimitBurst", COUNT, VARIES, 240).ordinary(),
          directive("LogNamespace", LINE, "", 245),
          directive("Restart", WORD, VARIES, 0).ordinary(),
          directive("RestartSec", TIME, VARIES, 0).onBus("RestartUSec").ordinary(),
          directive("RestartSteps", COUNT, VARIES, 254).ordinary(),
          directive("RestartMaxDelaySec", TIME, VARIES, 254)
              .onBus("RestartMaxDelayUSec")
              .ordinary(),
          directive("RestartMode", WORD, VARIES, 254).ordinary(),
          directive("RestartPreventExitStatus", EXIT_STATUS, VARIES, 189).ordinary(),
          directive("RestartForceExitStatus", EXIT_STATUS, VARIES, 215).ordinary(),
          directive("SuccessExitStatus", EXIT_STATUS, VARIES, 189).ordinary(),
          directive("TimeoutStartSec", TIMEOUT, VARIES, 188).onBus("TimeoutStartUSec").ordinary(),
          directive("TimeoutStopSec", TIMEOUT, VARIES, 188).onBus("TimeoutStopUSec").ordinary(),
          directive("TimeoutAbortSec", TIME, VARIES, 243).onBus("TimeoutAbortUSec").ordinary(),
          directive("RuntimeMaxSec", TIME, VARIES, 229).onBus("RuntimeMaxUSec").ordinary(),
          directive("TimeoutStartFailureMode", WORD, VARIES, 246).ordinary(),
          directive("TimeoutStopFailureMode", WORD, VARIES, 246).ordinary(),
          directive("KillMode", WORD, "control-group", 187),
          directive("KillSignal", SIGNAL, VARIES, 187).ordinary(),
          directive("RestartKillSignal", SIGNAL, VARIES, 244).ordinary(),
          directive("FinalKillSignal", SIGNAL, VARIES, 240).ordinary(),
          directive("SendSIGHUP", FLAG, VARIES, 207).ordinary(),
          directive("SendSIGKILL", FLAG, "yes", 187),
          directive("IgnoreSIGPIPE", FLAG, VARIES, 0).ordinary(),
          directive("NotifyAccess", WORD, "none", 0),
          directive("FileDescriptorStoreMax", COUNT, "0", 219),
          directive("FileDescriptorStorePreserve", WORD, VARIES, 254).ordinary(),
          directive("RemainAfterExit", FLAG, VARIES, 0).ordinary(),
          directive("GuessMainPID", FLAG, VARIES, 0).ordinary(),
          directive("ExitType", WORD, VARIES, 250).ordinary(),
          directive("NonBlocking", FLAG, VARIES, 0).ordinary(),
          directive("PIDFile", PATH, VARIES, 0).ordinary(),
          directive("BusName", LINE, VARIES, 0).ordinary(),
          directive("TTYPath", PATH, VARIES, 0).ordinary(),
          directive("StartLimitIntervalSec", TIME, VARIES, 229)
              .onBus("StartLimitIntervalUSec")
              .inUnitSection()
              .ordinary(),
          directive("StartLimitBurst", COUNT, VARIES, 229).inUnitSection().ordinary(),
          directive("DefaultDependencies", FLAG, VARIES, 201).inUnitSection().ordinary(),
          directive("CollectMode", WORD, VARIES, 236).inUnitSection().ordinary(),
          directive("Description", LINE, VARIES, 201).inUnitSection().ordinary());
}
