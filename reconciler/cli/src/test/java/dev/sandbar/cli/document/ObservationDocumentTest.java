package dev.sandbar.cli.document;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.sandbar.core.compile.ReferenceDevice;
import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.Node;
import dev.sandbar.core.model.UnitName;
import dev.sandbar.core.plan.Observation;
import dev.sandbar.core.plan.ObservedUnit;
import dev.sandbar.core.plan.StoredImage;
import dev.sandbar.core.property.Effective.Setting;
import dev.sandbar.core.property.Raw;
import dev.sandbar.source.text.JsonReader;
import dev.sandbar.source.text.JsonWriter;
import dev.sandbar.source.text.TextLimits;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class ObservationDocumentTest {
  private static final UnitName UNIT = UnitName.own(new AppName("pump"));
  private static final TextLimits LIMITS = new TextLimits(16 << 20, 64, 1_000_000);

  private static ObservationDocument document() {
    var properties =
        new TreeMap<String, Raw>(
            Map.of(
                "Whole", new Raw.Int(-1),
                "On", new Raw.Bool(true),
                "Part", new Raw.Real(0.5),
                "Pair", new Raw.Tuple(List.of(new Raw.Str("a"), new Raw.Array(List.of())))));
    var process =
        new ObservedUnit.ProcessEvidence(
            7,
            "pump",
            61_000,
            true,
            2,
            0,
            1L << 40,
            0,
            new TreeMap<>(Map.of("net", true)),
            "g",
            new TreeSet<>(List.of("/boot")));
    var unit =
        new ObservedUnit(
            UNIT,
            List.of(new ObservedUnit.File("/etc/systemd/system/pump.service", "", true)),
            ObservedUnit.Loaded.NOT_FOUND,
            properties,
            List.of(process),
            List.of("INGRESS"));
    return new ObservationDocument(
        Instant.parse("2026-01-31T12:00:00.5Z"),
        ReferenceDevice.facts(),
        new Observation(
            new TreeMap<>(Map.of(UNIT, unit)),
            new TreeMap<>(Map.of("ab", new StoredImage("/var/lib/x", "cd"))),
            new TreeMap<>(),
            new TreeSet<>(),
            new TreeMap<>(
                Map.of(
                    new UnitName("ssh.service"),
                    List.of(new Setting("UMask", "0077"), new Setting("UMask", ""))))));
  }

  private static Node parsed(String json) {
    var read = JsonReader.read("seen.json", json.getBytes(StandardCharsets.UTF_8), LIMITS);
    assertThat(read.diagnostics()).isEmpty();
    return read.documents().getFirst();
  }

  @Test
  void aSavedObservationReadsAsItWas() {
    Node read = parsed(JsonWriter.indented(document().write()));
    assertThat(ObservationDocument.read(read)).isEqualTo(document());
    assertThat(ObservationDocument.readFacts(read)).isEqualTo(ReferenceDevice.facts());
  }

  @Test
  void aWrongFieldIsNamedWithItsPlace() {
    String json = JsonWriter.indented(document().write()).replace("\"pid\": 7", "\"pid\": \"x\"");
    assertThatExceptionOfType(DocumentException.class)
        .isThrownBy(() -> ObservationDocument.read(parsed(json)))
        .withMessageMatching(
            "seen\\.json:\\d+:\\d+: units\\.sandbar-pump\\.service\\.processes\\[0\\]\\.pid:"
                + " a whole number of 32 bits was expected");
  }
}
