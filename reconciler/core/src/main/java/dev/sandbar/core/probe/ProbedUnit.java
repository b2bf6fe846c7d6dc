package dev.sandbar.core.probe;

import dev.sandbar.core.compile.BrokerSocket;
import dev.sandbar.core.compile.CompiledApp;
import dev.sandbar.core.compile.Directive;
import dev.sandbar.core.compile.FileStorePath;
import dev.sandbar.core.compile.RuntimeMount;
import dev.sandbar.core.compile.SocketDirectory;
import dev.sandbar.core.model.AppDirectory;
import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.UnitName;
import dev.sandbar.core.property.DirectiveInfo;
import dev.sandbar.core.property.DirectiveTable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * The unit in which the kit runs beside an app: every setting of the app's own unit that bears on
 * the sandbox, and nothing of what it runs. It shares nothing with the app that the kit could
 * change: it has another name and user and directories of its own, and the app's volumes are
 * read-only.
 *
 * @param unit its name. Never one of an app: those begin with {@code sandbar-}, by which the agent
 *     knows what it looks after
 * @param text of the unit file
 * @param leftOut names of directives of the app that were left out or changed although they bear on
 *     what it can reach
 */
public record ProbedUnit(UnitName unit, String text, SortedSet<String> leftOut) {

  /** How the names of these units begin. */
  public static final String PREFIX = "sandbar.probe-";

  /** Where everything is that the unit is given, on the device and as the kit sees it. */
  public static final String DIRECTORY = "/run/sandbar-probe";

  /** The kit. */
  public static final String KIT = DIRECTORY + "/kit";

  /** A link to the image of an app whose image is not in the device's store. */
  public static final String IMAGE = DIRECTORY + "/image.raw";

  /** Files of an app whose files are not in the device's store. */
  public static final String FILES = DIRECTORY + "/files";

  /** What the kit prints. */
  public static final String REPORT = DIRECTORY + "/report";

  /** How long the kit may take: attempts whose packets are dropped take two seconds each. */
  public static final int MOST_SECONDS = 180;

  /** A whole report has some 50 KB, and no attempt writes a larger file than the kit. */
  private static final int MOST_BYTES = 8 << 20;

  private static final String SERVICE = "Service";
  private static final Set<String> PERSISTENT =
      Arrays.stream(AppDirectory.values())
          .map(AppDirectory::directive)
          .collect(Collectors.toUnmodifiableSet());

  /**
   * The kit's own directories go with it, and systemd shows nothing of a unit with a quota whose
   * directory is gone.
   */
  private static final Set<String> QUOTAS =
      Arrays.stream(AppDirectory.values())
          .map(AppDirectory::quota)
          .collect(Collectors.toUnmodifiableSet());

  private static final String BINDS = "BindPaths";

  /** They order what a unit of the app's needs before its sandbox can be set up. */
  private static final Set<String> NEEDED_BEFORE =
      Set.of("RequiresMountsFor", "AssertPathExists", "JoinsNamespaceOf");

  /** Of the run, though not of those that the table has for it. */
  private static final Set<String> ALSO_OF_RUN =
      Set.of("WorkingDirectory", "PAMName", "SetCredentialEncrypted");

  /** Not in the table of directives: they hand the unit files that somebody else has opened. */
  private static final Set<String> HANDED_OVER = Set.of("Sockets", "StandardInputText");

  public ProbedUnit {
    leftOut = Collections.unmodifiableSortedSet(new TreeSet<>(leftOut));
  }

  /** The name of the unit beside an app. */
  public static UnitName unitOf(AppName app) {
    return new UnitName(PREFIX + app + ".service");
  }

