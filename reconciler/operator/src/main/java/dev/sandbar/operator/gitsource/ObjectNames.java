package dev.sandbar.operator.gitsource;

import dev.sandbar.operator.publish.Writes;
import io.fabric8.kubernetes.client.dsl.base.ResourceDefinitionContext;

/** Names that stand in objects of the API server. */
final class ObjectNames {
  static final String PREFIX = "sandbar.dev/";

  /** Label of an AppSandbox: the GitSource that owns it. */
  static final String SOURCE = PREFIX + "source";

  /** Annotation of an AppSandbox: the revision that changed it last. */
  static final String REVISION = PREFIX + "revision";

  /** Annotation of an AppSandbox: digest of what Git declared when it was applied last. */
  static final String DECLARED = PREFIX + "declared";

  /** Annotation of an AppSandbox that nobody's GitSource owns: who may take it over. */
  static final String ADOPT = PREFIX + "adopt";

  /** Annotation of an AppSandbox, which Git may declare: so many devices may lose it at once. */
  private static final String MAX_REMOVALS = PREFIX + "maxRemovals";

  /** Label of a Secret, {@code true} or absent: GitSources may name it. */
  static final String FOR_GIT = PREFIX + "git";

  /** Annotation of a GitSource: look now. */
  static final String REQUESTED_AT = PREFIX + "requestedAt";

  /** Finalizer of a GitSource that prunes. */
  static final String FINALIZER = PREFIX + "gitsource";

  /** Field manager of what a GitSource writes. */
  static final String FIELD_MANAGER = "sandbar-gitsource";

  static final ResourceDefinitionContext APPS = Writes.Kind.APP_SANDBOX.context();
  static final ResourceDefinitionContext SOURCES = Writes.Kind.GIT_SOURCE.context();

  private ObjectNames() {}

  /** Whether Git may not declare an annotation. */
  static boolean isReserved(String annotation) {
    return annotation.startsWith(PREFIX) && !annotation.equals(MAX_REMOVALS);
  }
}
