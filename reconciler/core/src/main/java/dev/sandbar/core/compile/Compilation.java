package dev.sandbar.core.compile;

import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.Diagnostic;
import java.util.List;

/** The outcome of compiling one app for one device. */
public sealed interface Compilation {

  /** The app. */
  AppName name();

  /** The app can run on the device as declared. */
  record Compiled(CompiledApp app, List<Diagnostic> warnings) implements Compilation {
    public Compiled {
      warnings = List.copyOf(warnings);
    }

    @Override
    public AppName name() {
      return app.spec().name();
    }
  }

  /** It cannot; nothing of it is applied, and what runs under its name keeps running. */
  record Rejected(AppName name, List<Diagnostic> errors) implements Compilation {
    public Rejected {
      errors = List.copyOf(errors);
    }
  }
}
