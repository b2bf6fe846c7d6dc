package dev.sandbar.operator.reconcile;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.bundle.BundleEntry;
import dev.sandbar.core.compile.ReferenceDevice;
import dev.sandbar.core.model.AppSpec;
import dev.sandbar.core.model.Node;
import dev.sandbar.core.model.Sha256;
import dev.sandbar.core.model.SpecReader;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** What is compiled anew. */
class CompileCacheTest {
  private static final Sha256 FACTS = Sha256.of("facts");

  private final AtomicInteger compiled = new AtomicInteger();
  private final CompileCache cache = new CompileCache(compiled::incrementAndGet, 20);

  private static AppSpec pump() {
    Node command = Node.list(List.of(Node.text("/usr/bin/sleep"), Node.text("infinity")));
    Node run = Node.mapping(List.of(Node.entry("command", command)));
    Node spec = Node.mapping(List.of(Node.entry("run", run)));
    return SpecReader.read(BundleEntry.document("pump", spec))
            instanceof SpecReader.Read(var app, _)
        ? app
        : throwing();
  }

  private static AppSpec throwing() {
    throw new IllegalStateException("not read");
  }

  private void ask(String spec) {
    CompileCache.Result _ = cache.of(pump(), Sha256.of(spec), ReferenceDevice.facts(), FACTS);
  }

  @Test
  void whatIsInUseIsNotCompiledAnewBecauseOfVeryManyOthers() {
    ask("in use");
    for (int i = 0; i < 100; i++) {
      ask("other " + i);
      ask("in use");
    }
    assertThat(compiled).hasValue(101);
    ask("other 0");
    assertThat(compiled).as("let go long since").hasValue(102);
  }
}
