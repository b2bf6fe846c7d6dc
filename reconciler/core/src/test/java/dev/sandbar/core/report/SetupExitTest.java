package dev.sandbar.core.report;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.model.UnitName;
import dev.sandbar.core.plan.ObservedUnit;
import dev.sandbar.core.plan.ObservedUnit.Loaded;
import java.util.List;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** What an app's status says of a start that systemd gave up. */
class SetupExitTest {

  private static String health(String result, int status) {
    var loaded =
        new Loaded(
            "loaded", "failed", "failed", "enabled", "", List.of(), false, "", "", result, status,
            0);
    var unit =
        new ObservedUnit(
            new UnitName("sandbar-app.service"),
            List.of(),
            loaded,
            new TreeMap<>(),
            List.of(),
            List.of());
    return Health.of(unit) instanceof Health.Unhealthy(var said) ? said : "";
  }

  @Test
  void aSecretThatCannotBeDecryptedIsNamedWithWhatToDo() {
    assertThat(health("exit-code", 243))
        .startsWith("failed: exit-code, status 243, of systemd: a secret could not be decrypted")
        .contains("TPM2", "/var/lib/sandbar/secrets", "/var/lib/sandbar/age.cred");
  }

  @Test
  void whatSystemdDoesNotSayIsLeftToTheProgram() {
    assertThat(health("exit-code", 3)).isEqualTo("failed: exit-code, status 3");
    assertThat(health("signal", 9)).isEqualTo("failed: signal, status 9");
    assertThat(health("timeout", 0)).isEqualTo("failed: timeout");
  }
}
