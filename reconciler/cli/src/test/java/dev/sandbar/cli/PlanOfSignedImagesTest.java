package dev.sandbar.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.cli.document.FactsDocument;
import dev.sandbar.core.compile.ReferenceDevice;
import dev.sandbar.core.model.DevicePolicy;
import dev.sandbar.core.model.Diagnostic;
import dev.sandbar.core.model.ImagePolicy;
import dev.sandbar.core.model.Location;
import dev.sandbar.core.model.Problem;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What can be said elsewhere of a device whose owner wants images to be signed. */
class PlanOfSignedImagesTest {

  private static final String DIGEST = "a".repeat(64);

  @TempDir private Path temp;

  private String facts() throws IOException {
    var policy =
        new ImagePolicy(List.of(new ImagePolicy.Signer("/etc/a.pub", List.of())), List.of());
    Path file = temp.resolve("facts.json");
    SavedFile.write(
        file, FactsDocument.write(ReferenceDevice.facts().with(DevicePolicy.NONE.with(policy))));
    return file.toString();
  }

  private String app(String image) throws IOException {
    return Files.writeString(
            temp.resolve("pump.yaml"),
            """
            apiVersion: sandbar.dev/v1alpha1
            kind: AppSandbox
            metadata: {name: pump}
            spec:
              run: {command: [/usr/bin/pump]}
              image: {%s}
            """
                .formatted(image))
        .toString();
  }

  @Test
  void aPlanSaysWhatTheDeviceWants() throws IOException {
    var signed =
        Ran.sandbar(
            "plan",
            app("oci: a.example/pump, digest: 'sha256:%s'".formatted(DIGEST)),
            "--facts",
            facts());
    assertThat(signed.err().replaceAll("\\s+", " "))
        .contains(
            "pump: the policy of the device wants its image to be signed, which the device itself"
                + " checks");
    var never =
        Ran.sandbar(
            "plan",
            app("url: 'https://a.example/pump', sha256: %s".formatted(DIGEST)),
            "--facts",
            facts());
    assertThat(never.code()).isEqualTo(1);
    assertThat(never.err())
        .contains("pump.yaml:6:", "beside https://a.example/pump there is no signature");
  }

  @Test
  void whatTheDeviceRefusesIsNotPlanned() throws IOException {
    Specs specs =
        SpecFiles.read(
            List.of(app("oci: a.example/pump, digest: 'sha256:%s'".formatted(DIGEST))),
            InputStream.nullInputStream());
    Compilations all = Compilations.of(specs, ReferenceDevice.facts());
    assertThat(all.verified(_ -> Optional.empty())).isEqualTo(all);
    Compilations none =
        all.verified(
            _ ->
                Optional.of(
                    Diagnostic.error(Problem.POLICY_DENIED, Location.NOWHERE, "no", "sign it")));
    assertThat(none.apps()).isEmpty();
    assertThat(none.diagnostics()).hasSize(all.diagnostics().size() + 1);
  }
}
