package dev.sandbar.crds.v1alpha1;

import com.fasterxml.jackson.annotation.JsonAnyGetter;
import com.fasterxml.jackson.annotation.JsonAnySetter;
import com.fasterxml.jackson.annotation.JsonClassDescription;
import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import com.fasterxml.jackson.databind.JsonNode;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Required;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What an app is and may do, as in a manifest in Git. The permissions, directives and system calls
 * of the schema, and how large each part may be, are added from the compiler's own tables.
 *
 * @param others fields that this version does not know, kept for the compiler, which refuses them
 */
@JsonClassDescription("Declares the app and what it may do, as a manifest in Git does.")
@JsonInclude(JsonInclude.Include.NON_NULL)
public record AppSandboxSpec(
    @JsonPropertyDescription(
            "Selects by label which devices in the namespace run the app. If omitted,"
                + " every device does.")
        @Nullable Selector devices,
    @JsonPropertyDescription(
            "The root file system of the app, a squashfs or erofs image. If omitted, the"
                + " app runs a program from the device, in the same sandbox.")
        @Nullable AppSandboxImage image,
    @JsonPropertyDescription(
            "Variables whose values each device gives, for arguments, environment and files.")
        @Nullable List<AppSandboxVariable> variables,
    @Required @JsonPropertyDescription("The program and how it is started.") Run run,
    @JsonPropertyDescription(
            "Files that the app sees and cannot write, such as its configuration. A changed file"
                + " restarts the app.")
        @Nullable List<File> files,
    @JsonPropertyDescription(
            "Secrets, encrypted by age to the devices that run the app. The app reads each as a file"
                + " in the directory that CREDENTIALS_DIRECTORY names. A changed secret restarts"
                + " the app.")
        @Nullable List<AppSandboxSecret> secrets,
    @Default("Closed")
        @JsonPropertyDescription(
            "What an absent permission means. Closed: it is withheld. Open: only what is"
                + " withheld by name is restricted; for migrating legacy apps.")
        @Nullable Mode mode,
    @JsonPropertyDescription(
            "What the app may do. A permission is granted (true, or a list of what is"
                + " granted) or withheld (false).")
        @Nullable JsonNode permissions,
    @JsonPropertyDescription(
            "Whose network the app is in. Shared, the default: that of the device. Own: a network namespace of"
                + " its own, which leads where the permissions say, by NAT.")
        @Nullable Network network,
    @JsonPropertyDescription("System calls to add or remove; deny wins.")
        @Nullable SystemCalls systemCalls,
    @JsonPropertyDescription(
            "systemd directives. In Closed mode they may only restrict more than the"
                + " permissions, never open more.")
        @Nullable JsonNode directives,
    @JsonPropertyDescription(
            "Walls of the closed sandbox that are opened, each with a reason; the policy of the device must list them.")
        @Nullable List<AppSandboxRaw> raw,
    @JsonPropertyDescription(
            "What happens when the kernel does not hold the sandbox of the started app. Strict, the"
                + " default: the app is rolled back, or stopped if it has no other version. Permissive: it goes on,"
                + " and what is not enforced is reported; the policy of the device must allow that.")
        @Nullable Enforcement enforcement,
    @JsonPropertyDescription(
            "When a version counts as good, and is rolled back otherwise. If omitted, it does when"
                + " it has stayed up for some seconds.")
        @Nullable AppSandboxHealth health,
    @JsonPropertyDescription("What happens when a device differs from what was applied.")
        @Nullable Drift drift,
    @JsonPropertyDescription(
            "Whether the devices leave the app as it is: nothing is applied to it, and drift is"
                + " reported but not corrected. An app that the policy of a device denies is"
                + " stopped regardless, and a deleted AppSandbox is removed.")
        @Nullable Boolean suspend,
    @JsonPropertyDescription(
            "Keeps the version that runs on each device: newer ones wait until this is removed or"
                + " its time is over. Unlike with suspend, drift is corrected where the spec says so.")
        @Nullable Hold hold,
    @JsonPropertyDescription(
            "When the app is ready although not all of its devices are. Only the operator reads it;"
                + " devices do not get it.")
        @Nullable ReadyWhen readyWhen,
    @JsonPropertyDescription(
            "When updates may interrupt the app: an update waits until the app and the device allow"
                + " it. If omitted, the app may always be interrupted.")
        @Nullable AppSandboxMaintenance maintenance,
    @JsonAnySetter @JsonAnyGetter Map<String, JsonNode> others) {

  public AppSandboxSpec {
    others = Absent.asEmpty(others);
  }

  /** A spec of known fields that is not suspended. */
  public AppSandboxSpec(
      @Nullable Selector devices,
      @Nullable AppSandboxImage image,
      Run run,
      @Nullable Mode mode,
      @Nullable JsonNode permissions,
      @Nullable SystemCalls systemCalls,
      @Nullable JsonNode directives,
      @Nullable Drift drift) {
    this(
        devices,
        image,
        null,
        run,
        null,
        null,
        mode,
        permissions,
        null,
        systemCalls,
        directives,
        null,
        null,
        null,
        drift,
        null,
        null,
        null,
        null,
        Map.of());
  }

  /** When the app is ready. */
  @JsonInclude(JsonInclude.Include.NON_EMPTY)
  public record ReadyWhen(
      @JsonPropertyDescription(
              "How many of the selected devices must be reachable: All, the default, or a percentage such"
                  + " as 95%. Those that are reachable must all be ready; the unreachable are named in"
                  + " the condition.")
          @Nullable String reachable,
      @JsonAnySetter @JsonAnyGetter Map<String, JsonNode> others) {
    public ReadyWhen {
      others = Absent.asEmpty(others);
    }
  }

  /** What an absent permission means. */
  public enum Mode {
    Closed,
    Open
  }

  /** Whose network an app is in. */
  public enum Network {
    Shared,
    Own
  }

  /** What happens when the kernel does not hold the sandbox. */
  public enum Enforcement {
    Strict,
    Permissive
  }

  /** What happens when something differs from what was applied. */
  public enum DriftMode {
    Detect,
    Correct
  }

  /** What happens when the device drifts. */
  @JsonInclude(JsonInclude.Include.NON_EMPTY)
  public record Drift(
      @JsonPropertyDescription(
              "Detect, the default, reports the drift; Correct also corrects it and reads back the"
                  + " result.")
          @Nullable DriftMode mode,
      @JsonPropertyDescription(
              "Drift that is neither reported as drift nor corrected, for example of a limit that is"
                  + " tuned on site. It still counts as not enforced.")
          List<IgnoreRule> ignore,
      @JsonAnySetter @JsonAnyGetter Map<String, JsonNode> others) {
    public Drift {
      ignore = Absent.asEmpty(ignore);
      others = Absent.asEmpty(others);
    }

    /** The text of releases before. */
    @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
    static Drift of(String text) {
      return new Drift(DriftMode.valueOf(text), List.of());
    }

    /** Drift of known fields. */
    public Drift(@Nullable DriftMode mode, List<IgnoreRule> ignore) {
      this(mode, ignore, Map.of());
    }
  }

  /** A property whose drift is ignored. */
  @JsonInclude(JsonInclude.Include.NON_EMPTY)
  public record IgnoreRule(
      @Required
          @JsonPropertyDescription(
              "A directive that limits, schedules or restarts the app, such as CPUWeight;"
                  + " directives that make up the sandbox are refused.")
          String property,
      @Required @JsonPropertyDescription("Why it is ignored, in one line.") String reason,
      @JsonAnySetter @JsonAnyGetter Map<String, JsonNode> others) {
    public IgnoreRule {
      others = Absent.asEmpty(others);
    }

    /** A rule of known fields. */
    public IgnoreRule(String property, String reason) {
      this(property, reason, Map.of());
    }
  }

  /** A label selector; both parts must hold. */
  @JsonInclude(JsonInclude.Include.NON_EMPTY)
  public record Selector(
      @JsonPropertyDescription("Labels that a device must have; all must match.")
          Map<String, String> matchLabels,
      @JsonPropertyDescription("Label selector requirements; all must match.")
          List<Requirement> matchExpressions,
      @JsonAnySetter @JsonAnyGetter Map<String, JsonNode> others) {
    public Selector {
      matchLabels = Absent.asEmpty(matchLabels);
      matchExpressions = Absent.asEmpty(matchExpressions);
      others = Absent.asEmpty(others);
    }

    /** A selector of known fields. */
    public Selector(Map<String, String> matchLabels, List<Requirement> matchExpressions) {
      this(matchLabels, matchExpressions, Map.of());
    }
  }

  /** One expression of a selector. */
  @JsonInclude(JsonInclude.Include.NON_EMPTY)
  public record Requirement(
      @Required @JsonPropertyDescription("The label key that the requirement applies to.")
          String key,
      @Required
          @JsonPropertyDescription(
              "How the label is compared. In and NotIn take values, Exists and DoesNotExist"
                  + " take none; NotIn and DoesNotExist match a device without the label.")
          Operator operator,
      @JsonPropertyDescription("The values that the label is compared with.") List<String> values,
      @JsonAnySetter @JsonAnyGetter Map<String, JsonNode> others) {
    public Requirement {
      values = Absent.asEmpty(values);
      others = Absent.asEmpty(others);
    }

    /** An expression of known fields. */
    public Requirement(String key, Operator operator, List<String> values) {
      this(key, operator, values, Map.of());
    }

    /** How values are compared. */
    public enum Operator {
      In,
      NotIn,
      Exists,
      DoesNotExist
    }
  }

  /** When a program counts as started. */
  public enum StartType {
    Exec,
    Notify,
    Forking
  }

  /** The program, or a service of the device in its place. */
  @JsonInclude(JsonInclude.Include.NON_EMPTY)
  public record Run(
      @JsonPropertyDescription(
              "The absolute path of the program and its arguments, passed unchanged: no"
                  + " shell, and no expansion of $ or %.")
          List<String> command,
      @JsonPropertyDescription(
              "In the place of command: a service that the device has, for example"
                  + " mosquitto.service. It keeps its user, its files and its start; the app takes"
                  + " away what is withheld: in mode Closed every permission that is not named. The"
                  + " policy of the device must list it under adopt.")
          @Nullable String unit,
      @JsonPropertyDescription(
              "Environment variables by name. Not for secrets: anybody who may read the"
                  + " object can read them.")
          Map<String, String> environment,
      @JsonPropertyDescription("The directory the program starts in, an absolute path.")
          @Nullable String workingDirectory,
      @JsonPropertyDescription("The name and the home that the app finds for its own uid.")
          @Nullable AppSandboxUser user,
      @JsonPropertyDescription(
              "Names of directories below /run that the app writes, as RuntimeDirectory= of a service"
                  + " gives them: empty at each start, seen by all its commands, and gone when it has"
                  + " stopped. They hold 1 MiB together.")
          List<String> runtimeDirectories,
      @JsonPropertyDescription(
              "When the program counts as started. Exec, the default: when it was executed. Notify:"
                  + " when it says so (sd_notify); it needs permissions.unixSockets. Forking: when it"
                  + " has gone into the background.")
          @Nullable StartType type,
      @JsonPropertyDescription(
              "How long a program of type Notify may be silent before it is started again, for"
                  + " example 30s.")
          @Nullable String watchdog,
      @JsonPropertyDescription(
              "Commands that run before the program, in the same sandbox and one after the other."
                  + " If one fails, the app does not start, unless its path begins with -.")
          List<List<String>> preStart,
      @JsonPropertyDescription("Commands that run once the program has started.")
          List<List<String>> postStart,
      @JsonPropertyDescription(
              "Commands that have the program read its configuration again (systemctl reload).")
          List<List<String>> reload,
      @JsonPropertyDescription("Commands that run before the program is asked to stop.")
          List<List<String>> preStop,
      @JsonPropertyDescription("Commands that run after the program has ended, however it did.")
          List<List<String>> postStop,
      @JsonPropertyDescription("The signal that asks the program to stop; SIGTERM by default.")
          @Nullable String stopSignal,
      @JsonPropertyDescription(
              "Names of apps, and units of the device such as dbus.service, that the app starts"
                  + " after. It starts none of them.")
          List<String> after,
      @JsonPropertyDescription(
              "When the program runs, in place of always: minute, hour, day of the month, month and"
                  + " day of the week as in a CronJob, for example \"0 2 * * *\" for every day at"
                  + " 02:00. It runs until it ends; what the device missed while it was off is made"
                  + " up for once.")
          @Nullable String schedule,
      @JsonPropertyDescription(
              "The time zone of schedule, a name of the IANA database such as Europe/Berlin; UTC by"
                  + " default.")
          @Nullable String timeZone,
      @JsonAnySetter @JsonAnyGetter Map<String, JsonNode> others) {
    public Run {
      command = Absent.asEmpty(command);
      environment = Absent.asEmpty(environment);
      runtimeDirectories = Absent.asEmpty(runtimeDirectories);
      preStart = Absent.asEmpty(preStart);
      postStart = Absent.asEmpty(postStart);
      reload = Absent.asEmpty(reload);
      preStop = Absent.asEmpty(preStop);
      postStop = Absent.asEmpty(postStop);
      after = Absent.asEmpty(after);
      others = Absent.asEmpty(others);
    }

    /** A program of known fields. */
    public Run(
        List<String> command, Map<String, String> environment, @Nullable String workingDirectory) {
      this(
          command,
          null,
          environment,
          workingDirectory,
          null,
          List.of(),
          null,
          null,
          List.of(),
          List.of(),
          List.of(),
          List.of(),
          List.of(),
          null,
          List.of(),
          null,
          null,
          Map.of());
    }
  }

  /** A file that the app sees. */
  @JsonInclude(JsonInclude.Include.NON_EMPTY)
  public record File(
      @Required
          @JsonPropertyDescription(
              "The absolute path that the app sees the file at. A path below /run can be any;"
                  + " another must exist in the image, or on the device if there is no image.")
          String path,
      @JsonPropertyDescription(
              "The text in the file. Not for secrets: anybody who may read the object can read it.")
          @Nullable String content,
      @JsonPropertyDescription("Where the text in the file is taken from, instead of content.")
          @Nullable ContentSource from,
      @JsonPropertyDescription("The mode of the file: 0444, the default, or 0555 for a program.")
          @Nullable String mode,
      @JsonPropertyDescription(
              "What another content does: Restart, the default, or Reload, which runs run.reload and"
                  + " needs a folder of its own below /run.")
          @Nullable String onChange,
      @JsonAnySetter @JsonAnyGetter Map<String, JsonNode> others) {
    public File {
      others = Absent.asEmpty(others);
    }
  }

  /** System calls by name or {@code @group}; deny wins. */
  @JsonInclude(JsonInclude.Include.NON_EMPTY)
  public record SystemCalls(
      @JsonPropertyDescription(
              "Names of system calls, or groups such as @debug, that the sandbox"
                  + " additionally allows.")
          List<String> allow,
      @JsonPropertyDescription(
              "Names of system calls, or groups such as @mount, that the sandbox denies.")
          List<String> deny,
      @JsonAnySetter @JsonAnyGetter Map<String, JsonNode> others) {
    public SystemCalls {
      allow = Absent.asEmpty(allow);
      deny = Absent.asEmpty(deny);
      others = Absent.asEmpty(others);
    }

    /** System calls of known fields. */
    public SystemCalls(List<String> allow, List<String> deny) {
      this(allow, deny, Map.of());
    }
  }
}
