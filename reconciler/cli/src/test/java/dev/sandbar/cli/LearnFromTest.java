package dev.sandbar.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.cli.document.Fields;
import dev.sandbar.core.learn.ServiceObservation;
import dev.sandbar.core.learn.ServiceObservation.Service;
import dev.sandbar.core.learn.SocketAddress;
import dev.sandbar.core.learn.Use;
import dev.sandbar.core.model.Cidr;
import dev.sandbar.core.model.Permissions.Port.Protocol;
import dev.sandbar.core.model.UnitName;
import dev.sandbar.source.text.JsonWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** learn --from: what devices saved, on a machine that is none. */
class LearnFromTest {

  private static final Use LISTENS = new Use.Bound(Protocol.TCP, at("0.0.0.0", 1883));

  @TempDir Path temp;

  private static SocketAddress.Internet at(String host, int port) {
    return new SocketAddress.Internet(Cidr.parse(host).orElseThrow(), port);
  }

  private String saved(String device, int seconds, Use... uses) throws IOException {
    return saved(
        device + ".json",
        ServiceObservation.of(
            device,
            new UnitName("gauge.service"),
            Instant.EPOCH,
            seconds,
            1,
            true,
            "",
            new Service.Unit(
                List.of("[Service]\nExecStart=/usr/bin/gauge\n"), new TreeMap<>(), 257),
            List.of(uses)));
  }

  private String saved(String name, ServiceObservation observation) throws IOException {
    return Files.writeString(temp.resolve(name), JsonWriter.indented(observation.write()))
        .toString();
  }

  private List<String> three() throws IOException {
    return List.of(
        saved("pump-1", 600, LISTENS),
        saved("pump-2", 720, LISTENS),
        saved("pump-3", 660, LISTENS),
        saved(
            "pump-7",
            600,
            LISTENS,
            new Use.Bound(Protocol.TCP, at("0.0.0.0", 4444)),
            new Use.Reached(at("203.0.113.9", 443))));
  }

  private static Ran learn(List<String> files, String... more) {
    var words = new ArrayList<>(List.of("learn", "--from"));
    words.addAll(files);
    words.addAll(List.of(more));
    return Ran.sandbar(words.toArray(String[]::new));
  }

  private static String joined(String text) {
    return text.replaceAll("\\s+", " ");
  }

  @Test
  void oneSpecIsForAllAndWhatOnlyOneDidIsNamed() throws IOException {
    Ran ran = learn(three(), "--of", "20");
    assertThat(ran.code()).as(ran.err()).isZero();
    assertThat(ran.out())
        .contains("name: gauge", "port: 1883", "port: 4444", "internet: true", "/usr/bin/gauge");
    assertThat(joined(ran.err()))
        .contains(
            "gauge.service was seen on 4 of 20 devices, for 10 to 12 minutes each; what it does"
                + " less often, and on the others, was not seen",
            "ports: on all 4 devices: is bound to tcp port 1883",
            "ports: on 1 of 4 devices, pump-7: is bound to tcp port 4444",
            "localNetwork: on all 4 devices: is bound to ports",
            "internet: on 1 of 4 devices, pump-7: talks to 203.0.113.9:443",
            "check those before you apply the spec",
            "run.command: as the devices have sent it, not by what was seen");
  }

  @Test
  void withoutTheNumberOfAllDevicesNoneIsMadeUp() throws IOException {
    assertThat(joined(learn(three()).err()))
        .contains("was seen on 4 devices, for 10 to 12 minutes");
    assertThat(joined(learn(List.of(saved("pump-1", 45))).err()))
        .contains("was seen on 1 device, for 45 seconds; what it does less often was not seen");
    assertThat(joined(learn(three(), "--of", "3").err()))
        .contains("--of 3 is less than the 4 devices of the files");
  }

