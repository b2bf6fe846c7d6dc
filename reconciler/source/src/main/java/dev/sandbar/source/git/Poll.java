package dev.sandbar.source.git;

import dev.sandbar.source.ContentKeeper;
import dev.sandbar.source.Snapshot;
import dev.sandbar.source.SourceTooLargeException;
import dev.sandbar.source.git.Fault.Reason;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.Path;
import java.util.Optional;
import org.eclipse.jgit.errors.IncorrectObjectTypeException;
import org.eclipse.jgit.errors.LargeObjectException;
import org.eclipse.jgit.lib.Constants;
import org.eclipse.jgit.lib.ObjectId;
import org.eclipse.jgit.lib.Repository;
import org.eclipse.jgit.revwalk.RevCommit;
import org.eclipse.jgit.revwalk.RevWalk;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One poll.
 *
 * <pre>
 * ask the server what it can do, and for the ref (not for a fixed commit; see Advertisement)
 * same revision as before: unchanged
 * clone does not hold the commit: fetch it      (clone broken: throw it away, once, and fetch again)
 * read the manifests                            (clone broken: as above)
 * </pre>
 */
final class Poll {
  private static final Logger LOG = LoggerFactory.getLogger(Poll.class);

  /** The outcome of an exchange with the server is a fault that a new clone would not repair. */
  private static final class ServerFault extends Exception {
    private static final long serialVersionUID = 1L;
    private final transient Fault fault;

    ServerFault(Fault fault) {
      super(fault.message());
      this.fault = fault;
    }
  }

  private final GitSettings settings;
  private final Remote.Access access;
  private final Path stateDirectory;
  private final PollBounds bounds;
  private final ContentKeeper keeper;
  private final LocalClone clone;
  private final ServerAnswer answer = new ServerAnswer();

  Poll(
      GitSettings settings,
      Remote.Access access,
      Path stateDirectory,
      PollBounds bounds,
      ContentKeeper keeper) {
    this.keeper = keeper;
    this.settings = settings;
    this.access = access;
    this.stateDirectory = stateDirectory;
    this.bounds = bounds;
    this.clone = new LocalClone(stateDirectory, settings);
  }

  PollResult run(String previousRevision) {
    try {
      return attempt(previousRevision);
    } catch (ServerFault e) {
      return new PollResult.Failed(e.fault);
    } catch (IOException | RuntimeException broken) {
      LOG.warn("source={} action=clone-anew message={}", settings.url(), FaultReader.local(broken));
    }
    try {
      clone.wipe();
      return attempt(previousRevision);
    } catch (ServerFault e) {
      return new PollResult.Failed(e.fault);
    } catch (IOException | RuntimeException e) {
      return new PollResult.Failed(FaultReader.ofNewClone(e));
    }
  }

  private PollResult attempt(String previousRevision) throws IOException, ServerFault {
    if (clone.isWorn(bounds.limits())) {
      clone.wipe();
    }
    try (Repository repository = clone.open(bounds)) {
      Optional<Remote.Tip> tip = heldCommit(repository);
      if (tip.isEmpty()) {
        tip = exchange(repository, previousRevision);
      }
      String revision = revision(tip.get());
      return revision.equals(previousRevision)
          ? new PollResult.Unchanged(revision)
          : read(repository, tip.get().commit(), revision);
    }
  }

  /** A fixed commit that the clone holds cannot change: no server needs to be asked. */
  private Optional<Remote.Tip> heldCommit(Repository repository) throws IOException {
    if (!SettingsCheck.isCommit(settings.ref())) {
      return Optional.empty();
    }
    Remote.Tip tip = Remote.fixed(settings.ref());
    return LocalClone.holds(repository, tip.commit()) ? Optional.of(tip) : Optional.empty();
  }

  /** Asks the server, and fetches if it has something new that the clone does not hold. */
  private Optional<Remote.Tip> exchange(Repository repository, String previousRevision)
      throws IOException, ServerFault {
    try (Remote remote = connect(repository)) {
      Remote.Tip tip = remote.tip(settings.ref()).orElseThrow(this::refMissing);
      boolean known =
          revision(tip).equals(previousRevision) || LocalClone.holds(repository, tip.commit());
      if (!known) {
        fetch(remote, tip);
      }
      return Optional.of(tip);
    }
  }

  private Remote connect(Repository repository) throws ServerFault {
    boolean remembered = access.advertisement().isKept();
    try {
      return Remote.open(
          repository, settings, access, stateDirectory, bounds, answer, Remote.Extent.TIP);
    } catch (IOException | RuntimeException e) {
      access.advertisement().forget();
      if (remembered && !FaultReader.isCut(e)) {
        // Perhaps the server can no longer do what it said: it is asked anew.
        return connect(repository);
      }
      throw new ServerFault(
          FaultReader.ofServer(e, answer, bounds).orElseGet(() -> FaultReader.unexplained(e)));
    }
  }

  private void fetch(Remote remote, Remote.Tip tip) throws IOException, ServerFault {
    try {
      remote.fetch(tip);
    } catch (IOException | RuntimeException e) {
      access.advertisement().forget();
      Optional<Fault> fault = FaultReader.ofServer(e, answer, bounds);
      if (fault.isPresent()) {
        throw new ServerFault(fault.get());
      }
      throw e;
    }
  }

  private ServerFault refMissing() {
    return new ServerFault(
        new Fault(Reason.REF_MISSING, missing(settings.ref()), "Push it, or follow another ref"));
  }

  private static String missing(String ref) {
    if (ref.equals(Constants.HEAD)) {
      return "the repository has no commit on its default branch";
    }
    String what =
        ref.startsWith(Constants.R_HEADS)
            ? "branch"
            : ref.startsWith(Constants.R_TAGS)
                ? "tag"
                : ref.startsWith(Constants.R_REFS) ? "ref" : "branch or tag";
    String name = what.equals("ref") ? ref : Repository.shortenRefName(ref);
    return "the repository has no %s '%s'".formatted(what, name);
  }

  private PollResult read(Repository repository, ObjectId id, String revision)
      throws IOException, ServerFault {
    try (RevWalk walk = new RevWalk(repository)) {
      RevCommit commit = walk.parseCommit(id);
      Optional<Snapshot> snapshot =
          TreeReader.read(repository, commit.getTree(), settings.path(), revision, bounds, keeper);
      return new PollResult.Fetched(
          snapshot.orElseThrow(
              () ->
                  new ServerFault(
                      new Fault(
                          Reason.PATH_MISSING,
                          "there is no folder '" + settings.path() + "' in " + revision,
                          "Check the path"))));
    } catch (IncorrectObjectTypeException e) {
      throw new ServerFault(
          new Fault(Reason.REF_MISSING, "the ref does not name a commit", "Follow a branch"));
    } catch (SourceTooLargeException e) {
      throw new ServerFault(FaultReader.tooLarge(e));
    } catch (LargeObjectException e) {
      throw new ServerFault(
          FaultReader.tooLarge(
              new SourceTooLargeException("a folder has more files than are read")));
    } catch (InterruptedIOException e) {
      throw new ServerFault(FaultReader.timedOut(bounds));
    }
  }

  private static String revision(Remote.Tip tip) {
    return (tip.shortName().isEmpty() ? "" : tip.shortName() + "@") + "sha1:" + tip.commit().name();
  }
}
