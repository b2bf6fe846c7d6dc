package dev.sandbar.core.compile;

import static dev.sandbar.core.compile.CompilerTest.RUN;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.bundle.FactsNode;
import dev.sandbar.core.model.DevicePolicy;
import dev.sandbar.core.model.DeviceSettings;
import dev.sandbar.core.model.DeviceSettingsReader;
import dev.sandbar.core.model.DeviceSettingsReader.Outcome;
import dev.sandbar.core.model.Diagnostic;
import dev.sandbar.core.model.FlowText;
import dev.sandbar.core.model.ImagePolicy;
import dev.sandbar.core.model.ImagePolicy.Signer;
import dev.sandbar.core.model.ImageScope;
import dev.sandbar.core.model.ImageSource;
import dev.sandbar.core.model.Problem;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which images the owner of a device lets apps run in. */
class ImagePolicyTest {

  private static final String DIGEST = "a".repeat(64);
  private static final ImagePolicy SIGNED =
      new ImagePolicy(
          List.of(
              new Signer("/etc/sandbar/keys/acme.pub", List.of()),
              new Signer(
                  "/etc/sandbar/keys/vendor.pub", List.of(new ImageScope("vendor.example:5000")))),
          List.of(
              new ImageScope("registry.example.com/base"),
              new ImageScope("https://images.example.com"),
              new ImageScope("/srv/images")));

  private static ImageSource registry(String text) {
    int slash = text.indexOf('/');
    return new ImageSource.Registry(text.substring(0, slash), text.substring(slash + 1));
  }

  @Test
  void theSettingsOfADeviceHoldIt() {
    assertThat(
            DeviceSettingsReader.read(
                FlowText.parse(
                    "{apiVersion: sandbar.dev/v1alpha1, kind: AgentConfig, policy: {images:"
                        + " {signedBy: [{key: /etc/sandbar/keys/acme.pub}, {key:"
                        + " /etc/sandbar/keys/vendor.pub, from: [vendor.example:5000]}], unsigned:"
                        + " [registry.example.com/base, https://images.example.com,"
                        + " /srv/images]}}}")))
        .isEqualTo(
            new Outcome.Read(DeviceSettings.DEFAULT.with(DevicePolicy.DEFAULT.with(SIGNED))));
    var facts = TestDevice.with(257).with(DevicePolicy.DEFAULT.with(SIGNED));
    assertThat(FactsNode.read(FactsNode.toNode(facts))).isEqualTo(facts);
  }

