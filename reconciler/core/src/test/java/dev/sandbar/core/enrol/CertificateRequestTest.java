package dev.sandbar.core.enrol;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.enrol.CertificateRequest.Reading;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.function.UnaryOperator;
import javax.security.auth.x500.X500Principal;
import org.junit.jupiter.api.Test;

/** One request, two readers: what is accepted says the same to both. */
class CertificateRequestTest {
  private static final KeyPair KEY = key();
  private static final byte[] EVIL = evil();
  private static final String ECDSA = "06082a8648ce3d040302";
  private static final String ECDSA_384 = "06082a8648ce3d040303";

  private static KeyPair key() {
    try {
      return Requests.key("secp256r1");
    } catch (GeneralSecurityException e) {
      throw new AssertionError(e);
    }
  }

  private static byte[] evil() {
    try {
      byte[] subject = new X500Principal("CN=system:kube-controller-manager").getEncoded();
      return Requests.any(KEY, subject, "a000");
    } catch (GeneralSecurityException e) {
      throw new AssertionError(e);
    }
  }

  private static String reason(byte[] request) {
    return CertificateRequest.read(request) instanceof Reading.Refused(String reason)
        ? reason
        : "accepted";
  }

  @Test
  void whatADeviceWritesIsRead() throws Exception {
    byte[] honest = Requests.honest(KEY);
    assertThat(CertificateRequest.read(honest))
        .isEqualTo(
            new Reading.Read(
                new CertificateRequest(Requests.PUMP, Requests.UID, Requests.spki(KEY))));
    assertThat(LenientReading.mentions(honest)).isTrue();
    assertThat(GoPem.blocks(honest)).hasSize(1);
  }

  /** Both were approved as a renewal; the certificate was the second block's. */
  @Test
  void aSecondBlockBehindAnEndThatOneReaderPassesOverIsRefused() throws Exception {
    String honest = Requests.text(Requests.honest(KEY));
    String evil = Requests.text(EVIL);
    for (String attack :
        List.of(
            honest.stripTrailing() + "junk\n" + evil,
            honest.replace("\n", "\r") + evil,
            honest.replace("\n", "\r") + "\n" + evil,
            evil + honest,
            honest + evil)) {
      byte[] bytes = Requests.bytes(attack);
      assertThat(reason(bytes)).as(attack).contains("exactly one PEM block");
      assertThat(LenientReading.mentions(bytes)).as(attack).isTrue();
    }
  }

  @Test
  void everythingButTheOneFormIsRefusedWithTheReason() throws Exception {
    byte[] right = Requests.PUMP.subject(Requests.UID).getEncoded();
    byte[] wide =
        new X500Principal(
                "CN=sandbar:device:line-1:pump-7, O=sandbar:devices, O=sandbar:device:uid:"
                    + Requests.UID
                    + ", OU=x")
            .getEncoded();
    byte[] turned =
        new X500Principal(
                "O=sandbar:devices, O=sandbar:device:uid:"
                    + Requests.UID
                    + ", CN=sandbar:device:line-1:pump-7")
            .getEncoded();
    byte[] utf8 = Arrays.copyOf(right, right.length);
    utf8[Requests.text(right).indexOf("sandbar:device:line-1") - 2] = 0x0c;
    assertThat(reason(Requests.any(KEY, right, "a000"))).isEqualTo("accepted");
    assertThat(reason(EVIL)).contains("subject is not");
    assertThat(reason(Requests.any(KEY, wide, "a000"))).contains("subject is not");
    assertThat(reason(Requests.any(KEY, turned, "a000"))).contains("subject is not");
    assertThat(reason(Requests.any(KEY, utf8, "a000"))).contains("encoded in another way");
    assertThat(reason(Requests.any(KEY, right, "a003020101"))).contains("attributes");
    assertThat(reason(Requests.any(Requests.key("secp384r1"), right, "a000"))).contains("P-256");
    assertThat(reason(Requests.block(replaced(content(Requests.honest(KEY)), ECDSA, ECDSA_384))))
        .contains("not by ecdsa-with-SHA256");
    KeyPair other = Requests.key("secp256r1");
    byte[] stolen =
        new CertificateRequest(Requests.PUMP, Requests.UID, Requests.spki(KEY))
            .pem(Requests.signer(other));
    assertThat(reason(stolen)).contains("not by the key");
    assertThat(reason(new byte[CertificateRequest.MAX_BYTES + 1])).contains("4097 bytes");
    assertThat(reason(new byte[0])).contains("PEM");
    assertThat(reason(Requests.block(new byte[] {0x30, 0x03, 0x02, 0x01, 0x00})))
        .contains("PKCS#10");
  }

  private static byte[] replaced(byte[] der, String from, String to) {
    HexFormat hex = HexFormat.of();
    return hex.parseHex(hex.formatHex(der).replace(from, to));
  }

  /** Java's check of signatures takes a number that its encoding makes negative for the same. */
  @Test
  void aSignatureHasOneEncoding() throws Exception {
    int tried = 0;
    for (int i = 0; i < 64; i++) {
      var request = new Der(new Der(content(Requests.honest(KEY))).content(Der.SEQUENCE));
      byte[] info = request.whole();
      byte[] algorithm = request.whole();
      byte[] bits = request.content(Der.BIT_STRING);
      var pair = new Der(new Der(Arrays.copyOfRange(bits, 1, bits.length)).content(Der.SEQUENCE));
      byte[] r = pair.content(Der.INTEGER);
      byte[] s = pair.content(Der.INTEGER);
      if (r[0] == 0) {
        tried++;
        byte[] negative = Der.element(Der.INTEGER, Arrays.copyOfRange(r, 1, r.length));
        byte[] other = Der.element(Der.SEQUENCE, negative, Der.element(Der.INTEGER, s));
        byte[] der =
            Der.element(
                Der.SEQUENCE, info, algorithm, Der.element(Der.BIT_STRING, new byte[1], other));
        assertThat(reason(Requests.block(der))).contains("encoded in another way");
      }
    }
    assertThat(tried).isPositive();
  }