  @Test
  void machinesGetTheCoverageAsFields() throws IOException {
    Fields json = Parsed.json(learn(three(), "--of", "20", "-o", "json").out());
    Fields coverage = json.child("coverage");
    assertThat(coverage.number("devices")).isEqualTo(4);
    assertThat(coverage.number("of")).isEqualTo(20);
    assertThat(coverage.number("leastSeconds")).isEqualTo(600);
    assertThat(coverage.number("mostSeconds")).isEqualTo(720);
    assertThat(coverage.flag("fromStart")).isTrue();
    assertThat(coverage.list("each", it -> Fields.of(it).text("device")))
        .containsExactly("pump-1", "pump-2", "pump-3", "pump-7");
    assertThat(
            json.list("taken", Fields::of).stream()
                .filter(it -> it.text("name").equals("internet"))
                .findFirst()
                .orElseThrow()
                .list("devices", Fields::text))
        .containsExactly("pump-7");
    assertThat(json.list("sent", Fields::text)).containsExactly("run.command");
    Fields without = Parsed.json(learn(three(), "-o", "json").out());
    assertThat(without.child("coverage").find("of")).isEmpty();
  }

  @Test
  void aServiceIsConfinedByWhatAllLeftOut() throws IOException {
    Ran ran = learn(three(), "--adopt");
    assertThat(ran.out())
        .contains("unit: gauge.service", "mode: Open", "jit: false", "ProtectSystem: full")
        .doesNotContain("internet: false", "command:");
    assertThat(ran.err()).doesNotContain("as the devices have sent it");
  }

  @Test
  void whoTakesTheNameOfAnotherIsNamedWithTheFiles() throws IOException {
    var files = new ArrayList<>(three());
    String observation =
        Files.readString(Path.of(files.getLast())).replace("\"pump-7\"", "\"pump-1\"");
    files.set(3, Files.writeString(temp.resolve("liar.json"), observation).toString());
    Ran ran = learn(files);
    assertThat(joined(ran.err()))
        .contains("was seen on 3 devices")
        .contains("pump-1 is the device of " + temp.resolve("liar.json"))
        .contains("and counts once");
  }

  @Test
  void everyFileThatCannotBeReadIsNamedWithItsPlace() throws IOException {
    String good = saved("pump-1", 600);
    Path cut = Files.writeString(temp.resolve("cut.json"), "{\"kind\": ");
    Path empty = Files.writeString(temp.resolve("empty.json"), "");
    Path other =
        Files.writeString(
            temp.resolve("other.json"),
            Files.readString(Path.of(good)).replace("\"seconds\": 600", "\"seconds\": -1"));
    Path hostile =
        Files.writeString(
            temp.resolve("hostile.json"),
            Files.readString(Path.of(good)).replace("\"pump-1\"", "\"\\u001b[2Jpump\""));
    Ran ran =
        learn(
            List.of(good, cut.toString(), empty.toString(), other.toString(), hostile.toString()));
    assertThat(ran.code()).isOne();
    assertThat(ran.out()).isEmpty();
    assertThat(ran.err())
        .contains(cut + ":1:", other + ":1:1: error: nothing is watched for so long", "help: ")
        .contains(hostile + ":1:1: error: the name of a device is letters")
        .doesNotContain("\u001b");
    assertThat(joined(ran.err())).contains("4 of 5 files cannot be read");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "learn | neither a service to watch nor files are named",
        "learn gauge --of 3 | --of says of how many devices the files are",
        "learn gauge --from nowhere.json | a service is watched, or files are combined",
        "learn --from nowhere.json --restart | --restart is about a service that is watched now",
        "learn --from nowhere.json --for 2m | --for is about a service that is watched now",
        "learn --from nowhere.json --save x.json | --save is about a service that is watched now",
        "learn --from nowhere.json | nowhere.json: there is no such file",
      })
  void whatDoesNotGoTogetherIsRefused(String line, String message) {
    Ran ran = Ran.sandbar(line.split(" "));
    assertThat(ran.code()).isOne();
    assertThat(joined(ran.err())).contains(message);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "600 | 600 | 10 minutes",
        "600 | 720 | 10 to 12 minutes",
        "45 | 600 | 45 seconds to 10 minutes",
        "1 | 1 | 1 second",
        "0 | 30 | 0 to 30 seconds",
        "7200 | 86400 | 2 to 24 hours",
      })
  void timesAreSaidShortly(long least, long most, String text) {
    assertThat(CombinedView.span(least, most)).isEqualTo(text);
  }
}
