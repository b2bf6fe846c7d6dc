package dev.sandbar.device.broker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.model.AppName;
import java.util.ArrayList;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NameChangesTest {

  private static final AppName A = new AppName("a");
  private static final AppName B = new AppName("b");
  private static final AppName C = new AppName("c");

  @Test
  void whatWasThereBeforeComesBack() {
    NameChanges changes = NameChanges.NONE.set(A, "factory", "one").set(A, "one", "two");

    assertThat(changes.restored(A, "two")).contains("factory");
    assertThat(changes.without(A)).isEqualTo(NameChanges.NONE);
  }

  @Test
  void aNameThatSomebodyElseHasSetStays() {
    NameChanges changes = NameChanges.NONE.set(A, "factory", "one");
    assertThat(changes.restored(A, "owner")).isEmpty();

    // And is what comes back when the app changes it after that.
    assertThat(changes.set(A, "owner", "two").restored(A, "two")).contains("owner");
  }

  @Test
  void aDeviceThatLostItsPowerBetweenRecordAndChangeIsPutBackToo() {
    NameChanges first = NameChanges.NONE.set(A, "factory", "one");
    assertThat(first.restored(A, "factory")).isEmpty();

    NameChanges second = first.set(A, "one", "two");
    assertThat(second.restored(A, "one")).contains("factory");
  }

  @Test
  void appsGoInAnyOrder() {
    NameChanges changes = NameChanges.NONE.set(A, "factory", "one").set(B, "one", "two");

    assertThat(changes.restored(A, "two")).isEmpty();
    assertThat(changes.without(A).restored(B, "two")).contains("factory");
    assertThat(changes.restored(B, "two")).contains("one");
    assertThat(changes.without(B).restored(A, "one")).contains("factory");
  }

  /** Whatever apps did, when the last one is gone the device has its own name again. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8})
  void theOwnNameComesBackWhateverAppsDid(int seed) {
    var random = new Random(seed);
    AppName[] apps = {A, B, C};
    String name = "factory";
    NameChanges changes = NameChanges.NONE;
    for (int i = 0; i < 200; i++) {
      AppName app = apps[random.nextInt(apps.length)];
      if (random.nextInt(3) > 0) {
        String next = "name-" + i;
        changes = changes.set(app, name, next);
        // Now and then the power goes before the change is made.
        name = random.nextInt(4) == 0 ? name : next;
      } else {
        name = changes.restored(app, name).orElse(name);
        changes = changes.without(app);
      }
    }
    for (AppName app : new ArrayList<>(changes.apps()).reversed()) {
      name = changes.restored(app, name).orElse(name);
      changes = changes.without(app);
    }
    assertThat(name).isEqualTo("factory");
    assertThat(changes).isEqualTo(NameChanges.NONE);
  }
}
