package dev.sandbar.core.bundle;

import static dev.sandbar.source.text.TextProperties.require;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.sandbar.core.bind.NodeBinder;
import dev.sandbar.core.model.Diagnostic;
import dev.sandbar.core.model.Node;
import dev.sandbar.core.model.Problem;
import dev.sandbar.core.model.SpecReader;
import dev.sandbar.source.text.JsonReader;

/** A DeviceBundle: what the device reads of it, and what the operator does. */
class BundleFuzz {
  @FuzzTest
  void bundle(byte[] bytes) {
    for (Node document : JsonReader.read("bundle", bytes).documents()) {
      BundleReading reading = BundleReading.read(document.fields().getOrDefault("spec", document));
      reading.problems().forEach(BundleFuzz::plain);
      reading.refused().values().forEach(it -> it.forEach(BundleFuzz::plain));
      for (BundleEntry entry : reading.bundle().entries().values()) {
        require(!reading.refused().containsKey(entry.name()), "both read and refused");
        SpecReader.read(entry.document()).diagnostics().forEach(BundleFuzz::plain);
      }
      BundleStatus status =
          NodeBinder.readLenient(
              BundleStatus.class, document.fields().getOrDefault("status", document));
      require(
          NodeBinder.read(BundleStatus.class, NodeBinder.write(status)).equals(status),
          "read, written and read again it is another status");
    }
  }

  private static void plain(Diagnostic found) {
    require(found.problem() != Problem.DEFECT, found.toString());
    require(found.message().codePoints().noneMatch(Character::isISOControl), found.toString());
  }
}
