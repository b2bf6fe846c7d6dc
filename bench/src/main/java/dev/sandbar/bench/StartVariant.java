package dev.sandbar.bench;

import dev.sandbar.core.compile.Compilation;
import dev.sandbar.core.compile.Compiler;
import dev.sandbar.core.compile.DeviceFacts;
import dev.sandbar.core.model.SpecReader;
import dev.sandbar.core.property.DirectiveInfo;
import dev.sandbar.core.property.DirectiveTable;
import dev.sandbar.core.property.Evidence;
import dev.sandbar.source.text.YamlReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * The unit of an app that asks for nothing, more or less some lines of its sandbox.
 *
 * @param name what differs
 * @param text of the unit
 * @param atOnce as many are started at a time
 */
record StartVariant(String name, String text, int atOnce) {

  static final String DEFAULT = "the closed default";
  static final String SOME = "the closed default, 16 at a time";
  static final String BEFORE = "as closed apps were with `SocketBindDeny=any`";
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
  private static final Pattern RUN =
      Pattern.compile(
          "Type|ExecStart|Environment|Slice|SyslogIdentifier|Restart.*|TimeoutStopSec"
              + "|Description|PartOf|StartLimitIntervalSec|WantedBy");

  private static final Set<Evidence> FILTERS =
      EnumSet.of(Evidence.SECCOMP_FILTER, Evidence.EXECUTION_FILTER);
  private static final Set<Evidence> PROGRAMS =
      EnumSet.of(Evidence.IP_FILTER, Evidence.DEVICE_FILTER);

  private StartVariant(String name, String text) {
    this(name, text, Integer.MAX_VALUE);
  }

  /** As the agent starts it, all at once, with the filter on ports too, and with nothing. */
  static List<StartVariant> few(DeviceFacts facts) {
    String whole = whole(facts);
    return List.of(
        new StartVariant(SOME, whole, 16),
        new StartVariant(DEFAULT, whole),
        new StartVariant(BEFORE, before(whole)),
        new StartVariant(NOTHING, without(whole, _ -> true)));
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
      variants.add(new StartVariant("without `" + name + "`", without(whole, name::equals)));
    }
    variants.add(
        new StartVariant(
            "without any filter on system calls", without(whole, StartVariant::onlyFilters)));
    variants.add(
        new StartVariant("without any BPF program", without(whole, StartVariant::loadsPrograms)));
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
    return !name.isEmpty() && !name.startsWith("#") && !RUN.matcher(name).matches();
  }

  /** ProtectClock takes capabilities and a device too. */
  private static boolean onlyFilters(String name) {
    Set<Evidence> evidence = evidence(name);
    return !evidence.isEmpty() && FILTERS.containsAll(evidence) && !name.equals("ProtectClock");
  }

  /** PrivateDevices implies a DevicePolicy. */
  private static boolean loadsPrograms(String name) {
    return !Collections.disjoint(evidence(name), PROGRAMS) || name.equals("PrivateDevices");
  }

  private static Set<Evidence> evidence(String name) {
    return DirectiveTable.find(name).map(DirectiveInfo::evidence).orElse(Set.of());
  }

  /** With what was in each unit when the goal was set, and is left out now. */
  private static String before(String unit) {
    String links = " -/bin -/sbin -/lib -/lib32 -/lib64 -/libx32\n";
    return unit.replace("\n[Service]\n", "\n[Service]\nSocketBindDeny=any\n")
        .replaceAll("\n(Memory|CPU|IO)PressureWatch=off(?=\n)", "")
        .replace("Paths=-/usr -/opt\n", "Paths=-/usr -/opt" + links);
  }

  private static String without(String unit, Predicate<String> left) {
    return unit.lines()
        .filter(line -> !isOfSandbox(line) || !left.test(directive(line)))
        .map(line -> line + "\n")
        .collect(Collectors.joining());
  }
}
