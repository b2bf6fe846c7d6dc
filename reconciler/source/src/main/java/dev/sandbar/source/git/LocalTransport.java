package dev.sandbar.source.git;

import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.util.Collection;
import java.util.Set;
import org.eclipse.jgit.errors.MissingObjectException;
import org.eclipse.jgit.errors.NoRemoteRepositoryException;
import org.eclipse.jgit.errors.NotSupportedException;
import org.eclipse.jgit.errors.PackProtocolException;
import org.eclipse.jgit.errors.RemoteRepositoryException;
import org.eclipse.jgit.errors.TransportException;
import org.eclipse.jgit.lib.ObjectId;
import org.eclipse.jgit.lib.ProgressMonitor;
import org.eclipse.jgit.lib.Ref;
import org.eclipse.jgit.lib.Repository;
import org.eclipse.jgit.lib.RepositoryCache.FileKey;
import org.eclipse.jgit.storage.file.FileRepositoryBuilder;
import org.eclipse.jgit.transport.BasePackFetchConnection;
import org.eclipse.jgit.transport.FetchConnection;
import org.eclipse.jgit.transport.PackTransport;
import org.eclipse.jgit.transport.PushConnection;
import org.eclipse.jgit.transport.Transport;
import org.eclipse.jgit.transport.URIish;
import org.eclipse.jgit.transport.UploadPack;
import org.eclipse.jgit.util.FS;
import org.jspecify.annotations.Nullable;

/**
 * A repository on the same machine, served by a thread of this process. JGit's own transport for
 * that takes a plain file for a bundle, and prints a stack trace whenever a fetch is cut off.
 */
final class LocalTransport extends Transport implements PackTransport {
  private static final int PIPE_BYTES = 64 * 1024;

  private final Repository served;

  private LocalTransport(Repository local, URIish uri, Repository served) {
    super(local, uri);
    this.served = served;
  }

  static LocalTransport serving(Repository local, URIish uri) throws IOException {
    File directory = new File(uri.getPath());
    File git = directory.isDirectory() ? FileKey.resolve(directory, FS.DETECTED) : null;
    if (git == null) {
      throw new NoRemoteRepositoryException(uri, "not a repository");
    }
    return new LocalTransport(local, uri, new FileRepositoryBuilder().setGitDir(git).build());
  }

  @Override
  public FetchConnection openFetch() throws TransportException {
    return new Connection(this);
  }

  @Override
  public PushConnection openPush() throws NotSupportedException {
    throw new NotSupportedException("nothing is ever pushed");
  }

  @Override
  public void close() {
    served.close();
  }

  private static final class Connection extends BasePackFetchConnection {
    private final Thread server;
    private volatile @Nullable Exception failure;

    Connection(LocalTransport transport) throws TransportException {
      super(transport);
      try {
        var toServer = new PipedInputStream(PIPE_BYTES);
        var fromServer = new PipedInputStream(PIPE_BYTES);
        var requests = new PipedOutputStream(toServer);
        var answers = new PipedOutputStream(fromServer);
        server =
            Thread.ofVirtual()
                .name("git-serve")
                .start(() -> serve(transport.served, toServer, answers));
        init(fromServer, requests);
        readAdvertisedRefs();
      } catch (IOException e) {
        throw new TransportException(transport.getURI(), "cannot serve the repository", e);
      }
    }

    private void serve(Repository repository, PipedInputStream in, PipedOutputStream answers) {
      try (in;
          answers) {
        var upload = new UploadPack(repository);
        upload.setRequestPolicy(UploadPack.RequestPolicy.ANY);
        upload.uploadWithExceptionPropagation(in, answers, OutputStream.nullOutputStream());
      } catch (IOException | RuntimeException e) {
        failure = e;
      }
    }

    @Override
    protected void doFetch(
        ProgressMonitor monitor, Collection<Ref> want, Set<ObjectId> have, OutputStream output)
        throws TransportException {
      try {
        super.doFetch(monitor, want, have, output);
      } catch (TransportException e) {
        Exception reason = failure;
        boolean refused =
            reason instanceof PackProtocolException || reason instanceof MissingObjectException;
        if (reason == null || !refused || FaultReader.isCut(e)) {
          throw e; // this side ended it; that the server then found its pipe closed says nothing
        }
        throw new RemoteRepositoryException(uri, String.valueOf(reason.getMessage()));
      }
    }

    @Override
    public void close() {
      super.close();
      try {
        server.join();
      } catch (InterruptedException e) {
        server.interrupt();
        Thread.currentThread().interrupt();
      }
    }
  }
}
