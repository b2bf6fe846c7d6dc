package dev.sandbar.device.signature;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.model.Sha256;
import dev.sandbar.device.signature.ImageSignature.Judgement;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ImageSignatureTest {

  private static final Sha256 IMAGE = Sha256.of("an image");

  private static SigningKey key(TestSigner signer) {
    return SigningKey.parse("/keys/acme.pub", bytes(signer.pem()))
            instanceof SigningKey.Reading.Usable(var key)
        ? key
        : failed();
  }

  private static SigningKey failed() {
    throw new AssertionError("the key cannot be read");
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static void assertGood(ImageSignature signature, SigningKey... keys) {
    assertThat(signature.judge(IMAGE, List.of(keys))).isInstanceOf(Judgement.Good.class);
  }

  private static void assertBad(ImageSignature signature, SigningKey key, String why) {
    assertThat(signature.judge(IMAGE, List.of(key)))
        .isInstanceOfSatisfying(Judgement.Bad.class, bad -> assertThat(bad.why()).contains(why));
  }

  private static byte[] made(String name) throws IOException {
    try (InputStream in = ImageSignatureTest.class.getResourceAsStream("/cosign/" + name)) {
      return Objects.requireNonNull(in).readAllBytes();
    }
  }

  /** The files of cosign itself; README.md beside them has the commands. */
  @Test
  void whatCosignMakesIsGood() throws Exception {
    var image = new Sha256("804c47e79f1407e79b6fbe8a1ab1999bc30efdb4036f91ded8c68ba0a25b982d");
    var key =
        SigningKey.parse("/keys/acme.pub", made("cosign.pub"))
                instanceof SigningKey.Reading.Usable(var usable)
            ? usable
            : failed();
    Matcher signature =
        Pattern.compile("cosign/signature\":\"([^\"]+)\"")
            .matcher(new String(made("manifest.json"), StandardCharsets.UTF_8));
    assertThat(signature.find()).isTrue();
    for (ImageSignature good :
        List.of(
            ImageSignature.ofPayload(made("payload.json"), signature.group(1)),
            ImageSignature.ofBundle(made("bundle.json")))) {
      assertThat(good.judge(image, List.of(key))).isInstanceOf(Judgement.Good.class);
      assertBad(good, key, "of another image");
      assertBad(good, key(TestSigner.fresh()), "by none of the keys");
    }
    assertBad(
        ImageSignature.ofBundle(made("attestation.json")),
        key,
        "states 'https://slsa.dev/provenance/v1'");
  }

  @Test
  void bothFormsAreGoodByOneOfTheKeysAndAgainFromWhatWasKept() throws Exception {
    TestSigner signer = TestSigner.fresh();
    SigningKey other = key(TestSigner.fresh());
    byte[] payload = TestSigner.payload(IMAGE);
    for (ImageSignature signature :
        List.of(
            ImageSignature.ofPayload(payload, signer.sign(payload)),
            ImageSignature.ofBundle(signer.bundle(IMAGE)))) {
      assertGood(signature, other, key(signer));
      assertBad(signature, other, "by none of the keys");
      assertThat(signature.judge(IMAGE, List.of())).isInstanceOf(Judgement.Bad.class);
      ImageSignature kept = ImageSignature.ofKept(signature.kept());
      assertGood(kept, key(signer));
      assertBad(kept, other, "by none of the keys");
      assertThat(kept.judge(Sha256.of("other"), List.of(key(signer))))
          .isInstanceOf(Judgement.Bad.class);
    }
  }

  @Test
  void keysOfOtherKindsSignToo() throws Exception {
    byte[] payload = TestSigner.payload(IMAGE);
    for (TestSigner signer : List.of(TestSigner.ed25519(), TestSigner.rsa(2048))) {
      assertGood(ImageSignature.ofPayload(payload, signer.sign(payload)), key(signer));
      assertGood(ImageSignature.ofBundle(signer.bundle(IMAGE)), key(signer));
    }
  }

  /** What a key has signed for another purpose is no consent to run an image. */
  @Test
  void whatIsSignedMustBeASignatureOfThisImage() throws Exception {
    TestSigner signer = TestSigner.fresh();
    SigningKey key = key(signer);
    byte[] other = TestSigner.payload(Sha256.of("other"));
    assertBad(ImageSignature.ofPayload(other, signer.sign(other)), key, "of another image");
    byte[] kind = TestSigner.payload("atomic container signature", IMAGE);
    assertBad(ImageSignature.ofPayload(kind, signer.sign(kind)), key, "not of the type");
    for (String text :
        List.of("", "{}", "[]", "x", "{\"critical\":[]}", "{\"critical\":1,\"critical\":{}}")) {
      assertBad(
          ImageSignature.ofPayload(bytes(text), signer.sign(bytes(text))), key, "not of the type");
    }
    assertBad(ImageSignature.ofBundle(signer.bundle(Sha256.of("other"))), key, "of another image");
    assertBad(
        ImageSignature.ofBundle(signer.bundle(IMAGE, "https://slsa.dev/provenance/v1")),
        key,
        "no signature of an image but states 'https://slsa.dev/provenance/v1'");
    // The statement without its envelope, and the payload as if it were one.
    byte[] payload = TestSigner.payload(IMAGE);
    assertBad(ImageSignature.ofBundle(payload), key, "no dsseEnvelope");
    assertBad(ImageSignature.ofBundle(bytes("{\"messageSignature\":{}}")), key, "dsseEnvelope");
  }

  @Test
  void nothingThatIsChangedIsGood() throws Exception {
    TestSigner signer = TestSigner.fresh();
    SigningKey key = key(signer);
    byte[] payload = TestSigner.payload(IMAGE);
    String signature = signer.sign(payload);
    for (int i = 0; i < payload.length; i++) {
      byte[] changed = payload.clone();
      changed[i] ^= 1;
      assertBad(ImageSignature.ofPayload(changed, signature), key, "by none of the keys");
    }
    assertBad(ImageSignature.ofPayload(payload, ""), key, "not base64");
    assertBad(ImageSignature.ofPayload(payload, "!"), key, "not base64");
    assertBad(ImageSignature.ofPayload(payload, "AAAA"), key, "by none");
    assertBad(ImageSignature.ofPayload(payload, "A".repeat(4096)), key, "not base64");
    byte[] zeros = new byte[64];
    assertBad(
        ImageSignature.ofPayload(payload, Base64.getEncoder().encodeToString(zeros)),
        key,
        "by none");
    assertBad(
        ImageSignature.ofPayload(new byte[ImageSignature.LONGEST_PAYLOAD + 1], signature),
        key,
        "longer than");
  }

  /** Whatever bytes somebody puts there. */
  @Test
  void noInputIsGoodByChanceOrThrows() throws Exception {
    SigningKey key = key(TestSigner.fresh());
    byte[] bundle = TestSigner.fresh().bundle(IMAGE);
    var random = new Random(7);
    for (int i = 0; i < 2_000; i++) {
      byte[] changed = Arrays.copyOf(bundle, 1 + random.nextInt(bundle.length));
      for (int j = 0; j < random.nextInt(4); j++) {
        changed[random.nextInt(changed.length)] = (byte) random.nextInt(256);
      }
      for (ImageSignature signature :
          List.of(ImageSignature.ofBundle(changed), ImageSignature.ofKept(changed))) {
        assertThat(signature.judge(IMAGE, List.of(key))).isInstanceOf(Judgement.Bad.class);
      }
    }
    assertBad(
        ImageSignature.ofBundle(new byte[ImageSignature.LONGEST_BUNDLE + 1]), key, "not JSON");
    assertBad(ImageSignature.ofBundle(bytes("[".repeat(100_000))), key, "not JSON");
  }

  private static String refusal(byte[] file) {
    return SigningKey.parse("/keys/acme.pub", file)
            instanceof SigningKey.Reading.Unusable(var reason)
        ? reason
        : "";
  }

  @Test
  void weakKeysAndOtherFilesAreRefused() throws GeneralSecurityException {
    assertThat(refusal(bytes(TestSigner.rsa(1024).pem()))).contains("1024 bits");
    assertThat(refusal(bytes(TestSigner.onCurve("secp384r1").pem()))).contains("P-256");
    String pem = TestSigner.fresh().pem();
    assertThat(refusal(bytes(pem))).isEmpty();
    assertThat(refusal(bytes(pem.replace("PUBLIC", "PRIVATE")))).contains("not one public key");
    assertThat(refusal(bytes(pem + pem))).contains("not one public key");
    assertThat(refusal(new byte[0])).contains("not one public key");
    assertThat(refusal(new byte[100_000])).contains("not one public key");
    assertThat(refusal(bytes(pem.replaceFirst("M", "A")))).contains("/keys/acme.pub");
    assertThat(refusal(bytes("-----BEGIN PUBLIC KEY-----\nAAA=A\n-----END PUBLIC KEY-----\n")))
        .contains("base64");
  }

  @Test
  void aKeyThatOthersCanChangeIsRefused(@TempDir Path root) throws Exception {
    Path file = root.resolve("etc/acme.pub");
    TestSigner.fresh().write(file);
    assertThat(SigningKey.read(root, "/etc/acme.pub"))
        .isInstanceOf(SigningKey.Reading.Usable.class);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-rw-r--"));
    assertUnusable(root, "/etc/acme.pub", "chmod go-w");
    assertUnusable(root, "/etc/none.pub", "there is no key /etc/none.pub");
    assertUnusable(root, "/etc", "is not a regular file");
    Files.createSymbolicLink(root.resolve("etc/link.pub"), file);
    assertUnusable(root, "/etc/link.pub", "is a symbolic link");
  }

  private static void assertUnusable(Path root, String file, String why) {
    assertThat(SigningKey.read(root, file))
        .isInstanceOfSatisfying(
            SigningKey.Reading.Unusable.class, it -> assertThat(it.reason()).contains(why));
  }
}
