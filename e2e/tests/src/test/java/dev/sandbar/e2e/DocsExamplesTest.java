package dev.sandbar.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.compile.Compilation;
import dev.sandbar.core.compile.Compiler;
import dev.sandbar.core.compile.ReferenceDevice;
import dev.sandbar.core.model.DeviceSettingsReader;
import dev.sandbar.core.model.Node;
import dev.sandbar.core.model.SpecReader;
import dev.sandbar.source.text.ReadResult;
import dev.sandbar.source.text.YamlReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every whole object that a page shows is read and compiled. */
class DocsExamplesTest {

  private static final Path ROOT = Path.of("../..");
  private static final Pattern BLOCK = Pattern.compile("```yaml\\n(.*?)```", Pattern.DOTALL);
  private static final Pattern LINK = Pattern.compile("\\]\\(([^)#:]*)(?:#([^)]+))?\\)");
  private static final Pattern HEADING = Pattern.compile("(?m)^#+ (.*)$");

  static Stream<Path> pages() throws IOException {
    try (Stream<Path> docs = Files.walk(ROOT.resolve("docs"))) {
      List<Path> found = docs.filter(p -> p.toString().endsWith(".md")).toList();
      return Stream.concat(
          found.stream(), Stream.of(ROOT.resolve("README.md"), ROOT.resolve("CONTRIBUTING.md")));
    }
  }

  @ParameterizedTest
  @MethodSource("pages")
  void examplesAreAccepted(Path page) throws IOException {
    Matcher blocks = BLOCK.matcher(Files.readString(page));
    while (blocks.find()) {
      String text = blocks.group(1);
      ReadResult read =
          YamlReader.read(page.getFileName().toString(), text.getBytes(StandardCharsets.UTF_8));
      assertThat(read.diagnostics()).as(text).isEmpty();
      read.documents().forEach(DocsExamplesTest::accepted);
    }
  }

  @ParameterizedTest
  @MethodSource("pages")
  void linksLeadSomewhere(Path page) throws IOException {
    Matcher links = LINK.matcher(Files.readString(page));
    while (links.find()) {
      Path target = links.group(1).isEmpty() ? page : page.resolveSibling(links.group(1));
      assertThat(target).exists();
      if (links.group(2) != null && target.toString().endsWith(".md")) {
        assertThat(anchors(target)).as(target.toString()).contains(links.group(2));
      }
    }
  }

  /** As GitHub and GitLab make them of headings. */
  private static List<String> anchors(Path page) throws IOException {
    return HEADING
        .matcher(Files.readString(page))
        .results()
        .map(h -> h.group(1).toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9 _-]", ""))
        .map(h -> h.replace(' ', '-'))
        .toList();
  }

  private static void accepted(Node node) {
    switch (Texts.at(node, "kind")) {
      case "AppSandbox" -> {
        assertThat(SpecReader.read(node)).isInstanceOf(SpecReader.Read.class);
        if (SpecReader.read(node) instanceof SpecReader.Read(var app, _)) {
          var facts = ReferenceDevice.facts().configured(Map.of(), Map.of("media", "/srv/media"));
          assertThat(Compiler.compile(app, facts)).isInstanceOf(Compilation.Compiled.class);
        }
      }
      case "AgentConfig" ->
          assertThat(DeviceSettingsReader.read(node))
              .isInstanceOf(DeviceSettingsReader.Outcome.Read.class);
      case "AppContent",
          "Device",
          "DeviceBundle",
          "DeviceQuery",
          "FleetHistory",
          "GitSource",
          "Role",
          "Secret" -> {
        // A real API server takes the kinds in the tests of the schemas and of the chart.
      }
      default -> assertThat(node.fields()).doesNotContainKey("apiVersion");
    }
  }
}
