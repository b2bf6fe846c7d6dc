package dev.sandbar.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sandbar.core.model.Sha256;
import dev.sandbar.source.text.YamlReader;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Digests are written into a file, and nothing else of it changes. */
class TagPinTest {

  private static final String HEAD =
      "apiVersion: sandbar.dev/v1alpha1\nkind: AppSandbox\nmetadata: {name: pump}\n";
  private static final String DIGEST = "ab".repeat(32);
  private static final String OTHER = "sha256:" + "cd".repeat(32);

  private static List<TagPin> pins(String text) {
    return TagPin.in(YamlReader.read("pump.yaml", text.getBytes(StandardCharsets.UTF_8)));
  }

  private static String written(String text) {
    var digests = new HashMap<TagPin, Sha256>();
    pins(text).forEach(pin -> digests.put(pin, new Sha256(DIGEST)));
    return TagPin.written(text, digests);
  }

  private static void writes(String before, String after) {
    assertThat(written(HEAD + before))
        .isEqualTo(HEAD + after.replace("DIGEST", "\"sha256:" + DIGEST + "\""));
  }

  @Test
  void aBlockGetsALine() {
    writes(
        """
        spec:
          image:  # of the build
            oci: ghcr.io/acme/pump  # ours
            ref: 2.4.1  # the release
          run: {command: [/pump]}
        """,
        """
        spec:
          image:  # of the build
            oci: ghcr.io/acme/pump  # ours
            ref: 2.4.1  # the release
            digest: DIGEST
          run: {command: [/pump]}
        """);
    writes(
        "spec:\n  image:\n    ref: '1.10'\n    oci: ghcr.io/acme/pump",
        "spec:\n  image:\n    ref: '1.10'\n    digest: DIGEST\n    oci: ghcr.io/acme/pump");
    writes(
        "spec:\n  image:\n    oci: ghcr.io/acme/pump\n    ref: latest",
        "spec:\n  image:\n    oci: ghcr.io/acme/pump\n    ref: latest\n    digest: DIGEST\n");
  }

  @Test
  void aMapInBracesGetsItInside() {
    writes(
        "spec: {image: {oci: ghcr.io/acme/pump, ref: \"2\"}, run: {command: [/pump]}}\n",
        "spec: {image: {oci: ghcr.io/acme/pump, ref: \"2\", digest: DIGEST}, run: {command: [/pump]}}\n");
  }

  @Test
  void jsonStaysJson() {
    String json =
        "{\"apiVersion\": \"sandbar.dev/v1alpha1\", \"kind\": \"AppSandbox\", \"spec\": {\"image\": {\"ref\": \"2\"%s, \"oci\": \"ghcr.io/acme/pump\"}}}";
    assertThat(written(json.formatted("")))
        .isEqualTo(json.formatted(", \"digest\": \"sha256:" + DIGEST + "\""));
  }

  @Test
  void whatIsThereIsReplaced() {
    for (String before : List.of(OTHER, "'" + OTHER + "'", "\"" + OTHER + "\"", "old")) {
      writes(
          "spec:\n  image:\n    digest: "
              + before
              + "  # pinned\n    oci: ghcr.io/acme/pump\n    ref: 𝕏\n".replace("𝕏", "v2"),
          "spec:\n  image:\n    digest: DIGEST  # pinned\n    oci: ghcr.io/acme/pump\n    ref: v2\n");
      writes(
          "spec: {devices: [\"𝕏ü\"], image: {digest: "
              + before
              + ", oci: ghcr.io/acme/pump, ref: v2}}\n",
          "spec: {devices: [\"𝕏ü\"], image: {digest: DIGEST, oci: ghcr.io/acme/pump, ref: v2}}\n");
    }
  }

  @Test
  void everyAppOfAFileHasItsOwn() {
    String spec = "spec: {image: {oci: ghcr.io/acme/pump, ref: v2%s}}\n";
    String other = "spec: {image: {path: /a, sha256: x}}\n";
    String text = HEAD + spec + "---\n" + HEAD + other + "---\n" + HEAD + spec;
    assertThat(pins(text.formatted("", ""))).hasSize(2);
    String pinned = ", digest: \"sha256:" + DIGEST + "\"";
    assertThat(written(text.formatted("", ", digest: " + OTHER)))
        .isEqualTo(text.formatted(pinned, pinned));
    assertThat(pins("kind: Other\nspec: {image: {oci: ghcr.io/acme/pump, ref: v2}}\n")).isEmpty();
  }

  @Test
  void whatCannotBeWrittenIsSaid() {
    assertThatThrownBy(
            () -> written(HEAD + "spec: {image: {oci: ghcr.io/acme/pump, ref: \"v\\x32\"}}\n"))
        .hasMessage("pump.yaml:4:15: the digest of this image could not be written");
    assertThatThrownBy(() -> pins(HEAD + "spec: {image: {oci: ghcr.io/acme/pump, ref: 1.10}}\n"))
        .hasMessageContaining("this is no tag");
    assertThatThrownBy(() -> pins(HEAD + "spec: {image: {oci: pump, ref: v1}}\n"))
        .hasMessageContaining("this is not a repository with its host");
  }
}
