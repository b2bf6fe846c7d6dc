package dev.sandbar.core.plan;

import dev.sandbar.core.compile.CompiledApp;
import dev.sandbar.core.compile.SecretStorePath;
import dev.sandbar.core.model.AppSecret;
import java.util.List;

/** Whether the device holds the secrets of the spec, as it encrypted them itself. */
final class StoredSecrets {

  private StoredSecrets() {}

  static void compare(CompiledApp desired, Observation seen, List<Difference> out) {
    for (AppSecret secret : desired.spec().secrets()) {
      String name = SecretStorePath.name(secret);
      if (!Boolean.TRUE.equals(seen.files().get(name))) {
        out.add(
            new Difference(
                desired.unit(),
                new Subject.StoredSecret(secret.name()),
                "sealed sha256 " + secret.digest().abbreviated(),
                seen.files().containsKey(name) ? "another content or mode" : FileLayer.MISSING));
      }
    }
  }

  /** The steps that put them there. */
  static void store(CompiledApp desired, List<Difference> found, boolean drift, PlanDraft draft) {
    for (AppSecret secret : desired.spec().secrets()) {
      List<Difference> why =
          found.stream()
              .filter(d -> d.subject().equals(new Subject.StoredSecret(secret.name())))
              .toList();
      if (!why.isEmpty()) {
        draft.add(new Plan.StoreSecret(desired.unit(), secret, Reasons.of(why, drift)));
      }
    }
  }
}
