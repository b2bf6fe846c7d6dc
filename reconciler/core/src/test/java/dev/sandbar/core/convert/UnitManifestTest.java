package dev.sandbar.core.convert;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.model.AppSpec;
import dev.sandbar.core.model.Diagnostic;
import dev.sandbar.core.model.ImageSource;
import dev.sandbar.core.model.Permission;
import dev.sandbar.core.model.Permissions;
import dev.sandbar.core.model.Sha256;
import dev.sandbar.core.model.SpecReader;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Unit files in a repository that say themselves what their apps may. */
class UnitManifestTest {

  private static final String PUMP =
      """
      [Unit]
      Description=Pump
      After=network-online.target

      [Service]
      ExecStart=/usr/bin/pump --port 8080
      Environment=SITE=berlin
      Restart=on-failure
      MemoryMax=64M

      [X-Sandbar]
      ACCESS_INTERNET=no
      ACCESS_LOCAL_NETWORK=yes
      ACCESS_PORTS=8080/tcp
      ACCESS_STATE=yes
      DeviceSelector=site=berlin,role=pump
      Drift=Correct

      [Install]
      WantedBy=multi-user.target
      """;

  private static AppSpec read(String text) {
    UnitManifest.Read read = UnitManifest.read("apps/pump.service", text);
    assertThat(read.diagnostics()).isEmpty();
    assertThat(read.manifests()).hasSize(1);
    return switch (SpecReader.read(read.manifests().getFirst())) {
      case SpecReader.Read(var app, var warnings) -> {
        assertThat(warnings).isEmpty();
        yield app;
      }
      case SpecReader.Refused refused -> throw new AssertionError(refused.diagnostics().toString());
    };
  }

