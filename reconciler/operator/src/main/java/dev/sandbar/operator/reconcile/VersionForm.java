package dev.sandbar.operator.reconcile;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import java.util.function.Supplier;

/**
 * Keeps the version of an object alone, by which a change is noticed.
 *
 * @param empty makes an object without anything in it
 */
public record VersionForm<T extends HasMetadata>(Supplier<T> empty)
    implements SlimStore.Form<T, String> {

  @Override
  public String keep(T object) {
    return object.getMetadata().getResourceVersion();
  }

  @Override
  public T object(String key, String version) {
    Key name = Key.parse(key);
    var meta = new ObjectMeta();
    if (!name.namespace().isEmpty()) {
      // The SDK takes an object without a namespace for another than one whose namespace is empty,
      // and forgets what happens to it meanwhile.
      meta.setNamespace(name.namespace());
    }
    meta.setName(name.name());
    meta.setResourceVersion(version);
    T object = empty.get();
    object.setMetadata(meta);
    return object;
  }
}
