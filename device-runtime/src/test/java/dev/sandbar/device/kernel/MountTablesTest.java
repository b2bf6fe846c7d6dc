package dev.sandbar.device.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.attest.KernelFacts.Mount;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** Tables that are read one after the other, while a stick comes and goes. */
class MountTablesTest {

  private static final String APP = "/sandbar.slice/sandbar-pump.service";
  private static final String ROOT = "20 1 8:1 / / rw shared:1 - ext4 /dev/sda1 rw\n";
  private static final String STICK = "90 20 0:83 / /media/stick rw shared:9 - tmpfs stick rw\n";

  /** What the tables say when they are read next; the last one for ever. */
  private final Deque<String> device = new ArrayDeque<>();

  private final Deque<String> app = new ArrayDeque<>();
  private final MountTables tables = new MountTables(() -> next(device));

  private static String next(Deque<String> texts) {
    return texts.size() > 1 ? texts.remove() : texts.getFirst();
  }

  private void deviceSays(String... texts) {
    device.clear();
    device.addAll(List.of(texts));
  }

  private void appSays(String... texts) {
    app.clear();
    app.addAll(List.of(texts));
  }

  /** Mounts of the app that the device does not have. */
  private List<String> foreign() {
    MountTables.Seen seen =
        tables.read(
            APP, () -> Optional.of(new MountTables.Own("mnt:[1]", next(app))), TreeMap::new);
    return seen.mounts().stream()
        .map(Mount::point)
        .filter(it -> seen.around().stream().noneMatch(around -> around.point().equals(it)))
        .toList();
  }

  @Test
  void aStickThatComesWhileItIsLookedAtIsTheDevices() {
    deviceSays(ROOT, ROOT + STICK);
    appSays(ROOT + STICK);
    tables.begin();
    assertThat(foreign()).isEmpty();
  }

  /** A unit that was just started again is read twice. */
  @Test
  void itIsStillTheDevicesWhenTheAppIsReadAgainInTheSameLook() {
    deviceSays(ROOT, ROOT + STICK, ROOT);
    appSays(ROOT + STICK);
    tables.begin();
    assertThat(foreign()).isEmpty();
    assertThat(foreign()).isEmpty();
  }

  @Test
  void whatStaysWhenTheDeviceHasItNoMoreIsForeignInTheNextLook() {
    deviceSays(ROOT, ROOT + STICK, ROOT);
    appSays(ROOT + STICK);
    tables.begin();
    assertThat(foreign()).isEmpty();
    tables.begin();
    assertThat(foreign()).containsExactly("/media/stick");
    tables.begin();
    assertThat(foreign()).as("and in each after that").containsExactly("/media/stick");
  }

  /** The device unmounts it between two looks, and mounts it during the second. */
  @Test
  void aStickWithTheSameNumbersAsBeforeIsTheDevices() {
    deviceSays(ROOT + STICK);
    appSays(ROOT + STICK);
    tables.begin();
    assertThat(foreign()).isEmpty();
    deviceSays(ROOT, ROOT + STICK);
    tables.begin();
    assertThat(foreign()).isEmpty();
  }

  @Test
  void whatIsGoneWhenTheTableIsReadOnceMoreIsNotCounted() {
    deviceSays(ROOT);
    appSays(ROOT + STICK, ROOT);
    tables.begin();
    assertThat(foreign()).isEmpty();
  }

  @Test
  void aMountOfTheAppAloneIsForeign() {
    deviceSays(ROOT);
    appSays(ROOT + STICK);
    tables.begin();
    assertThat(foreign()).containsExactly("/media/stick");
  }
}
