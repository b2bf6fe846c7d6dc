package dev.sandbar.source.git;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.security.GeneralSecurityException;
import java.security.PublicKey;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.sshd.client.config.hosts.KnownHostEntry;
import org.apache.sshd.common.config.keys.KeyUtils;
import org.apache.sshd.common.config.keys.PublicKeyEntryResolver;
import org.eclipse.jgit.transport.CredentialsProvider;
import org.eclipse.jgit.transport.sshd.ServerKeyDatabase;
import org.jspecify.annotations.Nullable;

/**
 * The host keys of one {@code known_hosts} file (sshd(8), chapter SSH_KNOWN_HOSTS), strictly: an
 * unknown host and a changed key both end the connection. The file is never written. Lines with
 * {@code @revoked} refuse their key whatever host shows it; {@code @cert-authority} lines are not
 * used.
 */
final class HostKeys implements ServerKeyDatabase {
  private static final String REVOKED = "revoked";
  private static final int DEFAULT_PORT = 22;

  private final List<KnownHostEntry> entries;
  private final GitReach reach;
  private final ServerAnswer answer;

  private HostKeys(List<KnownHostEntry> entries, GitReach reach, ServerAnswer answer) {
    this.entries = entries;
    this.reach = reach;
    this.answer = answer;
  }

  static HostKeys read(byte[] text, GitReach reach, ServerAnswer answer)
      throws CredentialFileException {
    try {
      return new HostKeys(
          KnownHostEntry.readKnownHostEntries(new ByteArrayInputStream(text), true), reach, answer);
    } catch (IOException | RuntimeException e) {
      throw new CredentialFileException("the known_hosts file is not well-formed");
    }
  }

  @Override
  public List<PublicKey> lookup(
      String connectAddress, InetSocketAddress remoteAddress, Configuration configuration) {
    return keysOf(connectAddress);
  }

  List<PublicKey> keysOf(String connectAddress) {
    var keys = new ArrayList<PublicKey>();
    for (KnownHostEntry entry : entriesOf(connectAddress)) {
      key(entry).filter(_ -> !isMarked(entry)).ifPresent(keys::add);
    }
    return keys;
  }

  @Override
  public boolean accept(
      String connectAddress,
      InetSocketAddress remoteAddress,
      PublicKey serverKey,
      Configuration configuration,
      @Nullable CredentialsProvider provider) {
    if (!reach.permits(remoteAddress)) {
      // The name has led elsewhere since it was checked. Nothing has been sent yet.
      answer.forbiddenAddress();
      return false;
    }
    if (entries.stream().anyMatch(it -> isRevoked(it) && isKey(it, serverKey))) {
      answer.hostKeyFault("the host key of the server is revoked in the known_hosts file");
      return false;
    }
    List<KnownHostEntry> known =
        entriesOf(connectAddress).stream().filter(it -> !isMarked(it)).toList();
    boolean found = known.stream().anyMatch(it -> isKey(it, serverKey));
    if (!found) {
      answer.hostKeyFault(
          (known.isEmpty()
                  ? "the known_hosts file has no key for the server, which shows "
                  : "the server does not have the host key of the known_hosts file, it shows ")
              + KeyUtils.getKeyType(serverKey)
              + " "
              + KeyUtils.getFingerPrint(serverKey));
    }
    return found;
  }

  /** Revoked, or the key of an authority. */
  private static boolean isMarked(KnownHostEntry entry) {
    return entry.getMarker() != null;
  }

  private static boolean isRevoked(KnownHostEntry entry) {
    return REVOKED.equals(entry.getMarker());
  }

  private static boolean isKey(KnownHostEntry entry, PublicKey serverKey) {
    return key(entry).filter(key -> KeyUtils.compareKeys(serverKey, key)).isPresent();
  }

  /** As in a line of the file: {@code host}, or {@code [host]:port} if the port is not 22. */
  private List<KnownHostEntry> entriesOf(String connectAddress) {
    int bracket = connectAddress.lastIndexOf("]:");
    String host = bracket < 0 ? connectAddress : connectAddress.substring(0, bracket);
    int port = bracket < 0 ? DEFAULT_PORT : Integer.parseInt(connectAddress.substring(bracket + 2));
    String bare = host.replace("[", "").replace("]", "");
    return entries.stream().filter(entry -> entry.isHostMatch(bare, port)).toList();
  }

  private static Optional<PublicKey> key(KnownHostEntry entry) {
    try {
      return Optional.ofNullable(
          entry.getKeyEntry().resolvePublicKey(null, PublicKeyEntryResolver.IGNORING));
    } catch (IOException | GeneralSecurityException | RuntimeException e) {
      return Optional.empty(); // a type of key that is not supported: as if the line were not there
    }
  }
}
