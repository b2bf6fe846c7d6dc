package dev.sandbar.device.identity;

import dev.sandbar.core.enrol.DeviceUser;
import dev.sandbar.core.model.Node;
import dev.sandbar.device.kube.Json;
import dev.sandbar.device.kube.Pem;
import dev.sandbar.device.store.DurableFiles;
import dev.sandbar.source.text.JsonReader;
import dev.sandbar.source.text.JsonWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Optional;

/**
 * The files of an identity, in a directory that root alone can enter. Each is whole before and
 * after a crash, so that a crash at any point leaves an identity that works or an enrolment that
 * goes on.
 *
 * <ul>
 *   <li>{@code key.pem}: the key that the Device was made with. It stays: with it, the device can
 *       be let in again after its certificate has expired.
 *   <li>{@code client.pem}: the key and the chain of the certificate in use, in one file
 *   <li>{@code renewal.pem}: the key of a renewal that is under way
 *   <li>{@code token}: of the ServiceAccount, where that is the identity
 *   <li>{@code bootstrap-token}: put there by the owner to let an expired device in again
 *   <li>{@code ca.pem}, {@code server.json}: whom to talk to, and as whom
 *   <li>{@code ca.offered.pem}: what becomes {@code ca.pem} when an enrolment has succeeded
 * </ul>
 */
final class IdentityFiles {
  /** Below the root of the device. */
  static final String DIRECTORY = "var/lib/sandbar/identity";

  private static final String PRIVATE = "rw-------";
  private static final int LONGEST = 1 << 20;

  private final Path directory;
  private final DurableFiles files = new DurableFiles();

  IdentityFiles(Path root) {
    this.directory = root.toAbsolutePath().resolve(DIRECTORY);
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
    files.write(token(), token.getBytes(StandardCharsets.US_ASCII), PRIVATE);
  }

  void writeClient(DeviceKey key, String chain) throws IOException {
    String pem = new String(key.pem(), StandardCharsets.US_ASCII) + chain;
    files.write(client(), pem.getBytes(StandardCharsets.US_ASCII), PRIVATE);
  }

  /** The key that the Device was, or will be, made with. */
  DeviceKey enrolmentKey(IdentityKind kind) throws IOException, GeneralSecurityException {
    return keyIn(key(), kind);
  }

  /** The key of the renewal under way, or a new one. */
  DeviceKey renewalKey() throws IOException, GeneralSecurityException {
    return keyIn(renewal(), IdentityKind.CLIENT_CERTIFICATE);
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
    Optional<byte[]> known = read(file);
    if (known.isPresent()) {
      return DeviceKey.read(known.get());
    }
    DeviceKey made = DeviceKey.generate(kind);
    files.write(file, made.pem(), PRIVATE);
    return made;
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
    return read(client()).map(bytes -> new String(bytes, StandardCharsets.US_ASCII));
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
    return read(token());
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
    for (Path file :
        List.of(
            client(),
            token(),
            renewal(),
            key(),
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
