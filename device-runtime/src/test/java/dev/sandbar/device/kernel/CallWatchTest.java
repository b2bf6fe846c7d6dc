package dev.sandbar.device.kernel;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class CallWatchTest {

  /** Of asm-generic/unistd.h, which arm64 has: there is no {@code open}. */
  private static final Map<String, Integer> ARM64 =
      Map.of(
          "openat", 56, "socket", 198, "bind", 200, "connect", 203, "sendto", 206, "sendmsg", 211,
          "execve", 221, "mkdirat", 34, "mmap", 222);

  private static final Map<String, Integer> AMD64 =
      Map.of(
          "open", 2, "openat", 257, "socket", 41, "bind", 49, "connect", 42, "sendto", 44,
          "sendmsg", 46);

  /** The kernel refuses a program with an instruction that nothing leads to. */
  @Test
  void theKernelLoadsTheProgramOfEachArchitecture() {
    boolean root = "root".equals(System.getProperty("user.name"));
    if (!"true".equals(System.getenv("CI"))) {
      assumeTrue(root, "only root can load a program into the kernel");
    }
    for (boolean refusals : List.of(false, true)) {
      assertThatCode(() -> CallWatch.begin("aarch64", ARM64, refusals).close())
          .doesNotThrowAnyException();
      assertThatCode(() -> CallWatch.begin("amd64", AMD64, refusals).close())
          .doesNotThrowAnyException();
    }
  }
}
