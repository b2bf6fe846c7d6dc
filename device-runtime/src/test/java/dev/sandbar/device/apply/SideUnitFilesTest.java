package dev.sandbar.device.apply;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.compile.SideUnit;
import dev.sandbar.core.compile.UnitMark;
import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.DeviceSettings;
import dev.sandbar.core.model.UnitName;
import dev.sandbar.core.property.Raw;
import dev.sandbar.device.fetch.ImageFetch;
import dev.sandbar.device.store.DurableFiles;
import dev.sandbar.device.store.ImageStore;
import dev.sandbar.device.store.UnitDirectories;
import dev.sandbar.device.systemd.SystemdAnalyze;
import dev.sandbar.device.testing.SimulatedSystemd;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which units are on the disk beside those of apps, and what is done to systemd for it. */
final class SideUnitFilesTest {
  private static final AppName PUMP = new AppName("pump");
  private static final SideUnit SOCKET = of("sandbar-pump-80-0123456789ab.socket");
  private static final SideUnit TIMER = of("sandbar-pump-0123456789ab.timer");
  private static final SideUnit OTHERS = of("sandbar-other-0123456789ab.timer");

  @TempDir private Path root;
  private final SimulatedSystemd systemd = new SimulatedSystemd();

  private static SideUnit of(String name) {
    return new SideUnit(new UnitName(name), UnitMark.ofBase() + "\n[Unit]\n", false);
  }

  @BeforeEach
  void device() throws IOException {
    Files.createDirectories(root.resolve("etc/systemd/system"));
    for (SideUnit unit : List.of(SOCKET, TIMER, OTHERS)) {
      state(unit, "inactive");
    }
    files().keep(List.of(SOCKET, TIMER, OTHERS));
    assertThat(systemd.calls()).containsExactly("reload");
  }

  private void state(SideUnit unit, String state) {
    systemd.property(unit.unit(), "ActiveState", new Raw.Str(state));
  }

  private SideUnitFiles files() {
    return new SideUnitFiles(
        new Machine(
            root,
            systemd,
            new SystemdAnalyze(List.of("/bin/true")),
            new DurableFiles(),
            new UnitDirectories(root),
            new ImageStore(root),
            new ImageFetch(root, new ImageStore(root), DeviceSettings.DEFAULT)));
  }

  private Path file(SideUnit unit) {
    return root.resolve("etc/systemd/system/" + unit.unit());
  }

  private List<String> since() {
    return systemd.calls().subList(1, systemd.calls().size());
  }

  @Test
  void aReloadThatIsDueIsDoneAndNothingElse() {
    files().keep(List.of(SOCKET, TIMER));
    assertThat(since()).isEmpty();
    systemd.property(SOCKET.unit(), "NeedDaemonReload", new Raw.Bool(true));
    files().keep(List.of(SOCKET, TIMER));
    assertThat(since()).containsExactly("reload");
  }

  @Test
  void nothingGoesBeforeThePlanIsDone() {
    files().keep(List.of(OTHERS));
    assertThat(file(SOCKET)).exists();
    assertThat(file(TIMER)).exists();
    assertThat(files().removeOthers(List.of(OTHERS), _ -> true)).isTrue();
    assertThat(file(SOCKET)).doesNotExist();
    assertThat(file(TIMER)).doesNotExist();
    assertThat(file(OTHERS)).exists();
    assertThat(since()).endsWith("reload").doesNotContain("STOP " + OTHERS.unit());
  }

  /** Its filter is in its file. */
  @Test
  void aSocketThatIsUpKeepsItsFile() {
    state(SOCKET, "active");
    files().removeOthers(List.of(), _ -> true);
    assertThat(file(SOCKET)).exists();
    assertThat(file(TIMER)).doesNotExist();
  }

  @Test
  void whatMayNotGoStays() {
    assertThat(files().removeOthers(List.of(), unit -> !unit.equals(TIMER.unit()))).isTrue();
    assertThat(file(TIMER)).exists();
    assertThat(since()).noneMatch(call -> call.contains(TIMER.unit().value()));
  }

  @Test
  void oneThatCannotGoHoldsUpNoOther() throws IOException {
    Files.createDirectories(root.resolve("var/lib/systemd/timers/stamp-" + OTHERS.unit() + "/x"));
    files().removeOthers(List.of(), _ -> true);
    assertThat(file(TIMER)).doesNotExist();
    assertThat(file(SOCKET)).doesNotExist();
    assertThat(since()).endsWith("reload");
  }

  @Test
  void ofOneAppOnlyWhatItHasNoMoreIsForgotten() {
    files().forget(PUMP, List.of(TIMER));
    assertThat(file(SOCKET)).doesNotExist();
    assertThat(file(TIMER)).exists();
    assertThat(file(OTHERS)).exists();
    files().forget(PUMP, List.of());
    assertThat(file(TIMER)).doesNotExist();
    assertThat(file(OTHERS)).exists();
  }
}