  /** Not passed over either: the app would be removed. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "[Service]\nExecStart=/a\nNice=1 \\\n[X-Sandbar]\n",
        "[Service]\nExecStart=/a\n\u2003[X-Sandbar]\n",
        "[Service]\nExecStart=/a\n[Service\n[X-Sandbar]\n",
        "[Service]\nExecStart=/a\n[X-Sandbar]\n[]\n",
      })
  void aSectionThatSystemdDoesNotSeeIsAnError(String text) {
    assertThat(UnitManifest.isMarked(text)).isTrue();
    UnitManifest.Read read = UnitManifest.read("a.service", text);
    assertThat(read.manifests()).isEmpty();
    assertThat(read.diagnostics()).isNotEmpty();
  }

  /** Where systemd sees the section, there it is. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "\ufeff[X-Sandbar]\r[Service]\0ExecStart=/a",
        "[Service]\nExecStart=/a\n\t[X-Sandbar] \\\n\n",
      })
  void aSectionIsSeenWhereSystemdSeesIt(String text) {
    assertThat(UnitManifest.isMarked(text)).isTrue();
    assertThat(UnitManifest.read("a.service", text).manifests()).hasSize(1);
  }

  @Test
  void aUnitFileIsAnApp() {
    AppSpec app = read(PUMP);
    assertThat(app.name().value()).isEqualTo("pump");
    assertThat(app.at().toString()).isEqualTo("apps/pump.service:1:1");
    assertThat(app.mode()).isEqualTo(AppSpec.Mode.CLOSED);
    assertThat(app.run().command()).containsExactly("/usr/bin/pump", "--port", "8080");
    assertThat(app.run().environment()).containsExactly(Map.entry("SITE", "berlin"));
    assertThat(app.drift().mode()).isEqualTo(AppSpec.DriftMode.CORRECT);
    assertThat(app.permissions().requests().keySet())
        .containsExactlyInAnyOrder(
            Permission.INTERNET, Permission.LOCAL_NETWORK, Permission.PORTS, Permission.STATE);
    assertThat(app.permissions().get(Permission.INTERNET).orElseThrow().value())
        .isEqualTo(new Permissions.Value.Withheld());
    assertThat(app.devices().matches(Map.of("site", "berlin", "role", "pump"))).isTrue();
    assertThat(app.devices().matches(Map.of("site", "hamburg", "role", "pump"))).isFalse();
  }

  @Test
  void inOpenModeOnlyWhatIsWithheldIsClosed() {
    AppSpec app =
        read(
            """
            [Service]
            ExecStart=/usr/bin/pump
            [X-Sandbar]
            Mode=Open
            ACCESS_INTERNET=no
            """);
    assertThat(app.mode()).isEqualTo(AppSpec.Mode.OPEN);
    assertThat(app.permissions().requests()).containsOnlyKeys(Permission.INTERNET);
  }

  @Test
  void anImageIsVerified() {
    String digest = "0123456789abcdef".repeat(4);
    AppSpec app =
        read(
            "[Service]\nExecStart=/usr/bin/pump\n[X-Sandbar]\nImage=/srv/pump.squashfs\nImageSHA256="
                + digest
                + "\nImageRootHash="
                + digest
                + "\n");
    assertThat(app.root())
        .isInstanceOfSatisfying(
            AppSpec.Root.Image.class,
            image -> {
              assertThat(image.source()).isEqualTo(new ImageSource.File("/srv/pump.squashfs"));
              assertThat(image.digest().hex()).isEqualTo(digest);
              assertThat(image.rootHash()).isEqualTo(digest);
              assertThat(image.at().toString()).startsWith("apps/pump.service:");
            });
  }

  @Test
  void imagesOfServersAndRegistriesAreNamedInOneLine() {
    String digest = "0123456789abcdef".repeat(4);
    String unit = "[Service]\nExecStart=/usr/bin/pump\n[X-Sandbar]\n";
    assertImage(
        read(unit + "Image=https://a.example/pump\nImageSHA256=" + digest + "\n"),
        new ImageSource.Web("https://a.example/pump"),
        new Sha256(digest));
    assertImage(
        read(unit + "Image=ghcr.io/acme/pump@sha256:" + digest + "\n"),
        new ImageSource.Registry("ghcr.io", "acme/pump"),
        new Sha256(digest));
  }

  private static void assertImage(AppSpec app, ImageSource source, Sha256 digest) {
    assertThat(app.root())
        .isInstanceOfSatisfying(
            AppSpec.Root.Image.class,
            image -> {
              assertThat(image.source()).isEqualTo(source);
              assertThat(image.digest()).isEqualTo(digest);
            });
  }

  @Test
  void onlyTheSectionMakesItOne() {
    assertThat(UnitManifest.isMarked(PUMP)).isTrue();
    assertThat(UnitManifest.isMarked("[Service]\nExecStart=/usr/bin/pump\n")).isFalse();
    assertThat(UnitManifest.isMarked("[Service]\nEnvironment=A=[X-Sandbar]\n")).isFalse();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      textBlock =
          """
          User=root                        | 5 | User=root' cannot be carried                  | a user of its own
          EnvironmentFile=/etc/pump        | 5 | names a file of the device                   | Environment=NAME=VALUE
          Type=dbus                        | 5 | Type=dbus' cannot be carried                  | dbus: {own: [NAME]}
          RootDirectory=/srv               | 5 | RootDirectory=/srv' cannot be carried         | image
          Nonsense=1                       | 5 | Nonsense=1' cannot be carried                 | does not know it
          PrivateUsers=no                  | 5 | PrivateUsers=no' cannot be carried            | mode: Open
          ProtectHome=                     | 5 | ProtectHome=' cannot be carried               | passes over it
          Delegate=                        | 5 | Delegate=' cannot be carried                  | the value itself
          """)
  void aLineThatIsNotCarriedIsAnErrorWithItsPlace(
      String line, int number, String message, String help) {
    var read =
        UnitManifest.read(
            "pump.service",
            "[X-Sandbar]\nACCESS_INTERNET=no\n[Service]\nExecStart=/usr/bin/pump\n" + line + "\n");
    assertThat(read.manifests()).isEmpty();
    assertThat(read.diagnostics())
        .anySatisfy(
            it -> {
              assertThat(it.at().line()).isEqualTo(number);
              assertThat(it.message()).contains(message.strip());
              assertThat(it.help()).contains(help.strip());
            });
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      textBlock =
          """
          ACCESS_INTERNETS=no              | unknown permission
          ACCESS_INTERNET=maybe            | neither yes nor no
          ACCESS_INTERNET=                 | has no value
          Mode=                            | Mode: '' is not one of Closed or Open
          Image=                           | image
          Modus=Open                       | unknown setting 'Modus' in [X-Sandbar]
          Mode=open                        | Mode: 'open' is not one of Closed or Open
          Drift=Sometimes                  | Sometimes
          DeviceSelector=berlin            | berlin' is not NAME=VALUE
          ImageSHA256=00                   | image
          ImageRootHash=00                 | image
          """)
  void aSettingThatIsWrongIsRefused(String line, String message) {
    String text = "[Service]\nExecStart=/usr/bin/pump\n[X-Sandbar]\nMode=Closed\n" + line + "\n";
    var read = UnitManifest.read("pump.service", text.replace("Mode=Closed\nMode", "Mode"));
    var all = new java.util.ArrayList<>(read.diagnostics());
    read.manifests()
        .forEach(
            manifest -> {
              if (SpecReader.read(manifest) instanceof SpecReader.Refused refused) {
                all.addAll(refused.diagnostics());
              }
            });
    assertThat(all)
        .anySatisfy(
            it -> {
              assertThat(it.message()).contains(message.strip());
              assertThat(it.at().line()).isGreaterThanOrEqualTo(3);
              assertThat(it.severity()).isEqualTo(Diagnostic.Severity.ERROR);
            });
  }

  @Test
  void theFileNamesTheApp() {
    assertThat(UnitManifest.read("Pump One.service", PUMP).diagnostics())
        .singleElement()
        .satisfies(it -> assertThat(it.message()).contains("cannot be that of an app"));
  }

  /** An app in open mode is root, and would have all capabilities that its unit takes away. */
  @Test
  void noCapabilitiesAreNoneAndNotAll() {
    String text =
        "[X-Sandbar]\nMode=Open\n[Service]\nExecStart=/usr/bin/pump\nCapabilityBoundingSet=\n";
    assertThat(read(text).directives())
        .filteredOn(it -> it.name().equals("CapabilityBoundingSet"))
        .singleElement()
        .satisfies(it -> assertThat(it.values()).containsExactly(""));
    assertThat(
            UnitManifest.read("pump.service", text + "CapabilityBoundingSet=CAP_NO\n")
                .diagnostics())
        .isNotEmpty()
        .allSatisfy(it -> assertThat(it.help()).contains("capabilities(7)"));
    assertThat(
            UnitManifest.read("pump.service", text.replace("Mode=Open", "Mode=Closed"))
                .diagnostics())
        .isEmpty();
  }
}
