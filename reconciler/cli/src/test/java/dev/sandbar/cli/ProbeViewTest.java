package dev.sandbar.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.cli.terminal.Paint;
import dev.sandbar.cli.terminal.Terminal;
import dev.sandbar.core.bind.NodeBinder;
import dev.sandbar.core.compile.ReferenceDevice;
import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.AppSpec;
import dev.sandbar.core.model.UnitName;
import dev.sandbar.core.probe.ProbeAttempt;
import dev.sandbar.core.probe.ProbeAttempt.End;
import dev.sandbar.core.probe.ProbeGrants;
import dev.sandbar.core.probe.ProbeJudgement;
import dev.sandbar.core.probe.ProbeTargets;
import dev.sandbar.device.probe.UnitContent;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;

/** What {@code sandbar probe} prints, and what it says where it cannot run. */
class ProbeViewTest {

  private static final Set<String> OPEN =
      Set.of("udp4-out", "socket-inet", "bind-to-device", "read-home", "lan-tcp4");

  private static ProbeView view(Predicate<String> reported) throws IOException {
    AppSpec spec =
        SpecFiles.read(
                List.of("-"),
                new ByteArrayInputStream(
                    """
                    apiVersion: sandbar.dev/v1alpha1
                    kind: AppSandbox
                    metadata: {name: pump}
                    spec: {run: {command: [/usr/bin/pump]}, permissions: {internet: true}}
                    """
                        .getBytes(StandardCharsets.UTF_8)))
            .apps()
            .firstEntry()
            .getValue();
    List<ProbeAttempt> attempts =
        ProbeJudgement.known().entrySet().stream()
            .filter(it -> reported.test(it.getKey()))
            .map(
                it ->
                    new ProbeAttempt(
                        it.getKey(),
                        "what " + it.getKey() + " tries",
                        it.getValue() || OPEN.contains(it.getKey()) ? End.OPEN : End.DENIED,
                        it.getValue() ? "" : "EPERM"))
            .toList();
    return new ProbeView(
        new AppName("pump"),
        new UnitName("sandbar-pump.service"),
        new UnitContent(
            List.of(), List.of("/etc/systemd/system/sandbar-pump.service.d/weak.conf"), true),
        true,
        new TreeSet<>(Set.of("BindPaths")),
        ProbeJudgement.of(
            attempts, ProbeGrants.of(spec, ReferenceDevice.facts()), ProbeTargets.DEFAULT));
  }

  private static String printed(Format format, boolean wide) throws IOException {
    var out = new ByteArrayOutputStream();
    var terminal = Terminal.piped(new ByteArrayInputStream(new byte[0]), out, out, Map.of());
    var printer = new Printer(terminal, Paint.of(Paint.When.NEVER, false, terminal), format);
    if (format == Format.JSON) {
      printer.node(NodeBinder.write(view(OPEN::contains).document()));
    } else {
      view(_ -> true).print(printer, wide);
    }
    terminal.flush();
    return out.toString(StandardCharsets.UTF_8);
  }

  @Test
  void aPageFitsTheTerminal() throws IOException {
    String page = printed(Format.TABLE, false);
    assertThat(page.lines()).allMatch(line -> line.length() <= 80);
    Golden.matches("probe.txt", page);
  }

  @Test
  void theOtherForms() throws IOException {
    assertThat(printed(Format.TABLE, true)).containsPattern("\nread-home +no permission +no +open");
    Golden.matches("probe.json", printed(Format.JSON, false));
  }
}
