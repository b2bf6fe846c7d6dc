package dev.sandbar.device.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.sandbar.core.model.Sha256;
import dev.sandbar.core.model.UnitName;
import dev.sandbar.core.plan.ObservedUnit;
import dev.sandbar.core.property.Effective.Setting;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class UnitDirectoriesTest {

  private static final UnitName APP = new UnitName("sandbar-pump-ctl.service");

  @TempDir private Path root;

  @Test
  void findsEveryFileThatMakesUpAUnit() throws IOException {
    write("etc/systemd/system/sandbar-pump-ctl.service", "own");
    write("etc/systemd/system/sandbar-pump-ctl.service.d/README", "no drop-in");
    write("etc/systemd/system/sandbar-other.service", "other");
    write("run/systemd/transient/sandbar-pump-ctl.service", "shadow");
    write("etc/systemd/system.control/sandbar-pump-ctl.service.d/50-Memory.conf", "control");
    write("run/systemd/system/sandbar-pump-.service.d/10-a.conf", "prefix");
    write("usr/lib/systemd/system/sandbar-.service.d/20-b.conf", "short prefix");
    write("etc/systemd/system/service.d/60-c.conf", "all services");
    Path mask = root.resolve("etc/systemd/system/sandbar-pump-ctl.service.d/50-Memory.conf");
    Files.createSymbolicLink(mask, Path.of("/dev/null"));

    assertThat(scan(APP))
        .containsExactly(
            file("/run/systemd/transient/sandbar-pump-ctl.service", "shadow"),
            file("/etc/systemd/system/sandbar-pump-ctl.service", "own"),
            file("/run/systemd/system/sandbar-pump-.service.d/10-a.conf", "prefix"),
            file("/usr/lib/systemd/system/sandbar-.service.d/20-b.conf", "short prefix"),
            file(
                "/etc/systemd/system.control/sandbar-pump-ctl.service.d/50-Memory.conf", "control"),
            new ObservedUnit.File(
                "/etc/systemd/system/sandbar-pump-ctl.service.d/50-Memory.conf", "link:/dev/null"),
            file("/etc/systemd/system/service.d/60-c.conf", "all services"));
  }

  @Test
  void ofADropInItSaysWhatItSets() throws IOException {
    String tuned = "# set-property\n[Service]\nCPUWeight=50\n";
    write("run/systemd/system.control/sandbar-pump-ctl.service.d/50-CPUWeight.conf", tuned);
    write("etc/systemd/system/sandbar-pump-ctl.service.d/60-x.conf", "[Service]\nWhat=ever\n");
    write("etc/systemd/system/sandbar-pump-ctl.service", tuned);

    assertThat(scan(APP))
        .containsExactly(
            file("/etc/systemd/system/sandbar-pump-ctl.service", tuned),
            new ObservedUnit.File(
                "/run/systemd/system.control/sandbar-pump-ctl.service.d/50-CPUWeight.conf",
                Sha256.of(tuned).hex(),
                false,
                List.of("CPUWeight")),
            file(
                "/etc/systemd/system/sandbar-pump-ctl.service.d/60-x.conf",
                "[Service]\nWhat=ever\n"));
  }

  @Test
  void onlyAUnitThatSandbarWroteForJustThisAppIsMarked() throws IOException {
    String path = "etc/systemd/system/sandbar-pump-ctl.service";
    for (String text :
        List.of(
            "[Service]\n",
            "# Written by Sandbar from the AppSandbox pump.\n[Service]\n",
            "\n# Written by Sandbar from the AppSandbox pump-ctl.\n[Service]\n")) {
      write(path, text);
      assertThat(scan(APP)).singleElement().matches(file -> !file.marked());
      assertThat(new UnitDirectories(root).apps()).isEmpty();
    }
    write(path, "# Written by Sandbar from the AppSandbox pump-ctl.\n[Service]\n");
    assertThat(scan(APP)).singleElement().matches(ObservedUnit.File::marked);
    assertThat(new UnitDirectories(root).apps()).containsExactly(APP);
  }

  @Test
  void aMaskIsALinkAndAnUnreadableFileIsNamed() throws IOException {
    Path unit = root.resolve("etc/systemd/system/sandbar-pump-ctl.service");
    Files.createDirectories(unit.resolveSibling(""));
    Files.createSymbolicLink(unit, Path.of("/dev/null"));
    assertThat(scan(APP))
        .containsExactly(
            new ObservedUnit.File(
                "/etc/systemd/system/sandbar-pump-ctl.service", "link:/dev/null"));
    Files.delete(unit);
    Files.write(unit, new byte[(1 << 20) + 1]);
    assertThat(scan(APP))
        .containsExactly(new ObservedUnit.File("/etc/systemd/system/sandbar-pump-ctl.service", ""));
  }

  @Test
  void aLinkInThePlaceOfADropInDirectoryIsNamedAndNotWhatIsBehindIt() throws IOException {
    write("opt/evil/99-x.conf", "evil");
    Files.createDirectories(root.resolve("etc/systemd/system"));
    Files.createSymbolicLink(
        root.resolve("etc/systemd/system/sandbar-pump-ctl.service.d"), Path.of("/opt/evil"));
    assertThat(scan(APP))
        .containsExactly(
            new ObservedUnit.File(
                "/etc/systemd/system/sandbar-pump-ctl.service.d", "link:/opt/evil"));
  }

  @Test
  void ofAUnitFileItSaysWhoElseMayReadIt() throws IOException {
    String path = "etc/systemd/system/sandbar-pump-ctl.service";
    write(path, "own");
    Files.setPosixFilePermissions(root.resolve(path), PosixFilePermissions.fromString("rw-rw-rw-"));
    assertThat(seen(APP)).singleElement().matches(it -> it.access().startsWith("mode 0666, "));
  }

  @Test
  void linksThatStartOrRenameAUnitBelongToIt() throws IOException {
    link("etc/systemd/system/sandbar.target.wants/sandbar-pump-ctl.service", "../own");
    link("etc/systemd/system/multi-user.target.wants/sandbar-pump-ctl.service", "../own");
    link("usr/lib/systemd/system/x.target.upholds/sandbar-pump-ctl.service", "../own");
    link("run/systemd/system/sandbar-pump-ctl.service.requires/x.service", "../x.service");
    link("etc/systemd/system/other.service", "sandbar-pump-ctl.service");
    link("etc/systemd/system/third.service", "/etc/systemd/system/sandbar-pump-ctl.service");
    link("etc/systemd/system/fourth.service", "not-sandbar-pump-ctl.service");
    var directories = new UnitDirectories(root);
    assertThat(directories.scan(List.of(APP, UnitName.SLICE)).getOrDefault(APP, List.of()))
        .extracting(ObservedUnit.File::path, ObservedUnit.File::sha256)
        .containsExactly(
            tuple(
                "/etc/systemd/system/multi-user.target.wants/sandbar-pump-ctl.service",
                "link:../own"),
            tuple("/etc/systemd/system/other.service", "link:sandbar-pump-ctl.service"),
            tuple(
                "/etc/systemd/system/third.service",
                "link:/etc/systemd/system/sandbar-pump-ctl.service"),
            tuple(
                "/run/systemd/system/sandbar-pump-ctl.service.requires/x.service",
                "link:../x.service"),
            tuple(
                "/usr/lib/systemd/system/x.target.upholds/sandbar-pump-ctl.service",
                "link:../own"));

    // What was found is remembered, and not longer than it is there.
    Files.delete(root.resolve("etc/systemd/system/other.service"));
    write("etc/systemd/system/other.service", "plain");
    Files.delete(
        root.resolve("etc/systemd/system/multi-user.target.wants/sandbar-pump-ctl.service"));
    assertThat(directories.scan(List.of(APP)).getOrDefault(APP, List.of()))
        .extracting(ObservedUnit.File::path)
        .hasSize(3)
        .doesNotContain("/etc/systemd/system/other.service");
  }

  private void link(String path, String target) throws IOException {
    Path file = root.resolve(path);
    Files.createDirectories(file.resolveSibling(""));
    Files.createSymbolicLink(file, Path.of(target));
  }

  @Test
  void knowsTheDropInDirectoriesOfServicesAndSlices() {
    assertThat(UnitDirectories.dropInDirectories(APP))
        .containsExactly(
            "sandbar-pump-ctl.service.d",
            "sandbar-pump-.service.d",
            "sandbar-.service.d",
            "service.d");
    assertThat(UnitDirectories.dropInDirectories(UnitName.SLICE))
        .containsExactly("sandbar.slice.d", "slice.d");
  }

  @Test
  void readsAMergedLibraryDirectoryOnce() throws IOException {
    Files.createDirectories(root.resolve("usr/lib/systemd/system"));
    assertThat(new UnitDirectories(root).loadPath()).contains("/lib/systemd/system");
    Files.createSymbolicLink(root.resolve("lib"), Path.of("usr/lib"));
    assertThat(new UnitDirectories(root).loadPath()).doesNotContain("/lib/systemd/system");
  }

  private List<ObservedUnit.File> scan(UnitName unit) {
    // Who runs the tests owns the files, with a umask of their own.
    return seen(unit).stream()
        .map(it -> new ObservedUnit.File(it.path(), it.sha256(), it.marked(), it.settings()))
        .toList();
  }

  private List<ObservedUnit.File> seen(UnitName unit) {
    return new UnitDirectories(root).scan(List.of(unit)).getOrDefault(unit, List.of());
  }

  @Test
  void whatAServiceSaysItselfIsReadInTheOrderOfSystemd() throws IOException {
    var unit = new UnitName("db@main.service");
    assertThat(settings(unit)).isEmpty();
    write("usr/lib/systemd/system/db@.service", "[Unit]\nA=0\n[Service]\nUMask=0002\n");
    write("etc/systemd/system/db@main.service.d/20-b.conf", "[Service]\nUMask=0027\n");
    write("usr/lib/systemd/system/service.d/10-all.conf", "[Service]\nUMask=\n");
    write("run/systemd/system/db@.service.d/20-b.conf", "[Service]\nUMask=0666\n");
    write("etc/systemd/system/db@main.service.d/zz-sandbar.conf", "[Service]\nUMask=0777\n");
    Path mask = root.resolve("etc/systemd/system/db@main.service.d/30-c.conf");
    Files.createSymbolicLink(mask, Path.of("/dev/null"));
    write("usr/lib/systemd/system/db@main.service.d/30-c.conf", "[Service]\nUMask=0001\n");
    assertThat(settings(unit))
        .as("of one name the first, without the masked one and that of the app")
        .hasValue(List.of(umask("0002"), umask(""), umask("0027")));

    write("etc/systemd/system/db@main.service", "[Service]\nUMask=0007\n");
    assertThat(settings(unit))
        .as("an instance of its own comes before its template")
        .hasValue(List.of(umask("0007"), umask(""), umask("0027")));

    Path broken = root.resolve("etc/systemd/system/db@main.service.d/40-d.conf");
    Files.createSymbolicLink(broken, Path.of("/nowhere"));
    assertThat(settings(unit)).as("what cannot be read may say anything").isEmpty();
    Files.delete(broken);
    Files.createSymbolicLink(root.resolve("etc/systemd/system/db@.service.d"), Path.of("/srv"));
    assertThat(settings(unit)).isEmpty();
  }

  private static Setting umask(String value) {
    return new Setting("UMask", value);
  }

  private Optional<List<Setting>> settings(UnitName unit) {
    return new UnitDirectories(root).settings(unit);
  }

  private void write(String path, String text) throws IOException {
    Path file = root.resolve(path);
    Files.createDirectories(file.resolveSibling(""));
    Files.writeString(file, text);
  }

  private static ObservedUnit.File file(String path, String text) {
    return new ObservedUnit.File(path, Sha256.of(text).hex());
  }
}
