package dev.sandbar.gitserver;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** The real OpenSSH server on a free port of loopback, with keys and a configuration of its own. */
public final class SshServer implements AutoCloseable {
  private static final Path SSHD = Path.of("/usr/sbin/sshd");

  /** The port. */
  public final int port;

  private final Path directory;
  private Process process;

  private SshServer(Path directory, int port) throws IOException {
    this.directory = directory;
    this.port = port;
    this.process = launch();
  }

  /** Whether the program is there; with CI=true it must be. */
  public static boolean isInstalled() {
    boolean installed = Files.isExecutable(SSHD);
    if (!installed && "true".equals(System.getenv("CI"))) {
      throw new IllegalStateException("openssh-server is missing: apt-get install openssh-server");
    }
    return installed;
  }

  /** Starts a server with a host key of this type. */
  public static SshServer start(Path directory, String hostKeyType) throws IOException {
    Files.createDirectories(directory);
    Files.createDirectories(Path.of("/run/sshd"));
    int port;
    try (var probe = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = probe.getLocalPort();
    }
    keygen(directory.resolve("host"), hostKeyType);
    Files.writeString(directory.resolve("authorized"), "");
    Files.writeString(
        directory.resolve("config"),
        """
        Port %d
        ListenAddress 127.0.0.1
        HostKey %s
        AuthorizedKeysFile %s
        StrictModes no
        PidFile none
        UsePAM no
        PasswordAuthentication no
        KbdInteractiveAuthentication no
        PermitRootLogin prohibit-password
        AcceptEnv GIT_PROTOCOL
        """
            .formatted(port, directory.resolve("host"), directory.resolve("authorized")));
    return new SshServer(directory, port);
  }

  /** Makes a key pair; returns the private one. */
  public static Path keygen(Path file, String type) {
    Command.run(
        Path.of(System.getProperty("java.io.tmpdir")),
        new byte[0],
        List.of("ssh-keygen", "-q", "-t", type, "-N", "", "-f", file.toString()));
    return file;
  }

  /** Lets the owner of this key in, and nobody else. */
  public void authorize(Path key) throws IOException {
    // The forced command pins Git's settings, which a login shell would not inherit from the test.
    authorize(key, "git -c safe.directory=* shell -c \\\"$SSH_ORIGINAL_COMMAND\\\"");
  }

  /** The same, who gets this program whatever they ask for. */
  public void authorize(Path key, String program) throws IOException {
    Files.writeString(
        directory.resolve("authorized"),
        "command=\"" + program + "\",restrict " + Files.readString(Path.of(key + ".pub")));
  }

  /** The line of {@code known_hosts} for this server. */
  public String knownHosts() throws IOException {
    String[] key = Files.readString(directory.resolve("host.pub")).split(" ");
    return "[localhost]:" + port + " " + key[0] + " " + key[1].strip() + "\n";
  }

  /** Comes back with another host key. */
  public void changeHostKey(String type) throws IOException {
    close();
    Files.delete(directory.resolve("host"));
    Files.delete(directory.resolve("host.pub"));
    keygen(directory.resolve("host"), type);
    process = launch();
  }

  private Process launch() throws IOException {
    Process started =
        new ProcessBuilder(
                SSHD.toString(), "-D", "-e", "-f", directory.resolve("config").toString())
            .redirectErrorStream(true)
            .redirectOutput(directory.resolve("log").toFile())
            .start();
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
    while (System.nanoTime() < end && started.isAlive()) {
      try (var socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
        if (socket.isConnected()) {
          return started;
        }
      } catch (IOException notYet) {
        Thread.onSpinWait();
      }
    }
    throw new IllegalStateException(
        "sshd did not start: " + Files.readString(directory.resolve("log")));
  }

  @Override
  public void close() {
    process.destroy();
    try {
      process.waitFor(10, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
