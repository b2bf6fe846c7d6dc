package dev.sandbar.schema;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sandbar.apiserver.ApiServer;
import dev.sandbar.apiserver.KubernetesApi;
import dev.sandbar.core.report.Reason;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every kind has a page. {@code -Dsandbar.docs.write=true} writes their tables anew; without it a
 * table that the code has left behind fails here.
 */
class KindDocsTest {

  private static final Path PAGES = Path.of("../../docs/kinds");
  private static final Pattern YAML = Pattern.compile("```yaml\\n(.*?)```", Pattern.DOTALL);
  private static final Pattern CONDITION =
      Pattern.compile("^\\| `\\w+` \\|[^|]*\\|([^|]*)\\|$", Pattern.MULTILINE);

  private static final String CONDITIONS =
      "/spec/versions/0/schema/openAPIV3Schema/properties/status/properties/conditions";

  /** Reasons of conditions that are not about an app. */
  private static final List<String> OTHER_REASONS = List.of("CertificateApproved", "OwnerApproved");

  static Stream<Map.Entry<String, ObjectNode>> kinds() {
    return SchemaFiles.definitions().entrySet().stream();
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void thePageSaysWhatTheDefinitionSays(Map.Entry<String, ObjectNode> kind) throws IOException {
    Path page = page(kind.getValue());
    String text = Files.readString(page);
    assertThat(text).contains("## Example", "## Spec", "## Status");
    String anew = new KindPage(kind.getValue()).anew(text);
    if (Boolean.getBoolean("sandbar.docs.write")) {
      Files.writeString(page, anew);
    }
    assertThat(page).as("run with -Dsandbar.docs.write=true").hasContent(anew);
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void theReasonsOfItsConditionsExist(Map.Entry<String, ObjectNode> kind) throws IOException {
    Set<String> known = new HashSet<>(OTHER_REASONS);
    Arrays.stream(Reason.values()).map(Reason::text).forEach(known::add);
    String text = Files.readString(page(kind.getValue()));
    if (kind.getValue().at(CONDITIONS).isMissingNode()) {
      assertThat(text).doesNotContain("## Conditions");
      return;
    }
    assertThat(text).contains("## Conditions");
    Matcher rows = CONDITION.matcher(text.substring(text.indexOf("## Conditions")));
    int found = 0;
    while (rows.find()) {
      found++;
      assertThat(Arrays.stream(rows.group(1).split("[`, ]+")).filter(w -> !w.isBlank()))
          .isNotEmpty()
          .allSatisfy(word -> assertThat(known).contains(word));
    }
    assertThat(found).isPositive();
  }

  @Test
  void itsExamplesAreAccepted(@KubernetesApi ApiServer api) throws IOException {
    try (var _ = Admission.on(api)) {
      String namespace = api.newNamespace("docs");
      for (ObjectNode kind : SchemaFiles.definitions().values()) {
        Matcher examples = YAML.matcher(Files.readString(page(kind)));
        int found = 0;
        while (examples.find()) {
          found++;
          var result =
              api.kubectl()
                  .runWithInput(
                      examples.group(1), "apply", "--validate=strict", "-n", namespace, "-f", "-");
          assertThat(result.ok()).as(result.stderr()).isTrue();
        }
        assertThat(found).isPositive();
      }
    }
  }

  private static Path page(ObjectNode definition) {
    return PAGES.resolve(definition.at("/spec/names/singular").asText() + ".md");
  }
}
