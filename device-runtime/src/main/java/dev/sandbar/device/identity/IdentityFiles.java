package dev.sandbar.device.identity;

import dev.sandbar.core.enrol.DeviceUser;
import dev.sandbar.core.model.Node;
import dev.sandbar.device.identity.IdentityEncryption.KeyUnavailableException;
import dev.sandbar.device.kube.FileDecryption;
import dev.sandbar.device.kube.Json;
import dev.sandbar.device.kube.Pem;
import dev.sandbar.device.store.DurableFiles;
import dev.sandbar.device.store.LockFile;
import dev.sandbar.device.store.TpmKeys;
import dev.sandbar.source.text.JsonReader;
import dev.sandbar.source.text.JsonWriter;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The files of an identity, in a directory that root alone can enter. Each is whole before and
 * after a crash, so that a crash at any point leaves an identity that works or an enrolment that
 * goes on. Those with keys and tokens of the device's own are encrypted where it has a TPM2.
 *
 * <ul>
 *   <li>{@code key.pem}: the key that the Device was made with. It stays: with it, the device can
 *       be let in again after its certificate has expired.
 *   <li>{@code key.new.pem}: what becomes {@code key.pem} when an enrolment has succeeded, where
 *       the TPM2 does not decrypt that one any more
 *   <li>{@code client.pem}: the key and the chain of the certificate in use, in one file
 *   <li>{@code renewal.pem}: the key of a renewal that is under way
 *   <li>{@code token}: of the ServiceAccount, where that is the identity
 *   <li>{@code bootstrap-token}: put there by the owner to let an expired device in again
 *   <li>{@code ca.pem}, {@code server.json}: whom to talk to, and as whom
 *   <li>{@code ca.offered.pem}: what becomes {@code ca.pem} when an enrolment has succeeded
 * </ul>
 */
final class IdentityFiles {
  private static final Logger LOG = LoggerFactory.getLogger(IdentityFiles.class);

  /** Below the root of the device. */
  static final String DIRECTORY = "var/lib/sandbar/identity";

  private static final String PRIVATE = "rw-------";
  private static final int LONGEST = 1 << 20;

  private static final String LOCK = "identity.lock";
  private static final Duration LONGEST_WAIT = Duration.ofSeconds(10);

  private final Path root;
  private final Path directory;
  private final DurableFiles files;
  private final IdentityEncryption encryption;

  IdentityFiles(Path root, TpmKeys tpm) {
    this(root, tpm, new DurableFiles(), System::nanoTime);
  }

  IdentityFiles(Path root, TpmKeys tpm, DurableFiles files, LongSupplier nanoTime) {
    this.root = root.toAbsolutePath();
    this.directory = this.root.resolve(DIRECTORY);
    this.files = files;
    this.encryption = new IdentityEncryption(tpm, nanoTime);
  }

  /**
   * Whom the identity is for.
   *
   * @param uid of the Device; empty until it is made
   */
  record Membership(String server, Member member, IdentityKind kind, String uid) {
    boolean sameAs(String otherServer, Member other, IdentityKind otherKind) {
      return server.equals(otherServer) && member.equals(other) && kind == otherKind;
    }
  }

  Path directory() {
    return directory;
  }

  Path client() {
    return directory.resolve("client.pem");
  }

  Path token() {
    return directory.resolve("token");
  }

  Path bootstrapToken() {
    return directory.resolve("bootstrap-token");
  }

  Path authorities() {
    return directory.resolve("ca.pem");
  }

  Path offeredAuthorities() {
    return directory.resolve("ca.offered.pem");
  }

  private Path key() {
    return directory.resolve("key.pem");
  }

  private Path newKey() {
    return directory.resolve("key.new.pem");
  }

  private Path renewal() {
    return directory.resolve("renewal.pem");
  }

  private Path server() {
    return directory.resolve("server.json");
  }

  void prepare() throws IOException {
    Path above = directory.getParent();
    if (above != null) {
      files.makeDirectories(above, "rwxr-xr-x");
    }
    files.makeDirectories(directory, "rwx------");
    var _ = files.removeUnfinished(directory);
  }

  /** Whom to believe from now on; empty for the authorities of the platform. */
  void writeAuthorities(String pem) throws IOException {
    if (pem.isEmpty()) {
      boolean _ = files.remove(authorities());
    } else {
      files.write(authorities(), pem.getBytes(StandardCharsets.US_ASCII), "rw-r--r--");
    }
    boolean _ = files.remove(offeredAuthorities());
  }

