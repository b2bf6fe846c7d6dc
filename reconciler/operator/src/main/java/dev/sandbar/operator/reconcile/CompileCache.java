package dev.sandbar.operator.reconcile;

import dev.sandbar.core.compile.Compilation;
import dev.sandbar.core.compile.Compiler;
import dev.sandbar.core.compile.DeviceFacts;
import dev.sandbar.core.model.AppSandbox;
import dev.sandbar.core.model.Diagnostic;
import dev.sandbar.core.model.Problem;
import dev.sandbar.core.model.Sha256;
import dev.sandbar.core.report.Reason;
import java.util.concurrent.ConcurrentHashMap;

/** Compiles each app once for all devices that the compiler cannot tell apart. */
final class CompileCache {
  private static final int MOST = 20_000;

  private final ConcurrentHashMap<Key, Result> results = new ConcurrentHashMap<>();
  private final Runnable compiled;

  private record Key(String name, Sha256 spec, Sha256 facts) {}

  /** What is kept of a compilation. */
  sealed interface Result {
    /** Digest of the unit. */
    record Rendered(String digest) implements Result {}

    /** Why the device cannot run it. */
    record Rejected(String reason, String message, String mend) implements Result {}
  }

  /**
   * Empty.
   *
   * @param compiled is called for every compilation that is really done
   */
  CompileCache(Runnable compiled) {
    this.compiled = compiled;
  }

  Result of(AppSandbox app, Sha256 spec, DeviceFacts facts, Sha256 factsKey) {
    if (results.size() > MOST) {
      results.clear();
    }
    return results.computeIfAbsent(
        new Key(app.name().value(), spec, factsKey), _ -> compile(app, facts));
  }

  private Result compile(AppSandbox app, DeviceFacts facts) {
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
        yield new Result.Rejected(reason.text(), first.message(), first.mend());
      }
    };
  }
}
