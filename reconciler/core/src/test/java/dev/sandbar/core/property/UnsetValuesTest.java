package dev.sandbar.core.property;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;
import org.junit.jupiter.api.Test;

class UnsetValuesTest {

  @Test
  void everyVersionHasItsOwnDefaults() {
    for (int version = 0; version < 300; version++) {
      int systemd = version;
      var unset = UnsetValues.of(systemd);
      for (DirectiveInfo directive : DirectiveTable.all().values()) {
        Optional<Value> expected =
            directive.sandbox() && !directive.properties().isEmpty()
                ? Effective.unset(directive, systemd)
                : Optional.empty();
        assertThat(Optional.ofNullable(unset.get(directive.name())))
            .as("%s of systemd %d", directive.name(), systemd)
            .isEqualTo(expected);
      }
    }
    assertThat(UnsetValues.of(Integer.MAX_VALUE)).isSameAs(UnsetValues.of(Integer.MAX_VALUE - 1));
  }
}
