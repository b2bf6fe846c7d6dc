package dev.sandbar.source.git;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
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
      GitSettings settings, Path stateDirectory, PollBounds bounds, ServerAnswer answer)
      throws IOException {
    Ed25519Support.register();
    CredentialFile.read("SSH key file", settings.sshKeyFile());
    var hostKeys = HostKeys.read(settings.knownHostsFile(), answer);
    File home = stateDirectory.toFile();
    SshdSessionFactory factory =
        new SshdSessionFactoryBuilder()
            .setHomeDirectory(home)
            .setSshDirectory(new File(home, "no-ssh-configuration"))
            .setConfigStoreFactory((folder, file, user) -> null)
            .setPreferredAuthentications("publickey")
            .setDefaultIdentities(folder -> List.of(Path.of(settings.sshKeyFile())))
            .setServerKeyDatabase((folder, sshFolder) -> hostKeys)
            .build(null);
    return new SshAccess(factory, bounds);
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

    Channel(Process real, PollBounds bounds) {
      this.real = real;
      this.output = bounds.bound(real.getInputStream());
    }

    @Override
    public InputStream getInputStream() {
      return output;
    }

    @Override
    public InputStream getErrorStream() {
      return real.getErrorStream();
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
