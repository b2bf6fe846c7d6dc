package dev.sandbar.schema;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The chart's schemas are made from the code. {@code -Dsandbar.docs.write=true} writes them anew;
 * without it a file that the code has left behind fails here.
 */
class SchemaFilesTest {

  private static final Path CHART = Path.of("../../charts/sandbar");

  static Stream<Map.Entry<String, String>> files() {
    return SchemaFiles.all().entrySet().stream();
  }

  @ParameterizedTest
  @MethodSource("files")
  void theCheckedInFileIsWhatTheCodeSays(Map.Entry<String, String> file) throws IOException {
    Path path = CHART.resolve(file.getKey());
    if (Boolean.getBoolean("sandbar.docs.write")) {
      Files.createDirectories(path.getParent());
      Files.writeString(path, file.getValue());
    }
    assertThat(path).as("run with -Dsandbar.docs.write=true").hasContent(file.getValue());
  }

  @Test
  void theSameCodeMakesTheSameText() {
    assertThat(SchemaFiles.all()).isEqualTo(SchemaFiles.all());
  }
}
