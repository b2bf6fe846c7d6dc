package dev.sandbar.core.plan;

import dev.sandbar.core.compile.CompiledApp;
import dev.sandbar.core.compile.Directive;
import dev.sandbar.core.compile.KernelExpectation;
import dev.sandbar.core.compile.KernelExpectation.CgroupProgram;
import dev.sandbar.core.compile.UnitMark;
import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.AppSpec;
import dev.sandbar.core.model.AppSpec.DriftMode;
import dev.sandbar.core.model.AppSpec.DriftSpec;
import dev.sandbar.core.model.AppSpec.Mode;
import dev.sandbar.core.model.AppSpec.Root;
import dev.sandbar.core.model.AppSpec.Run;
import dev.sandbar.core.model.AppSpec.SystemCalls;
import dev.sandbar.core.model.HealthSpec;
import dev.sandbar.core.model.HoldSpec;
import dev.sandbar.core.model.Location;
import dev.sandbar.core.model.Permissions;
import dev.sandbar.core.model.Selector;
import dev.sandbar.core.model.Sha256;
import dev.sandbar.core.model.UnitName;
import dev.sandbar.core.property.DirectiveInfo;
import dev.sandbar.core.property.DirectiveTable;
import dev.sandbar.core.property.Effective;
import dev.sandbar.core.property.Effective.Setting;
import dev.sandbar.core.property.Raw;
import dev.sandbar.core.property.RawText;
import dev.sandbar.core.property.RecordedUnits;
import dev.sandbar.core.property.RecordedUnits.Recorded;
import dev.sandbar.core.window.Maintenance;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;

/** Compiled apps made from recorded units, so that what systemd reports for each is known. */
final class AppVariants {

  /** The variants of one app; the second differs from the first in live-settable lines only. */
  static final List<String> NAMES =
      List.of("closed", "closed-live", "closed-network", "closed-devices", "closed-grants");

  private AppVariants() {}

  /** An app compiled to a variant. */
  static CompiledApp compile(String app, String variant, DriftMode drift, int version) {
    return compile(app, variant, drift, version, new Root.Host());
  }

  static CompiledApp compile(String app, String variant, DriftMode drift, int version, Root root) {
    AppName name = new AppName(app);
    UnitName unit = UnitName.own(name);
    List<Setting> lines = lines(variant, version);
    Sha256 generation = Sha256.of(app + lines);
    var hard = new ArrayList<>(lines);
    hard.removeIf(
        l -> DirectiveTable.find(l.name()).map(DirectiveInfo::liveSettable).orElse(false));
    String stamp = Sha256.of(app + hard).hex();
    var directives = new ArrayList<Directive>();
    for (Setting line : lines) {
      String value = line.value().replace("GENERATION=abc", "GENERATION=" + stamp);
      directives.add(new Directive("Service", line.name(), value, "test"));
    }
    var text = new StringBuilder(UnitMark.of(unit.ownApp().orElseThrow()) + "[Service]\n");
    directives.forEach(d -> text.append(d.line()).append('\n'));
    var settings = directives.stream().map(d -> new Setting(d.name(), d.value())).toList();
    return new CompiledApp(
        spec(name, drift, root),
        unit,
        List.of(),
        directives,
        text.toString(),
        generation,
        Effective.of(settings, RecordedUnits.context(version, unit.value())),
        expectation(),
        new TreeSet<>(),
        new TreeMap<>());
  }

  /** What systemd reports for an app of this variant. */
  static SortedMap<String, Raw> reported(String app, String variant, int version) {
    Recorded recorded = RecordedUnits.of(version, recordedName(variant));
    var raw = new TreeMap<>(recorded.raw());
    String user = "sandbar-" + app;
    raw.put("User", new Raw.Str(user));
    raw.put("Group", new Raw.Str(user));
    if (variant.equals("closed-live")) {
      raw.put("IPAddressAllow", rawText("[(2 [203 0 113 0] 24)]"));
    }
    return raw;
  }

  private static Raw rawText(String text) {
    return RawText.read(text);
  }

  private static String recordedName(String variant) {
    return variant.equals("closed-live") ? "closed" : variant;
  }

  private static List<Setting> lines(String variant, int version) {
    var lines = new ArrayList<>(RecordedUnits.of(version, recordedName(variant)).settings());
    if (variant.equals("closed-live")) {
      lines.add(new Setting("IPAddressAllow", "203.0.113.0/24"));
    }
    return lines;
  }

  private static AppSpec spec(AppName name, DriftMode drift, Root root) {
    return new AppSpec(
        name,
        Location.NOWHERE,
        Selector.EVERYTHING,
        root,
        new Run(List.of("/bin/sleep", "1000"), new TreeMap<>(), "", Location.NOWHERE),
        List.of(),
        List.of(),
        Mode.CLOSED,
        Permissions.NONE,
        AppSpec.Network.SHARED,
        new SystemCalls(List.of(), List.of()),
        List.of(),
        List.of(),
        AppSpec.EnforcementMode.STRICT,
        HealthSpec.NONE,
        DriftSpec.of(drift),
        false,
        HoldSpec.NONE,
        Maintenance.NONE,
        List.of());
  }

  static KernelExpectation expectation() {
    return new KernelExpectation(
        true,
        true,
        0,
        true,
        new TreeSet<>(List.of("mnt", "ipc")),
        false,
        new TreeSet<>(List.of(CgroupProgram.INGRESS, CgroupProgram.EGRESS, CgroupProgram.DEVICE)));
  }
}
