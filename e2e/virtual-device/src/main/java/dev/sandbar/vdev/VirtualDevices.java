package dev.sandbar.vdev;

import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ExtensionContext.Store;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/**
 * Gives tests virtual devices: parameters of type {@link VirtualDevice} with {@link OnDevice}, and
 * of type {@link VirtualNetwork} for the network that the class's devices join. They are made when
 * first asked for and removed with the class or test. On a machine that cannot run them the test
 * fails and says how to fix it; it is never skipped.
 */
public final class VirtualDevices implements ParameterResolver {
  private static final Namespace NAMESPACE = Namespace.create(VirtualDevices.class);

  @Override
  public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
    Class<?> type = parameter.getParameter().getType();
    return type == VirtualNetwork.class
        || (type == VirtualDevice.class && parameter.isAnnotated(OnDevice.class));
  }

  @Override
  public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
    if (parameter.getParameter().getType() == VirtualNetwork.class) {
      return network(store(context, OnDevice.Scope.CLASS));
    }
    OnDevice wanted =
        parameter
            .findAnnotation(OnDevice.class)
            .orElseThrow(() -> new IllegalStateException("no @Device on " + parameter));
    if (wanted.network()) {
      // Made before the device: a store must not be asked from within a value that it is making.
      network(store(context, OnDevice.Scope.CLASS));
    }
    Store store = store(context, wanted.scope());
    return store.computeIfAbsent(
        "device " + wanted.name(), key -> boot(wanted, context), VirtualDevice.class);
  }

  private static VirtualDevice boot(OnDevice wanted, ExtensionContext context) {
    var builder = VirtualDevice.named(wanted.name()).suite(wanted.suite());
    if (wanted.java()) {
      builder.withJava();
    }
    if (wanted.network()) {
      builder.network(known(store(context, OnDevice.Scope.CLASS)));
    }
    return builder.boot();
  }

  private static VirtualNetwork network(Store store) {
    return store.computeIfAbsent("network", key -> VirtualNetwork.create(), VirtualNetwork.class);
  }

  private static VirtualNetwork known(Store store) {
    VirtualNetwork network = store.get("network", VirtualNetwork.class);
    if (network == null) {
      throw new IllegalStateException("the network is made before its devices");
    }
    return network;
  }

  private static Store store(ExtensionContext context, OnDevice.Scope scope) {
    return switch (scope) {
      case METHOD -> context.getStore(NAMESPACE);
      case CLASS -> ofClass(context).getStore(NAMESPACE);
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
