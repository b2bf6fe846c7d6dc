package dev.sandbar.bench;

import dev.sandbar.core.compile.Compilation;
import dev.sandbar.core.compile.Compiler;
import dev.sandbar.core.compile.DeviceFacts;
import dev.sandbar.core.model.SpecReader;
import dev.sandbar.source.text.YamlReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * The unit of an app that asks for nothing, more or less some lines of its sandbox.
 *
 * @param name what differs
 * @param text of the unit
 */
record StartVariant(String name, String text) {

  static final String DEFAULT = "the closed default";
  static final String BIND = "with `SocketBindDeny=any` too";
  static final String NOTHING = "no sandbox";

  private static final String APP =
      """
      apiVersion: sandbar.dev/v1alpha1
      kind: AppSandbox
      metadata: {name: cost}
      spec:
        run: {command: [/usr/bin/sleep, infinity]}
      """;

  /** What a service needs to run at all, and no part of its sandbox. */
  private static final Set<String> RUN =
      Set.of(
          "Type",
          "ExecStart",
          "Environment",
          "Slice",
          "SyslogIdentifier",
          "Restart",
          "RestartSec",
          "RestartSteps",
          "RestartMaxDelaySec",
          "TimeoutStopSec");

  /** Those that load a filter on system calls and do nothing else. */
  private static final Set<String> FILTERS =
      Set.of(
          "SystemCallFilter",
          "SystemCallErrorNumber",
          "SystemCallArchitectures",
          "RestrictAddressFamilies",
          "RestrictNamespaces",
          "RestrictRealtime",
          "RestrictSUIDSGID",
          "MemoryDenyWriteExecute",
          "LockPersonality");

  /** Those that load BPF programs in PID 1; PrivateDevices implies DevicePolicy. */
  private static final Set<String> PROGRAMS =
      Set.of("IPAddressDeny", "DevicePolicy", "PrivateDevices");

  /** What the figures of the issue are about, and nothing else. */
  static List<StartVariant> few(DeviceFacts facts) {
    String whole = whole(facts);
    return List.of(
        new StartVariant(DEFAULT, whole),
        new StartVariant(BIND, with(whole, "SocketBindDeny=any")),
        new StartVariant(NOTHING, only(whole, RUN)));
  }

  /** These, and one for each directive and some groups left out. */
  static List<StartVariant> all(DeviceFacts facts) {
    String whole = whole(facts);
    var variants = new ArrayList<>(few(facts));
    var names = new LinkedHashSet<String>();
    whole
        .lines()
        .filter(StartVariant::isOfSandbox)
        .map(StartVariant::directive)
        .forEach(names::add);
    for (String name : names) {
      variants.add(new StartVariant("without `" + name + "`", without(whole, Set.of(name))));
    }
    variants.add(new StartVariant("without any filter on system calls", without(whole, FILTERS)));
    variants.add(new StartVariant("without any BPF program", without(whole, PROGRAMS)));
    return variants;
  }

  private static String whole(DeviceFacts facts) {
    var read = YamlReader.read("cost.yaml", APP.getBytes(StandardCharsets.UTF_8));
    if (SpecReader.read(read.documents().getFirst()) instanceof SpecReader.Read(var app, _)
        && Compiler.compile(app, facts) instanceof Compilation.Compiled(var compiled, _)) {
      return compiled.text();
    }
    throw new IllegalStateException("the device cannot hold an app that asks for nothing");
  }

  private static String directive(String line) {
    int end = line.indexOf('=');
    return end < 0 ? "" : line.substring(0, end);
  }

  private static boolean isOfSandbox(String line) {
    String name = directive(line);
    return Character.isUpperCase(name.isEmpty() ? ' ' : name.charAt(0))
        && !RUN.contains(name)
        && !Set.of("Description", "PartOf", "StartLimitIntervalSec", "WantedBy").contains(name);
  }

  private static String with(String unit, String line) {
    return unit.contains("\n" + line + "\n")
        ? unit
        : unit.replace("\n[Service]\n", "\n[Service]\n" + line + "\n");
  }

  private static String without(String unit, Set<String> names) {
    return unit.lines()
        .filter(line -> !names.contains(directive(line)))
        .map(l -> l + "\n")
        .reduce("", String::concat);
  }

  private static String only(String unit, Set<String> names) {
    return unit.lines()
        .filter(line -> !isOfSandbox(line) || names.contains(directive(line)))
        .map(l -> l + "\n")
        .reduce("", String::concat);
  }
}
