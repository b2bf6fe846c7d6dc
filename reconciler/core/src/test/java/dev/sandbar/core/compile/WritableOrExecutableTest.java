package dev.sandbar.core.compile;

import static dev.sandbar.core.compile.CompilerTest.compiled;
import static dev.sandbar.core.compile.CompilerTest.errors;
import static dev.sandbar.core.compile.CompilerTest.values;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.model.AppDirectory;
import dev.sandbar.core.model.Diagnostic;
import dev.sandbar.core.model.FlowText;
import dev.sandbar.core.model.Problem;
import dev.sandbar.core.model.SpecReader;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Without {@code runFromData} no path of a closed app is both writable and executable, and no
 * volume shows unasked.
 */
class WritableOrExecutableTest {

  private static final Map<String, String> VOLUMES =
      Map.of(
          "media", "/srv/media",
          "secrets", "/srv/secrets",
          "inner", "/srv/media/inner",
          "tools", "/opt/tools",
          "data", "/data");

  private static final List<String> PROGRAMS =
      List.of(
          "/usr/bin/app",
          "/app",
          "/app/bin/prog",
          "/data/prog",
          "/data/bin/prog",
          "/srv/media/prog",
          "/srv/other/prog",
          "/var/srv/media/prog",
          "/var/run/prog",
          "/opt/tools/prog",
          "/opt/app/prog",
          "/libx32/prog",
          "/tmp/prog",
          "/var/lib/sandbar-app/prog");

  private static final List<String> PLACES =
      List.of(
          "/data",
          "/data/bin",
          "/app",
          "/app/bin",
          "/opt/tools",
          "/opt/tools/x",
          "/opt/app",
          "/libx32",
          "/srv/media",
          "/srv/media/x",
          "/srv/secrets",
          "/srv/secrets/x",
          "/var/log/x",
          "/var/lib/sandbar-app",
          "/var/cache/sandbar-app",
          "/var/log/private/sandbar-app",
          "/var/lib/sandbar-other/x",
          "/var/run",
          "/var/lock/x",
          "/srv/other");

  private static final String SHA = "a".repeat(64);
  private static final List<String> ROOTS =
      List.of(
          "",
          ", image: {path: /srv/app.squashfs, sha256: \"" + SHA + "\"}",
          ", directives: {RootImage: /srv/app.squashfs}",
          ", directives: {RootImage: /srv/media/app.squashfs}",
          ", directives: {RootImage: /var/lib/private/sandbar-app/x}");

  @Test
  void noPathIsBoth() {
    var random = new Random(2);
    int compiled = 0;
    int mounted = 0;
    for (int i = 0; i < 6000; i++) {
      String spec = spec(random);
      if (SpecReader.read(FlowText.app("app", spec)) instanceof SpecReader.Read(var app, _)
          && Compiler.compile(app, device(random.nextBoolean() ? 252 : 257))
              instanceof Compilation.Compiled(var unit, _)) {
        compiled++;
        mounted += values(unit, "BindPaths").isEmpty() ? 0 : 1;
        assertNoPathIsBoth(spec, unit);
        assertNothingHiddenShows(spec, unit);
      }
    }
    assertThat(compiled).isGreaterThan(500);
    assertThat(mounted).isGreaterThan(150);
  }

  private static void assertNoPathIsBoth(String spec, CompiledApp app) {
    var executable = paths(app, "ExecPaths");
    var shut = paths(app, "NoExecPaths");
    // systemd mounts each of them by itself, and for writing by default.
    assertThat(paths(app, "BindReadOnlyPaths")).as(spec).containsAll(executable);
    for (String writable : writable(app)) {
      assertThat(shut).as(spec).contains(writable);
      assertThat(executable)
          .as("%s with %s writable", spec, writable)
          .noneMatch(path -> within(path, writable));
    }
    for (String source : sources(app)) {
      // Where the same files are seen at another path, that one must not execute them.
      boolean elsewhere =
          values(app, "RootImage").isEmpty()
              && shut.stream().noneMatch(path -> !path.equals("/") && within(source, path));
      if (elsewhere) {
        assertThat(hidden(app, source)).as("%s: %s at its own place", spec, source).isTrue();
      }
    }
    values(app, "RootImage")
        .forEach(
            image ->
                assertThat(VOLUMES.values()).as(spec).noneMatch(volume -> within(image, volume)));
    if (!values(app, "RootImage").isEmpty()) {
      assertThat(executable).as("links of an image lead anywhere").isEmpty();
    }
  }

