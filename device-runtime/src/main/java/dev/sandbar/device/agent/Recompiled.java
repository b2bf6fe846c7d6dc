package dev.sandbar.device.agent;

import dev.sandbar.core.compile.Compilation;
import dev.sandbar.core.compile.Compiler;
import dev.sandbar.core.compile.DeviceFacts;
import dev.sandbar.core.model.Sha256;
import dev.sandbar.core.model.SpecReader;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;

/** Remembered versions, compiled again. */
final class Recompiled {
  private DeviceFacts facts;
  private final Map<Sha256, Compilation> compilations = new HashMap<>();

  Recompiled(DeviceFacts facts) {
    this.facts = facts;
  }

  /** From now on the device is this. */
  void changed(DeviceFacts now) {
    facts = now;
    compilations.clear();
  }

  Compilation of(Version version) {
    return compilations.computeIfAbsent(
        version.generation(),
        _ ->
            switch (SpecReader.read(version.manifest())) {
              case SpecReader.Read(var app, _) -> Compiler.compile(app, facts);
              case SpecReader.Refused refused ->
                  Compiler.unreadable(version.manifest(), refused.diagnostics(), facts);
            });
  }

  /** Lets go of what no record names: an agent lives for months, and apps change every day. */
  void keepOnly(Collection<AppRecord> records) {
    compilations
        .keySet()
        .retainAll(
            records.stream()
                .flatMap(record -> record.versions().stream())
                .map(Version::generation)
                .toList());
  }

  int size() {
    return compilations.size();
  }
}
