package dev.sandbar.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class UsageErrorTest {

  @Test
  void aMistypedCommandIsAnErrorThatNamesTheNearest() {
    assertThat(Ran.sandbar("observr"))
        .isEqualTo(
            new Ran(
                1,
                "",
                """
                sandbar: there is no command observr
                  Did you mean observe?
                  Usage: sandbar --help
                """));
  }

  @Test
  void aMistypedCommandIsNoPageOfHelpEither() {
    assertThat(Ran.sandbar("observr", "--help")).isEqualTo(Ran.sandbar("observr"));
    assertThat(Ran.sandbar("help", "observr")).isEqualTo(Ran.sandbar("observr"));
    Ran inner = Ran.sandbar("fleet", "statsu", "--help");
    assertThat(inner.code()).isEqualTo(1);
    assertThat(inner.out()).isEmpty();
    assertThat(inner.err()).contains("statsu");
  }

  @Test
  void aMistypedOptionIsAnErrorThatNamesTheNearest() {
    assertThat(Ran.sandbar("facts", "--devise=x").err())
        .contains("there is no option --devise=x", "Did you mean --device?");
  }

  @Test
  void aMissingArgumentIsNamed() {
    var ran = Ran.sandbar("delete");
    assertThat(ran.code()).isEqualTo(1);
    assertThat(ran.err()).contains("APP").contains("Usage: sandbar delete --help");
  }

  @Test
  void aWrongValueListsTheRightOnes() {
    var ran = Ran.sandbar("facts", "-o", "xml");
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
    assertThat(Ran.sandbar("observr").err()).doesNotContain("\tat ");
    assertThat(Ran.with(Map.of("SANDBAR_DEBUG", "1"), "", "observr").err()).contains("\tat ");
  }

  @Test
  void virtualDevicesBelongToACheckout() {
    assertThat(Ran.sandbar("facts", "--device", "pump-1").err())
        .contains("an installation has no virtual devices");
  }
}
