package dev.sandbar.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

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

  @ParameterizedTest
  @ValueSource(strings = {"70000", "-1", "65536", "99999999999", "+80", "eighty", ""})
  void aPortThatIsNoneIsAUsageErrorWithTheRange(String port) {
    var ran = Ran.sandbar("agent", "--config=/none/agent.yaml", "--metrics-port=" + port);
    assertThat(ran.code()).isEqualTo(1);
    assertThat(ran.err().replaceAll("\\s+", " "))
        .contains("--metrics-port", "write a number from 1 to 65535, or 0 for none")
        .contains("Usage: sandbar agent --help");
  }

  @Test
  void aTraceIsShownOnlyWhenAskedFor() {
    assertThat(Ran.sandbar("devise").err()).doesNotContain("\tat ");
    assertThat(Ran.with(Map.of("SANDBAR_DEBUG", "1"), "", "devise").err()).contains("\tat ");
  }
}
