package dev.sandbar.core.plan;

import dev.sandbar.core.attest.KernelFacts.Outside;
import dev.sandbar.core.attest.PacketRules;
import dev.sandbar.core.compile.CompiledApp;
import dev.sandbar.core.compile.RuleTable;
import dev.sandbar.core.model.SafeText;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The rules of nftables that give an app with a network of its own its connections. A firewall that
 * is loaded anew takes them away, and the app would be cut off until it starts again. And those in
 * its own namespace, which narrow its connections.
 */
final class RulesLayer {

  private static final String DECLARED = "as loaded at the start";

  private RulesLayer() {}

  static void compare(CompiledApp desired, Outside seen, List<Difference> out) {
    for (RuleTable table : desired.tables()) {
      PacketRules rules = in(table.place(), seen);
      if (rules.read()) {
        wrong(table, rules)
            .ifPresent(
                what -> out.add(new Difference(desired.unit(), subject(table), DECLARED, what)));
      }
    }
  }

  private static PacketRules in(RuleTable.Place place, Outside seen) {
    return switch (place) {
      case DEVICE -> seen.rules();
      case APP -> seen.firewall();
    };
  }

  private static Subject subject(RuleTable table) {
    return switch (table.place()) {
      case DEVICE -> new Subject.Rules(table.name(), table.loader());
      case APP -> new Subject.Firewall();
    };
  }

  private static Optional<String> wrong(RuleTable declared, PacketRules seen) {
    PacketRules.Table table = seen.tables().get(declared.name());
    if (table == null) {
      return Optional.of("missing");
    }
    if (table.dormant()) {
      return Optional.of("dormant");
    }
    if (!declared.origin().isEmpty() && !declared.origin().equals(table.origin())) {
      return Optional.of("other rules");
    }
    var others = new TreeSet<>(table.chains().keySet());
    others.removeAll(declared.chains().keySet());
    if (!others.isEmpty()) {
      return Optional.of("a chain more: " + SafeText.shown(others.first()));
    }
    for (Map.Entry<String, RuleTable.Rules> each : declared.chains().entrySet()) {
      Optional<String> wrong =
          wrong(each.getKey(), each.getValue(), table.chains().get(each.getKey()));
      if (wrong.isPresent()) {
        return wrong;
      }
    }
    return table.isTouched() ? Optional.of("changed since") : Optional.empty();
  }

  private static Optional<String> wrong(
      String name, RuleTable.Rules declared, PacketRules.@Nullable Chain chain) {
    if (chain == null) {
      return Optional.of("chain %s is missing".formatted(name));
    }
    if (chain.accepts() != declared.accepts()) {
      return Optional.of("chain %s %s".formatted(name, chain.accepts() ? "accepts" : "drops"));
    }
    if (chain.rules() < declared.least()) {
      return Optional.of(
          "chain %s has %d of %d rules".formatted(name, chain.rules(), declared.least()));
    }
    int more = chain.others() + Math.max(0, chain.rules() - declared.most());
    return more > 0
        ? Optional.of("chain %s has %d other rules".formatted(name, more))
        : Optional.empty();
  }
}
