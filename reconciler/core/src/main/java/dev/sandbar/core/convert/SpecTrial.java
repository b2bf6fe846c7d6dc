package dev.sandbar.core.convert;

import dev.sandbar.core.compile.Compilation;
import dev.sandbar.core.compile.Compiler;
import dev.sandbar.core.compile.ReferenceDevice;
import dev.sandbar.core.model.Diagnostic;
import dev.sandbar.core.model.Node;
import dev.sandbar.core.model.SpecReader;
import java.util.List;

/** Finds out what a spec may say by asking those who decide it: the reader and the compiler. */
public final class SpecTrial {

  private SpecTrial() {}

  /** What is wrong with a manifest on a device that can do everything; empty if nothing is. */
  public static List<Diagnostic> errors(Node manifest) {
    return switch (SpecReader.read(manifest)) {
      case SpecReader.Refused(_, _, var diagnostics) ->
          diagnostics.stream().filter(it -> it.severity() == Diagnostic.Severity.ERROR).toList();
      case SpecReader.Read(var app, _) ->
          switch (Compiler.compile(app, ReferenceDevice.facts(app))) {
            case Compilation.Compiled _ -> List.of();
            case Compilation.Rejected(_, var errors) -> errors;
          };
    };
  }
}