  /** An agent with such settings does not start, so a mistake opens nothing. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{unsigned: [/srv/images]} | signedBy",
        "{signedBy: []} | names no key",
        "{signedBy: [{from: [a.example]}]} | key",
        "{signedBy: [{key: acme.pub}]} | absolute",
        "{signedBy: [{key: /k.pub, from: []}]} | names no place",
        "{signedBy: [{key: /k.pub}], unsigned: [docker.io/*]} | is not a place of images",
        "{signedBy: [{key: /k.pub}], unsigned: ['https://a.example/x']} | is not a place of images",
        "{signedBy: [{key: /k.pub}], unsigned: [/srv/../etc]} | is not a place of images",
        "{signedBy: [{key: /k.pub}], unsigned: [/]} | is not a place of images",
        "{signedBy: [{key: /k.pub, for: [a.example]}]} | for",
      })
  void settingsThatMeanNothingAreRefused(String images, String why) {
    assertThat(
            DeviceSettingsReader.read(
                FlowText.parse(
                    "{apiVersion: sandbar.dev/v1alpha1, kind: AgentConfig, policy: {images: %s}}"
                        .formatted(images))))
        .isInstanceOfSatisfying(
            Outcome.Refused.class,
            no ->
                assertThat(no.problems())
                    .anySatisfy(
                        problem -> {
                          assertThat(problem.message()).contains(why);
                          assertThat(problem.help()).isNotEmpty();
                        }));
  }

  @ParameterizedTest
  @CsvSource({
    "registry.example.com/base, false",
    "registry.example.com/base/debian, false",
    "registry.example.com/based, true",
    "registry.example.com:443/base, true",
    "Registry.example.com/base, true",
    "other.example.com/registry.example.com/base, true",
  })
  void aRepositoryIsExceptedWithAllBelowIt(String repository, boolean covered) {
    assertThat(SIGNED.covers(registry(repository))).isEqualTo(covered);
  }

  @ParameterizedTest
  @CsvSource({
    "https://images.example.com/pump.squashfs, false",
    "https://IMAGES.example.com/pump.squashfs, false",
    "https://images.example.com:8443/pump.squashfs, true",
    "https://images.example.com.evil.example/pump.squashfs, true",
    "https://evil.example/https://images.example.com/pump.squashfs, true",
  })
  void aServerIsExceptedAsAWhole(String url, boolean covered) {
    assertThat(SIGNED.covers(new ImageSource.Web(url))).isEqualTo(covered);
  }

  @ParameterizedTest
  @CsvSource({
    "/srv/images/pump.squashfs, false",
    "/srv/images2/pump.squashfs, true",
    "/srv, true",
  })
  void aFolderIsExceptedWithAllBelowIt(String path, boolean covered) {
    assertThat(SIGNED.covers(new ImageSource.File(path))).isEqualTo(covered);
    assertThat(SIGNED.covers(new ImageSource.Layout(path))).isEqualTo(covered);
  }

  @Test
  void aKeyMayBeForSomePlacesOnly() {
    assertThat(SIGNED.keys(registry("a.example/b"))).containsExactly("/etc/sandbar/keys/acme.pub");
    assertThat(SIGNED.keys(registry("vendor.example:5000/b"))).hasSize(2);
    assertThat(ImagePolicy.NONE.covers(registry("a.example/b"))).isFalse();
  }

  private static List<Diagnostic> denials(String spec, ImagePolicy policy) {
    var facts = TestDevice.with(257).with(DevicePolicy.NONE.with(policy));
    return switch (Compiler.compile(FlowText.read("app", "{" + RUN + spec + "}"), facts)) {
      case Compilation.Compiled _ -> List.of();
      case Compilation.Rejected(_, var errors) -> errors;
    };
  }

  private static void assertDenied(String spec, String why) {
    assertThat(denials(spec, SIGNED))
        .singleElement()
        .satisfies(
            d -> {
              assertThat(d.problem()).isEqualTo(Problem.POLICY_DENIED);
              assertThat(d.message()).contains(why);
              assertThat(d.help()).contains("cosign", "unsigned: [...]");
            });
    assertThat(denials(spec, ImagePolicy.NONE)).isEmpty();
  }

  @Test
  void whatCanHaveNoSignatureIsDeniedAtOnce() {
    assertDenied(
        ", image: {path: /opt/a.raw, sha256: %s}".formatted(DIGEST), "beside /opt/a.raw there is");
    assertDenied(
        ", image: {url: https://a.example/b?token=x, sha256: %s}".formatted(DIGEST),
        "beside https://a.example/b there is");
    assertDenied(
        ", directives: {RootImage: /opt/a.raw}", "directives.RootImage names '/opt/a.raw'");
    var vendor = new ImagePolicy(List.of(SIGNED.signedBy().getLast()), List.of());
    String oci = ", image: {oci: a.example/b, digest: sha256:%s}".formatted(DIGEST);
    assertThat(denials(oci, vendor))
        .singleElement()
        .satisfies(d -> assertThat(d.message()).contains("none of its keys may sign"));
    // The rest is for the device to find out.
    assertThat(denials(oci, SIGNED)).isEmpty();
    assertThat(
            denials(", image: {path: /media/stick, digest: sha256:%s}".formatted(DIGEST), SIGNED))
        .isEmpty();
    assertThat(denials(", image: {path: /srv/images/a.raw, sha256: %s}".formatted(DIGEST), SIGNED))
        .isEmpty();
    assertThat(denials("", SIGNED)).isEmpty();
  }

  /** A version that is no longer read as a spec does not outlive the policy. */
  @Test
  void aManifestThatIsNoSpecAnyMoreIsDeniedToo() {
    for (String spec :
        List.of(
            "{image: {path: /opt/a.raw, sha256: %s}, old: 1}".formatted(DIGEST),
            "{image: {was: otherwise}}",
            "{image: []}",
            "{directives: {RootImage: /opt/a.raw}}",
            "{directives: {RootImage: /srv/images/../a.raw}}",
            "{directives: {RootImage: [/srv/images/a.raw]}}")) {
      var facts = TestDevice.with(257).with(DevicePolicy.NONE.with(SIGNED));
      assertThat(
              Compiler.unreadable(FlowText.parse("{spec: " + spec + "}"), List.of(), facts)
                  .errors())
          .as(spec)
          .singleElement()
          .satisfies(d -> assertThat(d.problem()).isEqualTo(Problem.POLICY_DENIED));
      assertThat(
              Compiler.unreadable(
                      FlowText.parse("{spec: " + spec + "}"),
                      List.of(),
                      facts.with(DevicePolicy.NONE))
                  .errors())
          .isEmpty();
    }
  }

  @Test
  void whatIsExceptedStaysSoInAManifestThatIsNoSpecAnyMore() {
    for (String spec :
        List.of(
            "{directives: {RootImage: /srv/images/a.raw}}",
            "{image: {path: /srv/images/a.raw, sha256: %s}, old: 1}".formatted(DIGEST),
            "{old: 1}")) {
      var facts = TestDevice.with(257).with(DevicePolicy.NONE.with(SIGNED));
      assertThat(
              Compiler.unreadable(FlowText.parse("{spec: " + spec + "}"), List.of(), facts)
                  .errors())
          .as(spec)
          .isEmpty();
    }
  }
}
