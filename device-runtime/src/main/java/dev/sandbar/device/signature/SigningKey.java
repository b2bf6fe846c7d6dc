package dev.sandbar.device.signature;

import dev.sandbar.device.kernel.RegularFile;
import java.io.IOException;
import java.io.InputStream;
import java.math.BigInteger;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.Signature;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.EdECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.X509EncodedKeySpec;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A public key whose signatures count: SubjectPublicKeyInfo (RFC 5280, section 4.1) in PEM (RFC
 * 7468), as {@code cosign generate-key-pair} writes it into {@code cosign.pub}.
 *
 * <p>Made by {@link #read}.
 */
public final class SigningKey {

  private static final int LONGEST = 16 * 1024;

  /** What NIST SP 800-131A still allows. */
  private static final int LEAST_RSA_BITS = 2048;

  /** More only costs the device time. */
  private static final int MOST_RSA_BITS = 8192;

  private static final String HELP =
      "put there what 'cosign generate-key-pair' writes into cosign.pub";

  private static final Pattern PEM =
      Pattern.compile("-----BEGIN PUBLIC KEY-----\\s+([A-Za-z0-9+/=\\s]+)-----END PUBLIC KEY-----");

  /** Order of the base point of P-256 (NIST SP 800-186, section 3.2.1.3), which no other has. */
  private static final BigInteger P256 =
      new BigInteger("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551", 16);

  private final String file;
  private final String algorithm;
  private final PublicKey key;

  private SigningKey(String file, String algorithm, PublicKey key) {
    this.file = file;
    this.algorithm = algorithm;
    this.key = key;
  }

  /** What came of reading a file. */
  public sealed interface Reading {

    /** The key. */
    record Usable(SigningKey key) implements Reading {}

    /** It cannot be used; the text says why and what to do. */
    record Unusable(String reason) implements Reading {}
  }

  /**
   * Reads the key.
   *
   * @param root of the device's file system
   * @param file absolute path on the device
   */
  public static Reading read(Path root, String file) {
    try {
      Path place = root.resolve(file.substring(1));
      byte[] bytes;
      try (InputStream in = Channels.newInputStream(RegularFile.open(place))) {
        bytes = in.readNBytes(LONGEST + 1);
      }
      Set<PosixFilePermission> mode = Files.getPosixFilePermissions(place);
      if (mode.contains(PosixFilePermission.GROUP_WRITE)
          || mode.contains(PosixFilePermission.OTHERS_WRITE)) {
        // Who could write it would decide what runs.
        return new Reading.Unusable(
            "the key %s can be changed by others than its owner; run: chmod go-w %s"
                .formatted(file, file));
      }
      Object owner = Files.getAttribute(place, "unix:uid", LinkOption.NOFOLLOW_LINKS);
      if (!owner.equals(0)
          && !owner.equals(Files.getAttribute(Path.of("/proc/self"), "unix:uid"))) {
        return new Reading.Unusable(
            "the key %s belongs to another user than root; run: chown root: %s"
                .formatted(file, file));
      }
      return parse(file, bytes);
    } catch (NoSuchFileException e) {
      return new Reading.Unusable("there is no key %s; %s".formatted(file, HELP));
    } catch (RegularFile.OtherException e) {
      return new Reading.Unusable("the key %s %s; %s".formatted(file, e.getReason(), HELP));
    } catch (IOException e) {
      return new Reading.Unusable(
          "the key %s cannot be read (%s)".formatted(file, e.getClass().getSimpleName()));
    }
  }

  /** Reads the content of such a file. */
  static Reading parse(String file, byte[] bytes) {
    Matcher pem = PEM.matcher(new String(bytes, StandardCharsets.ISO_8859_1));
    if (bytes.length > LONGEST || !pem.find() || pem.end() != lastVisible(bytes)) {
      return new Reading.Unusable("%s is not one public key in PEM; %s".formatted(file, HELP));
    }
    try {
      byte[] der = Base64.getDecoder().decode(pem.group(1).replaceAll("\\s", ""));
      return key(file, der);
    } catch (IllegalArgumentException e) {
      return new Reading.Unusable("%s is not base64 inside; %s".formatted(file, HELP));
    }
  }

  /** Several keys in one file: which of them counted could be read in two ways. */
  private static int lastVisible(byte[] bytes) {
    return new String(bytes, StandardCharsets.ISO_8859_1).stripTrailing().length();
  }

  private static Reading key(String file, byte[] der) {
    for (String family : List.of("EC", "Ed25519", "RSA")) {
      Optional<PublicKey> key = ofFamily(family, der);
      if (key.isPresent()) {
        return judged(file, key.get());
      }
    }
    return new Reading.Unusable(
        "%s is a key of no kind that is known (ECDSA P-256, Ed25519, RSA); %s"
            .formatted(file, HELP));
  }

  private static Optional<PublicKey> ofFamily(String family, byte[] der) {
    try {
      return Optional.of(
          KeyFactory.getInstance(family).generatePublic(new X509EncodedKeySpec(der)));
    } catch (InvalidKeySpecException e) {
      return Optional.empty();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("the Java platform has no keys of " + family, e);
    }
  }

  private static Reading judged(String file, PublicKey key) {
    return switch (key) {
      case ECPublicKey ec when ec.getParams().getOrder().equals(P256) ->
          new Reading.Usable(new SigningKey(file, "SHA256withECDSA", key));
      case ECPublicKey _ ->
          new Reading.Unusable("%s is not on the curve P-256; %s".formatted(file, HELP));
      case EdECPublicKey _ -> new Reading.Usable(new SigningKey(file, "Ed25519", key));
      case RSAPublicKey rsa when isStrong(rsa) ->
          new Reading.Usable(new SigningKey(file, "SHA256withRSA", key));
      case RSAPublicKey rsa ->
          new Reading.Unusable(
              "%s has %d bits, and RSA needs %d to %d; %s"
                  .formatted(
                      file, rsa.getModulus().bitLength(), LEAST_RSA_BITS, MOST_RSA_BITS, HELP));
      default -> new Reading.Unusable("%s is a key of no kind that is known".formatted(file));
    };
  }

  private static boolean isStrong(RSAPublicKey rsa) {
    int bits = rsa.getModulus().bitLength();
    return bits >= LEAST_RSA_BITS
        && bits <= MOST_RSA_BITS
        && rsa.getPublicExponent().compareTo(BigInteger.valueOf(65_537)) >= 0;
  }

  /** Where the key is on the device. */
  public String file() {
    return file;
  }

  /** Whether the signature is one of the message by this key. */
  boolean hasSigned(byte[] message, byte[] signature) {
    try {
      Signature verifier = Signature.getInstance(algorithm);
      verifier.initVerify(key);
      verifier.update(message);
      return verifier.verify(signature);
    } catch (GeneralSecurityException e) {
      // Not the form of a signature at all.
      return false;
    }
  }
}
