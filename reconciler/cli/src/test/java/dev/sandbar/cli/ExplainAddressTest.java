package dev.sandbar.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ExplainAddressTest {

  /** Programs of the device connect to it there, and nothing else says where that is. */
  @Test
  void theAddressInANetworkOfItsOwnIsShown(@TempDir Path temp) throws IOException {
    String file =
        Files.writeString(
                temp.resolve("inside.yaml"),
                """
                apiVersion: sandbar.dev/v1alpha1
                kind: AppSandbox
                metadata: {name: inside}
                spec: {run: {command: [/usr/bin/app]}, network: Own, permissions: {localNetwork: true}}
                """)
            .toString();
    String json = Ran.sandbar("explain", file, "-o", "json").out();
    var address = Pattern.compile("\"address\": \"(24[0-7]([.][0-9]{1,3}){3})\"").matcher(json);
    assertThat(address.find()).as(json).isTrue();
    assertThat(Ran.sandbar("explain", file).out().replaceAll("\\s+", " "))
        .contains("reach the app at " + address.group(1));

    Files.writeString(Path.of(file), Files.readString(Path.of(file)).replace("network: Own, ", ""));
    assertThat(Ran.sandbar("explain", file, "-o", "json").out()).doesNotContain("\"address\"");
  }
}
