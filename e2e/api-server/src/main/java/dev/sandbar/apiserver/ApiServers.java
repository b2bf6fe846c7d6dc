package dev.sandbar.apiserver;

import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ExtensionContext.Store;
import org.junit.jupiter.api.extension.ExtensionContext.StoreScope;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/** Gives tests their {@link ApiServer}; see {@link KubernetesApi}. */
public final class ApiServers implements ParameterResolver {
  private static final Namespace NAMESPACE = Namespace.create(ApiServers.class);

  @Override
  public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
    return parameter.getParameter().getType() == ApiServer.class
        && parameter.isAnnotated(KubernetesApi.class);
  }

  @Override
  public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
    KubernetesApi.Scope scope =
        parameter
            .findAnnotation(KubernetesApi.class)
            .map(KubernetesApi::scope)
            .orElse(KubernetesApi.Scope.SHARED);
    requireBinaries();
    return store(context, scope)
        // Stores are asked from the inside out: without the scope, a shared one would be found
        // first.
        .computeIfAbsent("api server " + scope, key -> ApiServer.start(), ApiServer.class);
  }

  private static void requireBinaries() {
    try {
      Binaries.find();
    } catch (ApiServerException e) {
      if ("true".equals(System.getenv("CI"))) {
        throw e;
      }
      Assumptions.abort(String.valueOf(e.getMessage()));
    }
  }

  private static Store store(ExtensionContext context, KubernetesApi.Scope scope) {
    return switch (scope) {
      // Not that of the root: where a module has several JVMs, Surefire runs each class by itself
      // there, with a root of its own.
      case SHARED -> context.getStore(StoreScope.LAUNCHER_SESSION, NAMESPACE);
      case CLASS -> ofClass(context).getStore(NAMESPACE);
      case METHOD -> context.getStore(NAMESPACE);
    };
  }

  private static ExtensionContext ofClass(ExtensionContext context) {
    ExtensionContext found = context;
    while (found.getTestMethod().isPresent() && found.getParent().isPresent()) {
      found = found.getParent().get();
    }
    return found;
  }
}
