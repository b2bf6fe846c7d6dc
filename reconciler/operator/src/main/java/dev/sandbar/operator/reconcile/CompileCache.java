package dev.sandbar.operator.reconcile;

import dev.sandbar.core.compile.Compilation;
import dev.sandbar.core.compile.Compiler;
import dev.sandbar.core.compile.DeviceFacts;
import dev.sandbar.core.model.AppSpec;
import dev.sandbar.core.model.Diagnostic;
import dev.sandbar.core.model.Problem;
import dev.sandbar.core.model.Sha256;
import dev.sandbar.core.report.Reason;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Compiles each app once for all devices that the compiler cannot tell apart. What has not been
 * asked for in a long while is let go: one tenant's many apps must not have all others compiled
 * anew.
 */
final class CompileCache {
  private static final int MOST = 20_000;

  private final Runnable compiled;
  private final int most;
  private volatile Ages ages = new Ages(new ConcurrentHashMap<>(), Map.of());

  /**
   * What was asked for lately, and what was before that; half of all each. What is asked for goes
   * to the recent ones, and when they are full the others are let go.
   */
  private record Ages(ConcurrentHashMap<Key, Result> recent, Map<Key, Result> older) {}

  private record Key(String name, Sha256 spec, Sha256 facts) {}

  /** What is kept of a compilation. */
  sealed interface Result {
    /** Digest of the unit. */
    record Rendered(String digest) implements Result {}

    /** Why the device cannot run it. */
    record Rejected(String reason, String message, String help) implements Result {}
  }

  /**
   * Empty.
   *
   * @param compiled is called for every compilation that is really done
   */
  CompileCache(Runnable compiled) {
    this(compiled, MOST);
  }

  /**
   * Empty.
   *
   * @param most results that are kept
   */
  CompileCache(Runnable compiled, int most) {
    this.compiled = compiled;
    this.most = most;
  }

  Result of(AppSpec app, Sha256 spec, DeviceFacts facts, Sha256 factsKey) {
    Ages now = current();
    return now.recent()
        .computeIfAbsent(
            new Key(app.name().value(), spec, factsKey),
            key -> Optional.ofNullable(now.older().get(key)).orElseGet(() -> compile(app, facts)));
  }

  private Ages current() {
    Ages now = ages;
    if (now.recent().size() < most / 2) {
      return now;
    }
    synchronized (this) {
      if (ages == now) {
        ages = new Ages(new ConcurrentHashMap<>(), now.recent());
      }
      return ages;
    }
  }

  private Result compile(AppSpec app, DeviceFacts facts) {
    compiled.run();
    return switch (Compiler.compile(app, facts)) {
      case Compilation.Compiled(var unit, _) -> new Result.Rendered(unit.generation().hex());
      case Compilation.Rejected(_, var errors) -> {
        Diagnostic first =
            errors.stream()
                .filter(e -> e.problem() != Problem.CANNOT_ENFORCE)
                .findFirst()
                .orElse(errors.getFirst());
        Reason reason =
            first.problem() == Problem.CANNOT_ENFORCE ? Reason.CANNOT_ENFORCE : Reason.INVALID_SPEC;
        yield new Result.Rejected(reason.text(), first.message(), first.help());
      }
    };
  }
}
