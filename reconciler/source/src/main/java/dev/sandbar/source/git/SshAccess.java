package dev.sandbar.source.git;

import java.io.ByteArrayInputStream;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.sshd.common.NamedResource;
import org.apache.sshd.common.config.keys.FilePasswordProvider;
import org.apache.sshd.common.util.security.SecurityUtils;
import org.eclipse.jgit.errors.TransportException;
import org.eclipse.jgit.transport.CredentialsProvider;
import org.eclipse.jgit.transport.RemoteSession;
import org.eclipse.jgit.transport.RemoteSession2;
import org.eclipse.jgit.transport.SshSessionFactory;
import org.eclipse.jgit.transport.URIish;
import org.eclipse.jgit.transport.sshd.SshdSession;
import org.eclipse.jgit.transport.sshd.SshdSessionFactory;
import org.eclipse.jgit.transport.sshd.SshdSessionFactoryBuilder;
import org.eclipse.jgit.util.FS;
import org.jspecify.annotations.Nullable;

/**
 * SSH with one private key and the host keys of one file; no agent, no {@code ~/.ssh}, no
 * passwords. The only class that loads the SSH library, which costs some 24 MiB: nothing may touch
 * it before an {@code ssh://} address is used.
 */
final class SshAccess extends SshSessionFactory implements AutoCloseable {
  private final SshdSessionFactory real;
  private final PollBounds bounds;

  private SshAccess(SshdSessionFactory real, PollBounds bounds) {
    this.real = real;
    this.bounds = bounds;
  }

  static SshAccess open(
      String keyFile,
      Remote.Access allowed,
      Path stateDirectory,
      PollBounds bounds,
      ServerAnswer answer)
      throws IOException {
    Ed25519Support.register();
    GitCredentials credentials = allowed.credentials();
    byte[] key = credentials.sshKey();
    var hostKeys = HostKeys.read(credentials.knownHosts(), allowed.reach(), answer);
    File home = stateDirectory.toFile();
    SshdSessionFactoryBuilder builder =
        new SshdSessionFactoryBuilder()
            .setHomeDirectory(home)
            .setSshDirectory(new File(home, "no-ssh-configuration"))
            .setConfigStoreFactory((folder, file, user) -> null)
            .setPreferredAuthentications("publickey")
            .setServerKeyDatabase((folder, sshFolder) -> hostKeys);
    if (credentials.hasSshKeyInMemory()) {
      List<KeyPair> pairs = pairs(key);
      builder.setDefaultIdentities(folder -> List.of()).setDefaultKeysProvider(folder -> pairs);
    } else {
      builder.setDefaultIdentities(folder -> List.of(Path.of(keyFile)));
    }
    return new SshAccess(builder.build(null), bounds);
  }

  private static List<KeyPair> pairs(byte[] key) throws CredentialFileException {
    try {
      var pairs = new ArrayList<KeyPair>();
      SecurityUtils.loadKeyPairIdentities(
              null,
              NamedResource.ofName("identity"),
              new ByteArrayInputStream(key),
              FilePasswordProvider.EMPTY)
          .forEach(pairs::add);
      if (!pairs.isEmpty()) {
        return pairs;
      }
    } catch (IOException | GeneralSecurityException | RuntimeException e) {
      // Never said: the parser may repeat parts of the key.
    }
    throw new CredentialFileException("the SSH key is not a private key without a passphrase");
  }

  @Override
  public RemoteSession getSession(
      URIish uri, @Nullable CredentialsProvider credentials, FS fs, int timeout)
      throws TransportException {
    return new Session(real.getSession(uri, credentials, fs, timeout), bounds);
  }

  @Override
  public String getType() {
    return real.getType();
  }

  @Override
  public void close() {
    real.close();
  }

  private record Session(SshdSession real, PollBounds bounds) implements RemoteSession2 {
    @Override
    public Process exec(String command, int timeout) throws IOException {
      return new Channel(real.exec(command, timeout), bounds);
    }

    @Override
    public Process exec(String command, Map<String, String> environment, int timeout)
        throws IOException {
      return new Channel(real.exec(command, environment, timeout), bounds);
    }

    @Override
    public void disconnect() {
      real.disconnect();
    }
  }

  /** A command on the other side whose output is bounded. */
  private static final class Channel extends Process {
    private final Process real;
    private final InputStream output;
    private final InputStream messages;

    Channel(Process real, PollBounds bounds) {
      this.real = real;
      this.output = bounds.bound(real.getInputStream());
      this.messages = bounds.boundMessages(real.getErrorStream(), real::destroy);
    }

    @Override
    public InputStream getInputStream() {
      return output;
    }

    @Override
    public InputStream getErrorStream() {
      return messages;
    }

    @Override
    public OutputStream getOutputStream() {
      return real.getOutputStream();
    }

    @Override
    public int waitFor() throws InterruptedException {
      return real.waitFor();
    }

    @Override
    public boolean waitFor(long time, TimeUnit unit) throws InterruptedException {
      return real.waitFor(time, unit);
    }

    @Override
    public int exitValue() {
      return real.exitValue();
    }

    @Override
    public void destroy() {
      real.destroy();
    }
  }
}