  /** Whom to believe while enrolling: those in use stay until the device is a member. */
  void offerAuthorities(String pem) throws IOException {
    files.write(offeredAuthorities(), pem.getBytes(StandardCharsets.US_ASCII), "rw-r--r--");
  }

  void writeToken(String token) throws IOException {
    writeSecret(token(), token.getBytes(StandardCharsets.US_ASCII));
  }

  /** Makes this the certificate in use. */
  void writeClient(DeviceKey key, String chain) throws IOException {
    String pem = new String(key.pem(), StandardCharsets.US_ASCII) + chain;
    writeSecret(client(), pem.getBytes(StandardCharsets.US_ASCII));
  }

  /**
   * The key that the Device was, or will be, made with: a new one also where the TPM2 does not
   * decrypt the one that there is, which stays until the cluster has let the device in with the new
   * one.
   */
  DeviceKey enrolmentKey(IdentityKind kind) throws IOException, GeneralSecurityException {
    try {
      return keyIn(key(), kind);
    } catch (KeyUnavailableException e) {
      return replaceableKey(newKey(), kind);
    }
  }

  /** The cluster has let the device in with this key. */
  void adoptKey(DeviceKey key) throws IOException, GeneralSecurityException {
    if (!Files.exists(newKey(), LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    boolean known = false;
    try {
      Optional<byte[]> first = secret(key());
      known = first.isPresent() && DeviceKey.read(first.get()).spki().equals(key.spki());
    } catch (KeyUnavailableException e) {
      // Of the Device that was there before.
    }
    if (!known) {
      writeSecret(key(), key.pem());
    }
    boolean _ = files.remove(newKey());
  }

  /** The key of the renewal under way, or a new one. */
  DeviceKey renewalKey() throws IOException, GeneralSecurityException {
    return replaceableKey(renewal(), IdentityKind.CLIENT_CERTIFICATE);
  }

  /** What was requested with a key that cannot be decrypted any more is requested again. */
  private DeviceKey replaceableKey(Path file, IdentityKind kind)
      throws IOException, GeneralSecurityException {
    try {
      return keyIn(file, kind);
    } catch (KeyUnavailableException e) {
      return madeIn(file, kind);
    }
  }

  void forgetRenewal() throws IOException {
    boolean _ = files.remove(renewal());
  }

  /** It is worth something to others too: it goes when it has done its work. */
  void forgetBootstrapToken() throws IOException {
    boolean _ = files.remove(bootstrapToken());
  }

  private DeviceKey keyIn(Path file, IdentityKind kind)
      throws IOException, GeneralSecurityException {
    Optional<byte[]> known = secret(file);
    return known.isPresent() ? DeviceKey.read(known.get()) : madeIn(file, kind);
  }

  private DeviceKey madeIn(Path file, IdentityKind kind)
      throws IOException, GeneralSecurityException {
    DeviceKey made = DeviceKey.generate(kind);
    writeSecret(file, made.pem());
    return made;
  }

  private Optional<byte[]> secret(Path file) throws IOException {
    Optional<byte[]> stored = read(file);
    return stored.isPresent() ? Optional.of(encryption.decrypted(stored.get())) : Optional.empty();
  }

  private void writeSecret(Path file, byte[] content) throws IOException {
    byte[] stored = encryption.encrypted(content);
    try (LockFile _ = lock()) {
      files.write(file, stored, PRIVATE);
    }
  }

  /** For whoever reads these files by their paths. */
  FileDecryption decryption() {
    return encryption;
  }

  /** Whether the credential in use is on the disk only encrypted to the TPM2. */
  boolean isEncrypted(IdentityKind kind) throws IOException {
    Path file =
        switch (kind) {
          case CLIENT_CERTIFICATE -> client();
          case SERVICE_ACCOUNT -> token();
        };
    return read(file).filter(IdentityEncryption::isEncrypted).isPresent();
  }

  /** Why nothing is encrypted although there is a TPM2; empty if it is, or there is none. */
  String failure() {
    return encryption.failure();
  }

  /** Encrypts what is there in the clear, where the device has a TPM2 that can be used. */
  void encrypt() throws IOException {
    for (Path file : List.of(key(), newKey(), renewal(), client(), token())) {
      Optional<byte[]> stored = read(file);
      if (stored.isPresent() && !IdentityEncryption.isEncrypted(stored.get())) {
        byte[] encrypted = encryption.encrypted(stored.get());
        if (IdentityEncryption.isEncrypted(encrypted)) {
          replace(file, stored.get(), encrypted);
        }
      }
    }
  }

  /**
   * A power cut leaves the one or the other. What was there is overwritten where it was, as far as
   * the disk does that.
   */
  private void replace(Path file, byte[] before, byte[] after) throws IOException {
    try (LockFile _ = lock();
        FileChannel old =
            FileChannel.open(file, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS)) {
      if (read(file).filter(now -> Arrays.equals(now, before)).isEmpty()) {
        // Written by another process meanwhile, encrypted already.
        return;
      }
      // What a power cut left half written has keys too.
      var _ = files.removeUnfinished(directory);
      files.write(file, after, PRIVATE);
      old.write(ByteBuffer.allocate(before.length), 0);
      old.force(true);
    }
    LOG.info("action=encrypt-identity outcome=done file={}", file);
  }

  private LockFile lock() throws IOException {
    try {
      return LockFile.take(root, LOCK, LONGEST_WAIT)
          .orElseThrow(() -> new IOException("another process writes the identity of this device"));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }

  void writeMembership(Membership membership) throws IOException {
    Node document =
        Json.object(
            "server", membership.server(),
            "namespace", membership.member().namespace(),
            "device", membership.member().name(),
            "type", membership.kind().word(),
            "uid", membership.uid());
    files.write(server(), JsonWriter.indented(document).getBytes(StandardCharsets.UTF_8), PRIVATE);
  }

  /** Empty if there is none, or none that can be read. */
  Optional<Membership> membership() throws IOException {
    Optional<byte[]> bytes = read(server());
    if (bytes.isEmpty()) {
      return Optional.empty();
    }
    List<Node> documents = JsonReader.read(server().toString(), bytes.get()).documents();
    if (documents.isEmpty()) {
      return Optional.empty();
    }
    Node document = documents.getFirst();
    String namespace = Json.text(document, "namespace").orElse("");
    String name = Json.text(document, "device").orElse("");
    if (!Member.isName(namespace) || !Member.isName(name)) {
      return Optional.empty();
    }
    boolean account =
        Json.text(document, "type").orElse("").equals(IdentityKind.SERVICE_ACCOUNT.word());
    return Optional.of(
        new Membership(
            Json.text(document, "server").orElse(""),
            new Member(namespace, name),
            account ? IdentityKind.SERVICE_ACCOUNT : IdentityKind.CLIENT_CERTIFICATE,
            Json.text(document, "uid").orElse("")));
  }

  /** Key and chain; empty if there is no certificate. */
  Optional<String> clientPem() throws IOException {
    return secret(client()).map(bytes -> new String(bytes, StandardCharsets.US_ASCII));
  }

  /** The UID of the Device that the certificate is for; empty if there is none. */
  Optional<String> clientUid() throws IOException, GeneralSecurityException {
    Optional<String> pem = clientPem();
    List<X509Certificate> chain = pem.isEmpty() ? List.of() : Pem.certificates(pem.get());
    return chain.isEmpty()
        ? Optional.empty()
        : DeviceUser.uidIn(chain.getFirst().getSubjectX500Principal());
  }

  Optional<byte[]> tokenBytes() throws IOException {
    return secret(token());
  }

  boolean hasBootstrapToken() {
    return Files.isRegularFile(bootstrapToken(), LinkOption.NOFOLLOW_LINKS);
  }

  private Optional<byte[]> read(Path file) throws IOException {
    try {
      return Optional.of(files.read(file, LONGEST));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
  }

  /** Removes everything, what lets it in first. */
  void wipe() throws IOException {
    try (LockFile _ = lock()) {
      removeAll();
    }
  }

  private void removeAll() throws IOException {
    for (Path file :
        List.of(
            client(),
            token(),
            renewal(),
            key(),
            newKey(),
            bootstrapToken(),
            server(),
            authorities(),
            offeredAuthorities())) {
      boolean _ = files.remove(file);
    }
    var _ = files.removeUnfinished(directory);
    boolean _ = files.remove(directory);
  }
}
