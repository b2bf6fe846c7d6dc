package dev.sandbar.operator.publish;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.source.text.YamlReader;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/** Which specs of different tenants are one. */
class PoolTest {
  private final Pool pool = new Pool();

  private Pool.Spec spec(String yaml) {
    return pool.of(
        YamlReader.read("test", yaml.getBytes(StandardCharsets.UTF_8)).documents().getFirst());
  }

  @Test
  void whatMerelyMeansTheSameIsNotShared() {
    Pool.Spec first = spec("{a: 1.0, b: [x, y], c: null}");
    assertThat(spec("{a: 1.0, b: [x, y], c: null}")).isSameAs(first);
    for (String other :
        new String[] {
          "{a: 1, b: [x, y], c: null}",
          "{a: 1.0, b: [x, y]}",
          "{a: '1.0', b: [x, y], c: null}",
          "{a: 1.0, b: ['x, y'], c: null}",
          "{a: 1.0, b: [x, y], c: 'null'}"
        }) {
      assertThat(spec(other).digest()).as(other).isNotEqualTo(first.digest());
    }
  }
}
