package dev.sandbar.device.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.attest.KernelFacts.Backing;
import dev.sandbar.core.attest.KernelFacts.Mount;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * On a folder with the files that sysfs has, since no machine of ours has a device mapper: what
 * they are called and hold is from the kernel's documentation, and from libdevmapper.
 */
final class BackingFilesTest {

  private static final String IMAGE = "/var/lib/sandbar/images/sha256-1.raw";
  private static final String TREE = "/var/lib/sandbar/images/sha256-1.verity";
  private static final String HASH = "0123456789abcdef".repeat(4);
  private static final String UUID = "CRYPT-VERITY-9cd1a2b3c4d5860718293a4b5c6d7e8f-";

  @TempDir private Path devices;

  @BeforeEach
  void makeDevices() throws IOException {
    write("7:3/loop/backing_file", IMAGE + "\n");
    write("254:0/dm/uuid", UUID + "loop3-verity\n");
    write("254:0/dm/name", "loop3-verity\n");
    write("254:0/slaves/loop3/loop/backing_file", IMAGE + "\n");
    write("254:0/slaves/loop4/loop/backing_file", TREE + "\n");
    write("254:1/dm/uuid", "LVM-9cd1a2b3c4d5860718293a4b5c6d7e8f\n");
    write("254:1/slaves/loop3/loop/backing_file", IMAGE + "\n");
    Files.createDirectories(devices.resolve("8:1/slaves"));
  }

  private void write(String file, String text) throws IOException {
    Path path = devices.resolve(file);
    Files.createDirectories(path.getParent());
    Files.writeString(path, text);
  }

  private Map<String, Backing> of(String device, String point) {
    return new BackingFiles(devices)
        .of(Mount.parse("36 35 %s / %s ro - squashfs /dev/x ro\n".formatted(device, point)));
  }

  @Test
  void aLoopDeviceHasItsFile() {
    var file = Backing.file(IMAGE);
    assertThat(of("7:3", "/")).containsExactly(Map.entry("7:3", file));
    assertThat(of("7:3", "/data")).containsExactly(Map.entry("7:3", file));
    assertThat(of("7:4", "/")).isEmpty();
  }

  @Test
  void aDeviceOfDmVerityHasTheFilesOfTheLoopDevicesBelowAndTheRootHashOfItsName()
      throws IOException {
    assertThat(of("254:0", "/"))
        .containsExactly(
            Map.entry("254:0", new Backing(new TreeSet<>(List.of(IMAGE, TREE)), true, "")));
    write("254:0/dm/name", HASH + "-verity\n");
    assertThat(of("254:0", "/"))
        .containsExactly(
            Map.entry("254:0", new Backing(new TreeSet<>(List.of(IMAGE, TREE)), true, HASH)));
  }

  @Test
  void noOtherDeviceIsOneOfDmVerity() {
    for (String device : List.of("254:1", "254:2", "8:1", "0:44")) {
      assertThat(of(device, "/")).as(device).isEmpty();
    }
  }
}