  /**
   * The unit beside an app that runs, or would run, with these files.
   *
   * @param files text of the unit file, then of its drop-ins in the order in which they apply; the
   *     compiled text for an app that has no unit yet
   */
  public static ProbedUnit of(CompiledApp app, List<String> files, ProbeTargets targets) {
    AppName name = app.spec().name();
    String own = PREFIX + name;
    Set<String> volumes = volumes(app);
    UnitSpecifiers specifiers = UnitSpecifiers.of(app.unit());
    var leftOut = new TreeSet<String>();
    var before = new ArrayList<String>();
    var service = new ArrayList<String>();
    var directories = new TreeSet<String>();
    for (UnitLine line : files.stream().flatMap(text -> UnitLine.of(text).stream()).toList()) {
      if (NEEDED_BEFORE.contains(line.name())) {
        before.add(line.name() + "=" + specifiers.in(line.value()));
      } else if (line.section().equals(SERVICE)) {
        switch (role(line.name())) {
          case RUN -> {}
          case DIRECTORY -> {
            boolean ofTheApp =
                PERSISTENT.contains(line.name()) && line.value().equals(AppDirectory.nameOf(name));
            (ofTheApp ? directories : leftOut).add(line.name());
          }
          case SANDBOX -> {
            boolean volume = line.name().equals(BINDS) && volumes.contains(line.value());
            if (volume) {
              leftOut.add(line.name());
            }
            service.add(
                (volume ? "BindReadOnlyPaths" : line.name())
                    + "="
                    + ifThere(AppDirectory.moved(specifiers.in(line.value()), name, own)));
          }
        }
      }
    }
    directories.forEach(directive -> service.add(directive + "=" + own));
    return new ProbedUnit(unitOf(name), text(name, before, service, targets), leftOut);
  }

  /** Device nodes are bound too, and opening one changes nothing in it. */
  private static Set<String> volumes(CompiledApp app) {
    return app.directives().stream()
        .filter(line -> line.name().equals(BINDS) && !line.value().startsWith("-/dev/"))
        .map(Directive::value)
        .collect(Collectors.toSet());
  }

  private static DirectiveInfo.Role role(String name) {
    if (ALSO_OF_RUN.contains(name) || QUOTAS.contains(name) || HANDED_OVER.contains(name)) {
      return DirectiveInfo.Role.RUN;
    }
    // A directive that a newer systemd has may open something; one that runs something may not.
    return DirectiveTable.find(name)
        .map(DirectiveInfo::role)
        .orElse(name.startsWith("Exec") ? DirectiveInfo.Role.RUN : DirectiveInfo.Role.SANDBOX);
  }

  /** The app makes its directories below /run when it starts, which it may never have. */
  private static String ifThere(String value) {
    return value.startsWith(SocketDirectory.FOLDER + "/")
            || value.startsWith(BrokerSocket.FOLDER + "/")
            || value.startsWith(RuntimeMount.FOLDER + "/")
        ? "-" + value
        : value;
  }

  /**
   * This, with the root of the app in {@link #IMAGE}. There is no tree beside it by which the
   * kernel could check its blocks.
   */
  public ProbedUnit withImage() {
    String unchecked = text.replaceAll("(?m)^(RootVerity|RootHash|RootImagePolicy)=.*\\n", "");
    return new ProbedUnit(
        unit, unchecked.replaceAll("(?m)^RootImage=.*$", "RootImage=" + IMAGE), leftOut);
  }

  /**
   * This, in the network namespace of a process: that of the app, which no other unit of its own
   * can make.
   */
  public ProbedUnit inNetworkOf(int pid) {
    String joined = "NetworkNamespacePath=/proc/" + pid + "/ns/net";
    return new ProbedUnit(unit, text.replaceAll("(?m)^PrivateNetwork=.*$", joined), leftOut);
  }

  /** This, with the files of the app in {@link #FILES}. */
  public ProbedUnit withFiles() {
    return new ProbedUnit(unit, text.replace(FileStorePath.FOLDER + "/", FILES + "/"), leftOut);
  }

  private static String text(
      AppName name, List<String> before, List<String> service, ProbeTargets targets) {
    var lines = new ArrayList<String>();
    lines.add("# Written by 'sandbar probe', which removes it again.");
    lines.add("[Unit]");
    lines.add("Description=Sandbar probes the sandbox of " + name);
    lines.add("StartLimitIntervalSec=0");
    lines.addAll(before);
    lines.add("");
    lines.add("[" + SERVICE + "]");
    lines.addAll(service);
    // Executable although /run may not be; the tmpfs of a closed app covers the rest of it.
    lines.add("BindReadOnlyPaths=" + KIT);
    lines.add("ExecPaths=" + KIT);
    // With a user that is not dynamic, its end would take away what the app shares with itself.
    lines.add("RemoveIPC=no");
    lines.add("Type=oneshot");
    lines.add("ExecStart=" + KIT + " " + String.join(" ", targets.arguments()));
    lines.add("StandardOutput=file:" + REPORT);
    lines.add("StandardError=null");
    lines.add("TimeoutStartSec=" + MOST_SECONDS);
    lines.add("TimeoutStopSec=5");
    lines.add("LimitFSIZE=" + MOST_BYTES);
    return String.join("\n", lines) + "\n";
  }
}
