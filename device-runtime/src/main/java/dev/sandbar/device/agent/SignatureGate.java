package dev.sandbar.device.agent;

import dev.sandbar.core.compile.Compilation;
import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.AppSpec.Root;
import dev.sandbar.core.model.Diagnostic;
import dev.sandbar.core.model.ImagePolicy;
import dev.sandbar.core.model.ImageSource;
import dev.sandbar.core.model.ManifestImage;
import dev.sandbar.core.model.Node;
import dev.sandbar.core.model.Problem;
import dev.sandbar.core.model.Sha256;
import dev.sandbar.device.fetch.SignatureVerdict;
import java.util.ArrayList;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.BiFunction;

/**
 * Lets only versions through whose image the owner of the device lets apps run in. It stands before
 * all that is done with a version, so that an image that is on the device already does not get
 * round it, and one that is refused is never fetched.
 */
final class SignatureGate {

  private final ImagePolicy policy;
  private final BiFunction<ImageSource, Sha256, Optional<SignatureVerdict>> verdicts;

  /** Images of which nobody can say yet, in hexadecimal. */
  private final SortedSet<String> pending = new TreeSet<>();

  /**
   * A gate.
   *
   * @param verdicts what is known of an image; empty while nothing is
   */
  SignatureGate(
      ImagePolicy policy, BiFunction<ImageSource, Sha256, Optional<SignatureVerdict>> verdicts) {
    this.policy = policy;
    this.verdicts = verdicts;
  }

  /** Lets every version through. */
  static SignatureGate open() {
    return new SignatureGate(ImagePolicy.NONE, (_, _) -> Optional.of(new SignatureVerdict.Good()));
  }

  /** Begins a round. */
  void begin() {
    pending.clear();
  }

  /** Digests in hexadecimal of images of which nobody can say yet; their apps stay as they are. */
  SortedSet<String> pending() {
    return pending;
  }

  /** The source, where apps with an image that is refused are rejected. */
  Declared in(Declared declared) {
    if (policy.signedBy().isEmpty()) {
      return declared;
    }
    var compiled = new TreeMap<AppName, Compilation>();
    declared
        .compiled()
        .forEach(
            (name, it) ->
                compiled.put(
                    name,
                    it instanceof Compilation.Compiled(var app, _)
                            && app.spec().root() instanceof Root.Image image
                        ? judged(it, image)
                        : it));
    return declared.with(compiled);
  }

  /**
   * A remembered version, rejected if its image is refused: also one that is rejected already, for
   * other reasons are no reason to stop what runs.
   */
  Compilation judged(Compilation compilation, Node manifest) {
    if (policy.signedBy().isEmpty()) {
      return compilation;
    }
    return switch (compilation) {
      case Compilation.Compiled(var app, _) ->
          app.spec().root() instanceof Root.Image image ? judged(compilation, image) : compilation;
      case Compilation.Rejected _ ->
          ManifestImage.of(manifest) instanceof ManifestImage.Named(var image)
              ? judged(compilation, image)
              : compilation;
    };
  }

  private Compilation judged(Compilation compilation, Root.Image image) {
    Optional<SignatureVerdict> verdict = verdicts.apply(image.source(), image.digest());
    if (verdict.isEmpty()) {
      pending.add(image.digest().hex());
      return compilation;
    }
    return switch (verdict.get()) {
      case SignatureVerdict.Good() -> compilation;
      case SignatureVerdict.Bad(var why, var help) ->
          rejected(compilation, Diagnostic.error(Problem.POLICY_DENIED, image.at(), why, help));
    };
  }

  private static Compilation rejected(Compilation compilation, Diagnostic denial) {
    var errors = new ArrayList<Diagnostic>();
    AppName name =
        switch (compilation) {
          case Compilation.Compiled(var app, _) -> app.spec().name();
          case Compilation.Rejected(var app, var before) -> {
            errors.addAll(before);
            yield app;
          }
        };
    errors.add(denial);
    return new Compilation.Rejected(name, errors);
  }
}
