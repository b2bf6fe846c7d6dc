package dev.sandbar.device.systemd;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.compile.BusServices;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BusFilesTest {

  @TempDir
  @SuppressWarnings("NullAway.Init")
  private Path root;

  private void write(String path, String text) throws IOException {
    Path file = root.resolve(path);
    Files.createDirectories(file.resolveSibling("."));
    Files.writeString(file, text);
  }

  @Test
  void namesOfTheDeviceAreThoseThatAreStartedOrMayBeOwned() throws IOException {
    write(
        "usr/share/dbus-1/system-services/org.a.File.service",
        "[D-BUS Service]\nName = org.a.Name\nExec=/bin/false\n");
    write("usr/share/dbus-1/system-services/notes.txt", "Name=org.a.Notes\n");
    write(
        "usr/share/dbus-1/system.d/b.conf",
        "<busconfig><policy user='root'><allow own='org.b.Quoted'/>\n"
            + "<allow own=\"org.b.Double\"/><deny own=\"*\"/></policy>"
            + "<policy group=\"x\"><allow own_prefix = \"org.c\"/><allow send_destination=\"org.d.D\"/></policy>");
    write("etc/dbus-1/system.d/mine.conf", "<allow own=\"org.e.Mine\"/>");
    write("etc/dbus-1/system.d/sandbar-mine.conf", "<allow own=\"org.f.Mine\"/>");
    write("etc/dbus-1/system.d/sandbar-0123456789ab.conf", "<allow own=\"com.example.App\"/>");
    write("etc/dbus-1/system-local.conf", "<allow own_prefix=\"org\"/>");

    BusServices found = BusFiles.read(root);

    assertThat(found.names())
        .containsExactly(
            "org.a.File", "org.a.Name", "org.b.Double", "org.b.Quoted", "org.e.Mine", "org.f.Mine");
    assertThat(found.prefixes()).containsExactly("org", "org.c");
  }

  @Test
  void aDeviceWithoutABusHasNone() {
    assertThat(BusFiles.read(root)).isEqualTo(BusServices.NONE);
  }
}
