package dev.sandbar.device.signature;

import static dev.sandbar.source.text.TextProperties.require;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.sandbar.core.model.Sha256;
import dev.sandbar.device.signature.ImageSignature.Judgement;
import dev.sandbar.device.signature.SigningKey.Reading;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** What somebody has put beside an image. Nobody signs by chance. */
class ImageSignatureFuzz {

  private static final Sha256 IMAGE = Sha256.of("an image");

  /** Of a pair whose private half is kept nowhere. */
  private static final String KEY =
      """
      -----BEGIN PUBLIC KEY-----
      MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAENDFo71qrmefw20ACM934SFCn/RCG
      jhdoRrFYSIgqXZklKs0dI4/H3Od/BI1OXzjXRg3OmGV8bDQHdIAKdORluw==
      -----END PUBLIC KEY-----
      """;

  @FuzzTest
  void signature(byte[] bytes) {
    if (!(SigningKey.parse("/key", KEY.getBytes(StandardCharsets.US_ASCII))
        instanceof Reading.Usable(var key))) {
      throw new AssertionError("the key cannot be read");
    }
    for (ImageSignature signature :
        List.of(
            ImageSignature.ofBundle(bytes),
            ImageSignature.ofKept(bytes),
            ImageSignature.ofPayload(bytes, new String(bytes, StandardCharsets.ISO_8859_1)))) {
      require(
          signature.judge(IMAGE, List.of(key)) instanceof Judgement.Bad(var why) && !why.isBlank(),
          "is good, or says nothing");
    }
  }
}
