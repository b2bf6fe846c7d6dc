package dev.sandbar.device.kernel;

import dev.sandbar.core.attest.PacketRules;
import dev.sandbar.core.compile.SharedRules;
import dev.sandbar.core.model.UnitName;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads the rules of nftables that apps with networks of their own use. The kernel counts the
 * changes of its rules, so where nothing has changed one number is read.
 *
 * <p>An app loads its rules when it starts and takes them away when it stops. So what a look says
 * of them holds only if it was the same before and after the app was seen to run.
 *
 * <p>For one thread at a time.
 */
final class RuleReader {

  private static final Logger LOG = LoggerFactory.getLogger(RuleReader.class);

  private static final int TRIES = 3;

  private static final List<Integer> LISTS =
      List.of(
          RuleMessages.GET_TABLE,
          RuleMessages.GET_CHAIN,
          RuleMessages.GET_RULE,
          RuleMessages.GET_SET);

  private final Path root;
  private final List<RuleSocket> socket = new ArrayList<>();
  private final RuleQuestions questions = new RuleQuestions();
  private int generation;
  private PacketRules known = PacketRules.UNREAD;
  private PacketRules first = PacketRules.UNREAD;

  /** Whether an earlier look found the same count of changes, so that what is known is settled. */
  private boolean settled;

  private boolean wanted;
  private boolean warned;

  RuleReader(Path root) {
    this.root = root;
    this.wanted = isThere(root);
  }

  /** Whether an app that needs them was ever on the device. */
  static boolean isThere(Path root) {
    return Files.exists(root.resolve(SharedRules.FILE.substring(1)));
  }

  /** A look begins. */
  void begin() {
    end(); // Of a look that failed.
    // For good: a look at which no app is asked about says nothing of the next.
    wanted |= isThere(root);
    first = wanted ? look() : PacketRules.UNREAD;
  }

  /**
   * The kernel counts a change a moment before it shows it (nf_tables_commit() in its
   * net/netfilter/nf_tables_api.c), so rules that were listed at a new count are listed once more
   * by the next look.
   */
  private PacketRules look() {
    int before = generation;
    PacketRules kept = known;
    if (!settled) {
      known = PacketRules.UNREAD;
    }
    PacketRules now = now();
    settled = now.read() && kept.read() && before == generation;
    return now;
  }

  /** The look is over. */
  void end() {
    socket.forEach(RuleSocket::close);
    socket.clear();
  }

  /**
   * Of an app that was seen to run in this look.
   *
   * @param controlGroup of its unit
   */
  PacketRules read(String controlGroup) {
    wanted = true;
    String unit = controlGroup.substring(controlGroup.lastIndexOf('/') + 1);
    if (!first.read() || !UnitName.isValid(unit)) {
      return PacketRules.UNREAD;
    }
    Set<String> tables = SharedRules.tables(new UnitName(unit));
    PacketRules rules = now().only(tables);
    return rules.equals(first.only(tables)) ? rules : PacketRules.UNREAD;
  }

  /**
   * The rules in the network namespace of an app.
   *
   * @param process its main process, as a directory of proc(5)
   * @return unread if the process has ended, or is in the network of the device
   */
  PacketRules inside(Path process) {
    try {
      if (Files.readSymbolicLink(process.resolve("ns/net"))
          .equals(Files.readSymbolicLink(root.resolve("proc/1/ns/net")))) {
        return PacketRules.UNREAD;
      }
      try (RuleSocket open = RuleSocket.forQuestions(process)) {
        return list(open, RuleMessages.EVERY).orElse(PacketRules.UNREAD);
      }
    } catch (IOException e) {
      LOG.debug("query=nftables process={} {}", process, e.getMessage());
      return PacketRules.UNREAD;
    }
  }

  private PacketRules now() {
    try {
      if (socket.isEmpty()) {
        socket.add(RuleSocket.forQuestions(root.resolve("proc/1")));
      }
      for (int tries = 0; tries < TRIES; tries++) {
        int before = generation();
        if (known.read() && before == generation) {
          return known;
        }
        Optional<PacketRules> rules = list(socket.getFirst(), RuleMessages.IPV4);
        if (rules.isPresent() && generation() == before) {
          generation = before;
          known = rules.get();
          return known;
        }
      }
    } catch (IOException e) {
      if (!warned) {
        LOG.warn("query=nftables outcome=unknown reason=\"{}\"", e.getMessage());
      }
      warned = true;
      end();
    }
    return PacketRules.UNREAD;
  }

  private int generation() throws IOException {
    var found = new ArrayList<Integer>();
    questions.ask(
        socket.getFirst(),
        RuleMessages.GET_GENERATION,
        false,
        RuleMessages.EVERY,
        it -> it.generation().ifPresent(found::add));
    if (found.isEmpty()) {
      throw new IOException("the kernel does not count its changes");
    }
    return found.getFirst();
  }

  /** Empty if something changed meanwhile. */
  private Optional<PacketRules> list(RuleSocket open, int family) throws IOException {
    var tables = new RuleMessages.Tables();
    boolean whole = true;
    for (int list : LISTS) {
      whole &= questions.ask(open, list, true, family, tables::add);
    }
    return whole ? Optional.of(tables.rules()) : Optional.empty();
  }
}
