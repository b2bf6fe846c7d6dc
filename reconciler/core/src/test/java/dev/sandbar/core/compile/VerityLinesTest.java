package dev.sandbar.core.compile;

import static dev.sandbar.core.compile.CompilerTest.RUN;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.model.FlowText;
import org.junit.jupiter.api.Test;

/** Images of which the kernel checks each block. */
class VerityLinesTest {

  private static final String DIGEST = "a".repeat(64);
  private static final String ROOT_HASH = "b".repeat(64);
  private static final String PLAIN = "{%s, image: {path: /srv/p, sha256: %s}}";
  private static final String CHECKED = "{%s, image: {path: /srv/p, sha256: %s, rootHash: %s}}";

  private static String text(String spec) {
    return switch (Compiler.compile(FlowText.read("pump", spec), TestDevice.with(257))) {
      case Compilation.Compiled(var app, _) -> app.text();
      case Compilation.Rejected rejected -> throw new AssertionError(rejected.errors());
    };
  }

  /** Without the policy systemd would mount an image without a tree as it is. */
  @Test
  void aRootHashNeverStandsWithoutThePolicy() {
    assertThat(text(CHECKED.formatted(RUN, DIGEST, ROOT_HASH)).lines())
        .contains(
            "RootVerity=/var/lib/sandbar/images/sha256-" + DIGEST + ".verity",
            "RootHash=" + ROOT_HASH,
            "RootImagePolicy=root=verity");
    assertThat(text(PLAIN.formatted(RUN, DIGEST)))
        .doesNotContain("RootVerity", "RootHash", "RootImagePolicy");
  }

  @Test
  void isRefusedWhereTheKernelCannotCheck() {
    String spec = CHECKED.formatted(RUN, DIGEST, ROOT_HASH);
    assertThat(CompilerTest.errors(spec, TestDevice.without(Feature.IMAGE_VERITY)))
        .singleElement()
        .satisfies(
            it -> {
              assertThat(it.message()).contains("dm-verity for root images");
              assertThat(it.help()).contains("remove image.rootHash");
            });
    assertThat(
            Compiler.compile(
                FlowText.read("pump", PLAIN.formatted(RUN, DIGEST)),
                TestDevice.without(Feature.IMAGE_VERITY)))
        .isInstanceOf(Compilation.Compiled.class);
  }

  /** Nobody opens it from below: neither a directive of the spec nor one of its raw walls. */
  @Test
  void noDirectiveTakesItBack() {
    for (String directive : java.util.List.of("RootImagePolicy: '*'", "RootHash: ''")) {
      String spec =
          CHECKED
              .formatted(RUN, DIGEST, ROOT_HASH)
              .replaceFirst("}$", ", directives: {%s}}".formatted(directive));
      assertThat(CompilerTest.errors(spec, TestDevice.with(257))).as(directive).isNotEmpty();
    }
  }
}
