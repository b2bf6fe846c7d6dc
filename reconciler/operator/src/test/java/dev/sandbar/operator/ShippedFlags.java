package dev.sandbar.operator;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/** What the launcher gives the JVM of an operator. */
public final class ShippedFlags {
  private static final String HEAP = "\"${SANDBAR_OPERATOR_HEAP:-96m}\"";

  private ShippedFlags() {}

  /** All of them, with so many MiB of heap. */
  public static List<String> withHeap(int mebibytes) throws IOException {
    String launcher = Files.readString(Path.of("../../sandbar-operator"));
    String last = launcher.substring(launcher.lastIndexOf("exec \"$jdk/bin/java\""));
    return Arrays.stream(last.replace(HEAP, mebibytes + "m").split("[\\s\\\\]+"))
        .filter(it -> it.startsWith("-X"))
        .toList();
  }
}
