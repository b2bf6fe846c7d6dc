package dev.sandbar.core.attest;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.attest.KernelFacts.Backing;
import dev.sandbar.core.attest.KernelFacts.Mount;
import dev.sandbar.core.attest.KernelFacts.Outside;
import dev.sandbar.core.property.Value;
import java.util.List;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class VerityCheckTest {

  private static final String IMAGE = "/var/lib/sandbar/images/sha256-1.raw";
  private static final String TREE = "/var/lib/sandbar/images/sha256-1.verity";
  private static final String HASH = "b".repeat(64);
  private static final List<String> DIRECTIVES =
      List.of("RootImage", "RootVerity", "RootHash", "RootImagePolicy");

  private static List<Boolean> held(boolean verity, String rootHash, String... files) {
    var images = new TreeMap<String, Backing>();
    images.put("254:0", new Backing(new TreeSet<>(List.of(files)), verity, rootHash));
    return held(images);
  }

  private static List<Boolean> held(TreeMap<String, Backing> images) {
    var checks =
        new MountChecks(
            new KernelFacts(
                "/sandbar.slice/sandbar-pump.service",
                List.of(),
                0,
                Mount.parse("36 35 254:0 / / ro - squashfs /dev/dm-0 ro\n"),
                List.of(),
                new TreeMap<>(),
                images,
                new TreeMap<>(),
                new TreeMap<>(),
                CallFilters.UNREAD,
                Outside.NOTHING));
    return DIRECTIVES.stream()
        .map(it -> checks.of(it, value(it)) instanceof Finding.Holds)
        .toList();
  }

  private static Value value(String directive) {
    return new Value.Text(
        switch (directive) {
          case "RootImage" -> IMAGE;
          case "RootVerity" -> TREE;
          case "RootHash" -> HASH;
          default -> "root=verity";
        });
  }

  @Test
  void holdsWhereTheKernelChecksTheImageByItsTree() {
    assertThat(held(true, HASH, IMAGE, TREE)).containsExactly(true, true, true, true);
  }

  @Test
  void theImageItselfOrAnotherTreeIsNotEnough() {
    assertThat(held(false, "", IMAGE)).containsExactly(true, false, false, false);
    assertThat(held(true, HASH, IMAGE, TREE + ".old")).containsExactly(true, false, true, true);
    assertThat(held(true, HASH, TREE)).containsExactly(false, true, true, true);
    assertThat(held(new TreeMap<>())).containsExactly(false, false, false, false);
  }

  /** What systemd was given with another unit, though the files are the right ones again. */
  @Test
  void aDeviceWithAnotherRootHashDoesNotHoldAndOneWithoutIsUnknown() {
    assertThat(held(true, "c".repeat(64), IMAGE, TREE)).containsExactly(true, true, false, true);
    assertThat(held(true, "", IMAGE, TREE)).containsExactly(true, true, false, true);
  }
}
