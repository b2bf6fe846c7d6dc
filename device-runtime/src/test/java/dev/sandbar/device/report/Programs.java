package dev.sandbar.device.report;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Programs that tests need of this machine. */
final class Programs {

  private Programs() {}

  /** The program as PATH finds it; its absence fails the test. */
  static Path find(String name, String debianPackage) {
    for (String directory : List.of(System.getenv().getOrDefault("PATH", "/usr/bin").split(":"))) {
      Path candidate = Path.of(directory).resolve(name);
      if (Files.isExecutable(candidate)) {
        return candidate;
      }
    }
    throw new AssertionError(
        name + " is missing; run ./test, or: apt-get install " + debianPackage);
  }
}
