package dev.sandbar.device.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;

class ServiceWatchTest {

  @Test
  void aProcessThatEndsIsInNoNamespaceOfItsOwn() {
    Map<String, String> main = Map.of("mnt", "mnt:[1]", "net", "net:[2]", "user", "user:[3]");
    assertThat(ServiceWatch.isElsewhere(main, main)).isFalse();
    assertThat(ServiceWatch.isElsewhere(Map.of("user", "user:[3]"), main)).isFalse();
    assertThat(ServiceWatch.isElsewhere(Map.of(), main)).isFalse();
    assertThat(ServiceWatch.isElsewhere(Map.of("user", "user:[4]"), main)).isTrue();
  }
}