  /** A place of a volume shows nothing, unless the app mounts something over it. */
  private static void assertNothingHiddenShows(String spec, CompiledApp app) {
    if (!values(app, "RootImage").isEmpty()) {
      return;
    }
    var mounts = new TreeMap<>(binds(app, "BindPaths"));
    mounts.putAll(binds(app, "BindReadOnlyPaths"));
    VOLUMES
        .values()
        .forEach(
            place ->
                assertThat(
                        hidden(app, place)
                            || mounts.keySet().stream().anyMatch(at -> within(place, at)))
                    .as("%s: %s", spec, place)
                    .isTrue());
    mounts.forEach(
        (at, source) ->
            assertThat(VOLUMES.values())
                .as("%s: %s opens the folder that it is in", spec, at)
                .noneMatch(place -> within(at, place) && !at.equals(source)));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "/usr/bin/app|/srv/secrets/x|a volume of the device",
        "/usr/bin/app|/srv/media/x|a volume of the device",
        "/usr/bin/app|/srv/secrets|a volume of the device",
        "/usr/bin/app|/var/log/x|what is hidden from apps",
        "/d/bin/prog|/d|in a volume",
        "/d/prog|/d/prog|in a volume",
        "/srv/media/prog|/d|in a volume",
        "/var/srv/media/prog|/srv/media|a link could lead into what the app may write",
      })
  void aPlaceThatWouldOpenSomethingIsRefused(String program, String mountPath, String why) {
    String spec =
        "{run: {command: [%s]},\npermissions: {storage: [{source: media, mountPath: %s, access: ReadWrite}]}}"
            .formatted(program, mountPath);
    assertThat(errors(spec, device(257)))
        .singleElement()
        .satisfies(
            e -> {
              assertThat(e.problem()).isEqualTo(Problem.UNSAFE_PATH);
              assertThat(e.message()).contains(why);
              assertThat(e.help()).isNotEmpty();
              assertThat(e.at().line()).isPositive();
            });
  }

  @Test
  void aVolumeInsideAnotherIsRefused() {
    String spec =
        "{run: {command: [/usr/bin/app]}, permissions: {storage: [{source: media, mountPath: /a},"
            + " {source: data, mountPath: /a/b}]}}";
    assertThat(SpecReader.read(FlowText.app("app", spec)))
        .isInstanceOfSatisfying(
            SpecReader.Refused.class,
            refused ->
                assertThat(refused.diagnostics())
                    .extracting(Diagnostic::message)
                    .containsExactly(
                        "permissions: storage mounts '/a/b' inside '/a', which is another volume"));
  }

  /** The owner may define one volume inside another; an app sees only what it asked for. */
  @Test
  void aVolumeThatLiesInAGrantedOneStaysHidden() {
    CompiledApp app =
        compiled(
            "{run: {command: [/usr/bin/app]}, permissions: {storage: [{source: media, mountPath:"
                + " /m}]}}",
            device(257));
    assertThat(paths(app, "InaccessiblePaths")).contains("/m/inner", "/srv/media/inner");
  }

  /** A volume is written by others too. */
  @Test
  void ofWhatIsWrittenThePermissionOpensStateAndTmp() {
    CompiledApp app =
        compiled(
            "{run: {command: [/usr/bin/app]}, permissions: {runFromData: true, state: true, storage:"
                + " [{source: media, mountPath: /m, access: ReadWrite}]}}",
            device(257));
    assertThat(paths(app, "NoExecPaths")).containsExactly("/", "/m");
  }

  private static String spec(Random random) {
    var mounts = new ArrayList<String>();
    var sources = List.copyOf(VOLUMES.keySet());
    for (int i = random.nextInt(3); i > 0; i--) {
      mounts.add(
          "{source: %s, mountPath: %s, access: %s}"
              .formatted(
                  any(random, sources),
                  any(random, PLACES),
                  random.nextBoolean() ? "ReadWrite" : "ReadOnly"));
    }
    var permissions = new ArrayList<String>();
    if (!mounts.isEmpty()) {
      permissions.add("storage: [" + String.join(", ", mounts) + "]");
    }
    for (String toggle :
        List.of("state: true", "cache: true", "logs: true", "jit: true", "internet: true")) {
      if (random.nextBoolean()) {
        permissions.add(toggle);
      }
    }
    return "{run: {command: [%s]}, permissions: {%s}%s}"
        .formatted(any(random, PROGRAMS), String.join(", ", permissions), any(random, ROOTS));
  }

  private static String any(Random random, List<String> list) {
    return list.get(random.nextInt(list.size()));
  }

  private static TreeSet<String> writable(CompiledApp app) {
    var writable = new TreeSet<>(List.of("/tmp", "/var/tmp"));
    writable.addAll(binds(app, "BindPaths").keySet());
    for (AppDirectory directory : AppDirectory.values()) {
      // Of a hidden place of the device it is named where it is.
      boolean hidden = directory == AppDirectory.LOGS && values(app, "RootImage").isEmpty();
      String parent = hidden ? directory.privateParent() : directory.parent();
      values(app, directory.directive()).forEach(name -> writable.add(parent + "/" + name));
    }
    for (String mount : values(app, "TemporaryFileSystem")) {
      assertThat(mount).matches(m -> m.contains("noexec") || m.endsWith(":ro"));
    }
    return writable;
  }

  private static List<String> sources(CompiledApp app) {
    return List.copyOf(binds(app, "BindPaths").values());
  }

  private static Map<String, String> binds(CompiledApp app, String name) {
    var binds = new TreeMap<String, String>();
    values(app, name).stream()
        .map(value -> value.split(":", -1))
        .filter(pair -> pair.length == 2)
        .forEach(pair -> binds.put(pair[1], pair[0]));
    return binds;
  }

  private static boolean hidden(CompiledApp app, String path) {
    return paths(app, "InaccessiblePaths").stream().anyMatch(hidden -> within(path, hidden));
  }

  private static List<String> paths(CompiledApp app, String name) {
    return values(app, name).stream()
        .flatMap(value -> Arrays.stream(value.split(" ")))
        .map(path -> path.startsWith("-") ? path.substring(1) : path)
        .toList();
  }

  private static boolean within(String path, String folder) {
    return path.equals(folder) || path.startsWith(folder + "/");
  }

  private static DeviceFacts device(int version) {
    return TestDevice.with(version).configured(Map.of(), VOLUMES);
  }
}
