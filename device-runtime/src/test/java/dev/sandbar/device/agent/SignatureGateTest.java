package dev.sandbar.device.agent;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.compile.Compilation;
import dev.sandbar.core.compile.Compiler;
import dev.sandbar.core.compile.ReferenceDevice;
import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.Diagnostic;
import dev.sandbar.core.model.ImagePolicy;
import dev.sandbar.core.model.ImageScope;
import dev.sandbar.core.model.Location;
import dev.sandbar.core.model.Node;
import dev.sandbar.core.model.Problem;
import dev.sandbar.core.model.SpecReader;
import dev.sandbar.core.model.StoredSpec;
import dev.sandbar.device.fetch.SignatureVerdict;
import dev.sandbar.source.text.YamlReader;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class SignatureGateTest {

  private static final String DIGEST = "a".repeat(64);
  private static final ImagePolicy SIGNED =
      new ImagePolicy(
          List.of(new ImagePolicy.Signer("/etc/a.pub", List.of())),
          List.of(new ImageScope("base.example")));

  private Optional<SignatureVerdict> verdict = Optional.empty();

  private final SignatureGate gate = new SignatureGate(SIGNED, (_, _) -> verdict);

  private static Node manifest(String spec) {
    String text =
        "{apiVersion: sandbar.dev/v1alpha1, kind: AppSandbox, metadata: {name: pump}, spec: {%s}}"
            .formatted(spec);
    return YamlReader.read("pump.yaml", text.getBytes(StandardCharsets.UTF_8))
        .documents()
        .getFirst();
  }

  private static String image(String host) {
    return "image: {oci: %s/pump, digest: 'sha256:%s'}".formatted(host, DIGEST);
  }

  private static Compilation compiled(Node manifest) {
    return switch (SpecReader.read(StoredSpec.document(manifest))) {
      case SpecReader.Read(var app, _) -> Compiler.compile(app, ReferenceDevice.facts());
      case SpecReader.Refused refused ->
          Compiler.unreadable(manifest, refused.diagnostics(), ReferenceDevice.facts());
    };
  }

  private Compilation judged(Node manifest) {
    gate.begin();
    return gate.judged(compiled(manifest), manifest);
  }

  private static List<Problem> problems(Compilation compilation) {
    return compilation instanceof Compilation.Rejected(_, var errors)
        ? errors.stream().map(Diagnostic::problem).toList()
        : List.of();
  }

  @Test
  void aVersionWaitsForTheVerdictOnItsImage() {
    Node manifest = manifest("run: {command: [/usr/bin/pump]}, " + image("a.example"));
    assertThat(judged(manifest)).isInstanceOf(Compilation.Compiled.class);
    assertThat(gate.pending()).containsExactly(DIGEST);
    verdict = Optional.of(new SignatureVerdict.Bad("it is not signed", "sign it"));
    assertThat(judged(manifest))
        .isEqualTo(
            new Compilation.Rejected(
                new AppName("pump"),
                List.of(
                    Diagnostic.error(
                        Problem.POLICY_DENIED, place(manifest), "it is not signed", "sign it"))));
    assertThat(gate.pending()).isEmpty();
    verdict = Optional.of(new SignatureVerdict.Good());
    assertThat(judged(manifest)).isInstanceOf(Compilation.Compiled.class);
    assertThat(gate.pending()).isEmpty();
  }

  private static Location place(Node manifest) {
    Node spec = manifest.fields().getOrDefault("spec", manifest);
    return spec.fields().getOrDefault("image", spec).at();
  }

  /** A spec that this release no longer reads, or the device no longer holds, is no way round. */
  @Test
  void aVersionThatIsRejectedForOtherReasonsIsDeniedToo() {
    Node manifest =
        manifest("run: {command: [/usr/bin/pump]}, formerly: true, " + image("a.example"));
    assertThat(problems(judged(manifest))).doesNotContain(Problem.POLICY_DENIED);
    verdict = Optional.of(new SignatureVerdict.Bad("it is not signed", "sign it"));
    assertThat(problems(judged(manifest))).hasSizeGreaterThan(1).contains(Problem.POLICY_DENIED);
  }

  /** Whether it is from an excepted place has to be found out: a spec may claim any. */
  @Test
  void anImageOfAnExceptedPlaceIsJudgedToo() {
    Node manifest = manifest("run: {command: [/usr/bin/pump]}, " + image("base.example"));
    assertThat(judged(manifest)).isInstanceOf(Compilation.Compiled.class);
    assertThat(gate.pending()).containsExactly(DIGEST);
    verdict = Optional.of(new SignatureVerdict.Bad("it came from a.example", "name that"));
    assertThat(problems(judged(manifest))).containsExactly(Problem.POLICY_DENIED);
  }

  @Test
  void whatNeedsNoSignatureIsNotAskedFor() {
    verdict = Optional.of(new SignatureVerdict.Bad("it is not signed", "sign it"));
    Node none = manifest("run: {command: [/usr/bin/pump]}");
    assertThat(judged(none)).isInstanceOf(Compilation.Compiled.class);
    Node manifest = manifest("run: {command: [/usr/bin/pump]}, " + image("a.example"));
    Compilation before = compiled(manifest);
    assertThat(SignatureGate.open().judged(before, manifest)).isSameAs(before);
  }
}
