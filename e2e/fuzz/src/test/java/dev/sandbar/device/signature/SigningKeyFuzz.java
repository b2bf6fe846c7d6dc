package dev.sandbar.device.signature;

import static dev.sandbar.source.text.TextProperties.require;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.sandbar.device.signature.SigningKey.Reading;

/** What the owner of a device has named as a key. */
class SigningKeyFuzz {

  @FuzzTest
  void key(byte[] bytes) {
    if (SigningKey.parse("/key", bytes) instanceof Reading.Unusable(var reason)) {
      require(reason.contains("/key"), "does not say which: " + reason);
    }
  }
}