  /** Whatever is accepted holds one block for every reader, with the bytes that were decided on. */
  @Test
  void whateverIsAcceptedSaysTheSameToTheOtherReader() throws Exception {
    var random = new Random(11);
    int accepted = 0;
    // Signatures differ in length, and so does where lines end.
    var all = new ArrayList<byte[]>();
    for (int i = 0; i < 16; i++) {
      all.add(Requests.honest(KEY));
    }
    for (int i = 0; i < 20_000; i++) {
      byte[] honest = all.get(i % all.size());
      byte[] bytes = i % 100 == 0 ? honest : mutated(honest, random);
      if (CertificateRequest.read(bytes) instanceof Reading.Read(CertificateRequest request)) {
        accepted++;
        List<GoPem.Block> blocks = GoPem.blocks(bytes);
        assertThat(blocks).hasSize(1);
        assertThat(blocks.getFirst().type()).isEqualTo("CERTIFICATE REQUEST");
        assertThat(Requests.block(blocks.getFirst().content())).isEqualTo(bytes);
        assertThat(request.device()).isEqualTo(Requests.PUMP);
        assertThat(request.uid()).isEqualTo(Requests.UID);
        assertThat(request.publicKey()).isEqualTo(Requests.spki(KEY));
      }
    }
    assertThat(accepted).isGreaterThanOrEqualTo(200);
  }

  private static byte[] mutated(byte[] honest, Random random) {
    return switch (random.nextInt(3)) {
      case 0 -> text(honest, random);
      case 1 -> Requests.block(der(content(honest), random));
      default -> text(Requests.block(der(content(honest), random)), random);
    };
  }

  private static byte[] content(byte[] block) {
    return Base64.getDecoder().decode(Requests.text(block).replaceAll("-----[A-Z ]*-----|\n", ""));
  }

  private static byte[] text(byte[] block, Random random) {
    String text = Requests.text(block);
    int at = random.nextInt(text.length() + 1);
    String[] pieces = {
      "\r",
      "\n",
      " ",
      "\t",
      "junk",
      "a: b\n",
      "=",
      "-----",
      "\u0000",
      Requests.text(EVIL),
      "-----BEGIN CERTIFICATE REQUEST-----\n",
      "\n-----END CERTIFICATE REQUEST-----\n"
    };
    String piece = pieces[random.nextInt(pieces.length)];
    List<UnaryOperator<String>> changes =
        List.of(
            it -> it.substring(0, at) + piece + it.substring(at),
            it -> it + piece,
            it -> piece + it,
            it -> it.replace("\n", "\r\n"),
            it -> it.replace("\n", "\r") + piece,
            it -> it.stripTrailing() + piece + Requests.text(EVIL),
            it -> it.replace("-----\n", "-----" + piece + "\n"),
            it -> it.replace("CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST"),
            it -> it.replaceFirst("-----\n", "-----\nProc-Type: x\n\n"),
            it -> it.replaceAll("(.{32})(.{32})\n", "$1\n$2\n"),
            it -> it.substring(0, at));
    return Requests.bytes(changes.get(random.nextInt(changes.size())).apply(text));
  }

  private static byte[] der(byte[] der, Random random) {
    int at = random.nextInt(der.length);
    byte[] changed = Arrays.copyOf(der, der.length);
    return switch (random.nextInt(5)) {
      case 0 -> {
        changed[at] = (byte) random.nextInt(256);
        yield changed;
      }
      case 1 -> Arrays.copyOf(der, der.length + 1 + random.nextInt(4));
      case 2 -> Arrays.copyOf(der, at);
      case 3 -> {
        // The long form of a short length, and the indefinite one.
        byte[] longer = new byte[der.length + 1];
        System.arraycopy(der, 0, longer, 0, at);
        longer[at] = random.nextBoolean() ? (byte) 0x81 : (byte) 0x80;
        System.arraycopy(der, at, longer, at + 1, der.length - at);
        yield longer;
      }
      default -> {
        changed[at] ^= (byte) (1 << random.nextInt(8));
        yield changed;
      }
    };
  }

  @Test
  void namesOfSandbarAreFoundHoweverTheyAreWrapped() throws Exception {
    byte[] subject = new X500Principal("CN=sandbar:device:line-1:pump-7").getEncoded();
    String ours = Requests.text(Requests.any(KEY, subject, "a000"));
    for (String wrapped :
        List.of(
            ours,
            "x" + ours,
            "junk\n" + ours + "junk",
            ours.replace("\n", "\r"),
            ours.replaceFirst("-----\n", "-----\nName: value\n"),
            ours.replaceFirst("-----\n", "-----\nNam: valu\nx: y\n"),
            Requests.text(EVIL) + ours)) {
      assertThat(LenientReading.mentions(Requests.bytes(wrapped))).as(wrapped).isTrue();
    }
    assertThat(LenientReading.mentions(Requests.bytes("s\0a\0n\0d\0b\0a\0r\0:\0"))).isTrue();
    assertThat(LenientReading.mentions(EVIL)).isFalse();
    byte[] host = new X500Principal("CN=elsewhere, OU=not sandbar").getEncoded();
    assertThat(LenientReading.mentions(Requests.any(KEY, host, "a000"))).isFalse();
    assertThat(LenientReading.mentions(new byte[1 << 20])).isFalse();
  }
}
