package dev.sandbar.device.hosts;

import dev.sandbar.core.model.Cidr;
import dev.sandbar.device.store.DurableFiles;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** The addresses of a device itself (proc_pid_net(5)). */
public final class OwnAddresses {

  private static final int LIMIT = 4 << 20;
  private static final String LEAF = "|-- ";
  private static final String LOCAL = "/32 host LOCAL";
  private static final int DIGITS = 32;

  private OwnAddresses() {}

  /** Of the namespace of PID 1; those of which nothing can be read are not among them. */
  public static Set<Cidr> of(Path root) {
    var own = new HashSet<Cidr>();
    Path net = root.resolve("proc/1/net");
    String leaf = "";
    for (String line : lines(net.resolve("fib_trie"))) {
      String text = line.strip();
      if (text.startsWith(LEAF)) {
        leaf = text.substring(LEAF.length());
      } else if (text.equals(LOCAL)) {
        Cidr.parse(leaf).ifPresent(own::add);
      }
    }
    for (String line : lines(net.resolve("if_inet6"))) {
      if (line.matches("[0-9a-f]{32} .*")) {
        own.add(new Cidr(line.substring(0, DIGITS), DIGITS * 4));
      }
    }
    return own;
  }

  private static List<String> lines(Path file) {
    try {
      return new String(new DurableFiles().read(file, LIMIT), StandardCharsets.US_ASCII)
          .lines()
          .toList();
    } catch (IOException e) {
      return List.of();
    }
  }
}
