package dev.sandbar.core.property;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sandbar.core.property.Effective.Setting;
import dev.sandbar.core.property.RecordedUnits.Recorded;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class EffectiveTest {

  static List<Integer> versions() {
    return RecordedUnits.VERSIONS;
  }

  @ParameterizedTest
  @MethodSource("versions")
  void equalsWhatLiveSystemdReports(int version) {
    var differences = new ArrayList<String>();
    for (Recorded recorded : RecordedUnits.of(version)) {
      SortedMap<String, Value> expected =
          Effective.of(recorded.settings(), RecordedUnits.context(version, recorded.unit()));
      SortedMap<String, Value> reported = Canonical.all(recorded.raw(), version);
      difference(expected, reported)
          .forEach((name, shown) -> differences.add(recorded.name() + ": " + name + ": " + shown));
    }
    assertThat(differences).isEmpty();
  }

  @ParameterizedTest
  @MethodSource("versions")
  void foretellsEverySandboxProperty(int version) {
    Recorded bare = RecordedUnits.of(version, "bare");
    SortedMap<String, Value> expected =
        Effective.of(bare.settings(), RecordedUnits.context(version, bare.unit()));

    assertThat(DirectiveTable.sandbox(version).stream().filter(d -> !d.varies()))
        .extracting(DirectiveInfo::name)
        .allSatisfy(name -> assertThat(expected).containsKey(name));
  }

  @Test
  void namesTheDirectiveOfAValueThatIsNotValid() {
    assertThatThrownBy(
            () ->
                Effective.of(
                    List.of(new Setting("NoNewPrivileges", "perhaps")),
                    RecordedUnits.context(257, "sandbar-x.service")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("NoNewPrivileges: not a boolean: perhaps");
  }

  /** A default that closes something is not off, or the app would count as held without a look. */
  @ParameterizedTest
  @CsvSource({
    "PrivateUsers, no, true",
    "PrivateUsers, yes, false",
    "ProcSubset, all, true",
    "ProtectProc, default, true",
    "ProtectControlGroups, no, true",
    "ProtectHome, read-only, false",
    "DevicePolicy, auto, true",
    "KeyringMode, private, false",
    "KillMode, control-group, false",
    "NotifyAccess, none, false",
  })
  void onlyTheWeakestWordClosesNothing(String directive, String word, boolean off) {
    assertThat(Effective.isOff(directive, new Value.Text(word))).isEqualTo(off);
  }

  private static SortedMap<String, String> difference(
      SortedMap<String, Value> expected, SortedMap<String, Value> reported) {
    var differences = new TreeMap<String, String>();
    expected.forEach(
        (name, value) -> {
          Value other = reported.get(name);
          if (!value.equals(other)) {
            differences.put(
                name, value.show() + " <> " + (other == null ? "not reported" : other.show()));
          }
        });
    return differences;
  }
}
