package dev.sandbar.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;

class UsageErrorTest {

  @Test
  void aMistypedCommandIsAnErrorThatNamesTheNearest() {
    assertThat(Ran.sandbar("devise"))
        .isEqualTo(
            new Ran(
                1,
                "",
                """
                sandbar: there is no command devise
                  Did you mean device?
                  Usage: sandbar --help
                """));
  }

  @Test
  void aMistypedOptionIsAnErrorThatNamesTheNearest() {
    assertThat(Ran.sandbar("device", "boot", "x", "--suit=forky").err())
        .contains("there is no option --suit=forky", "Did you mean --suite?");
  }

  @Test
  void aMissingArgumentIsNamed() {
    var ran = Ran.sandbar("device", "boot");
    assertThat(ran.code()).isEqualTo(1);
    assertThat(ran.err()).contains("NAME").contains("Usage: sandbar device boot --help");
  }

  @Test
  void aWrongValueListsTheRightOnes() {
    var ran = Ran.sandbar("device", "list", "-o", "xml");
    assertThat(ran.code()).isEqualTo(1);
    assertThat(ran.err()).contains("xml").contains("table, json, yaml");
  }

  @Test
  void aTraceIsShownOnlyWhenAskedFor() {
    assertThat(Ran.sandbar("devise").err()).doesNotContain("\tat ");
    assertThat(Ran.with(Map.of("SANDBAR_DEBUG", "1"), "", "devise").err()).contains("\tat ");
  }
}
