package dev.sandbar.source.git;

import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.eclipse.jgit.lib.Constants;
import org.eclipse.jgit.lib.ObjectChecker;
import org.eclipse.jgit.lib.ObjectId;
import org.eclipse.jgit.lib.ObjectIdRef;
import org.eclipse.jgit.lib.Ref;
import org.eclipse.jgit.lib.RefUpdate;
import org.eclipse.jgit.lib.Repository;
import org.eclipse.jgit.transport.FetchConnection;
import org.eclipse.jgit.transport.FilterSpec;
import org.eclipse.jgit.transport.RefSpec;
import org.eclipse.jgit.transport.SshTransport;
import org.eclipse.jgit.transport.TagOpt;
import org.eclipse.jgit.transport.Transport;
import org.eclipse.jgit.transport.TransportHttp;
import org.eclipse.jgit.transport.URIish;

/** One connection to the server, for one poll. */
final class Remote implements AutoCloseable {
  private static final int STALL_SECONDS = 20;

  /** What the polls of one source may use, and whom they may reach. */
  record Access(
      GitCredentials credentials, GitReach reach, HttpsTrust trust, Advertisement advertisement) {}

  /**
   * What a ref of the server names.
   *
   * @param shortName how the revision calls it; empty for a fixed commit
   * @param object the commit, or the tag object that points to it
   * @param commit the commit
   */
  record Tip(String shortName, ObjectId object, ObjectId commit) {}

  /**
   * How much is fetched.
   *
   * @param depth so many generations of commits
   * @param contents whether with what is in them
   */
  record Extent(int depth, boolean contents) {
    /** The tip and what is in it. */
    static final Extent TIP = new Extent(1, true);

    static Extent commits(int depth) {
      return new Extent(depth, false);
    }

    static Extent whole(int depth) {
      return new Extent(depth, true);
    }
  }

  private final Repository local;
  private final Transport transport;
  private final FetchConnection connection;
  private final AutoCloseable access;
  private final PollBounds bounds;

  private Remote(
      Repository local,
      Transport transport,
      FetchConnection connection,
      AutoCloseable access,
      PollBounds bounds) {
    this.local = local;
    this.transport = transport;
    this.connection = connection;
    this.access = access;
    this.bounds = bounds;
  }

  /**
   * Connects and asks for one ref only. Servers may answer with more: protocol version 2 filters by
   * prefix, older ones not at all.
   */
  static Remote open(
      Repository local,
      GitSettings settings,
      Access allowed,
      Path stateDirectory,
      PollBounds bounds,
      ServerAnswer answer,
      Extent extent)
      throws IOException {
    bounds.connects();
    Transport transport = transport(local, settings, allowed.reach());
    AutoCloseable access = () -> {};
    try {
      transport.setTimeout((int) Math.clamp(bounds.left().toSeconds(), 1, STALL_SECONDS));
      transport.setTagOpt(TagOpt.NO_TAGS);
      transport.setDepth(extent.depth());
      if (!extent.contents()) {
        transport.setFilterSpec(FilterSpec.fromFilterLine("tree:0"));
      }
      // Old repositories hold harmless mistakes of old tools; what could do harm is still refused.
      transport.setObjectChecker(
          new ObjectChecker().setAllowInvalidPersonIdent(true).setAllowLeadingZeroFileMode(true));
      if (transport instanceof TransportHttp http) {
        HttpAccess.configure(http, settings, allowed, bounds, answer);
      } else if (transport instanceof SshTransport ssh) {
        SshAccess opened =
            SshAccess.open(settings.sshKeyFile(), allowed, stateDirectory, bounds, answer);
        access = opened;
        ssh.setSshSessionFactory(opened);
      }
      List<RefSpec> wanted = candidates(settings.ref()).stream().map(RefSpec::new).toList();
      FetchConnection connection = transport.openFetch(wanted);
      bounds.refsCame();
      return new Remote(local, transport, connection, access, bounds);
    } catch (IOException | RuntimeException e) {
      close(transport, access);
      throw e;
    }
  }

  private static Transport transport(Repository local, GitSettings settings, GitReach reach)
      throws IOException {
    try {
      URIish uri = new URIish(settings.url());
      if (!settings.url().startsWith("file:")) {
        // Not the host of URIish: it does not know every form of an address.
        reach.check(new URI(settings.url()).getHost());
      }
      return settings.url().startsWith("file:")
          ? LocalTransport.serving(local, uri)
          : Transport.open(local, uri);
    } catch (URISyntaxException e) {
      throw new IOException("the address is not well-formed", e);
    }
  }

  /** What the ref names on the server; empty if the server has no such branch or tag. */
  Optional<Tip> tip(String ref) {
    if (SettingsCheck.isCommit(ref)) {
      return Optional.of(fixed(ref));
    }
    Map<String, Ref> offered = connection.getRefsMap();
    return candidates(ref).stream()
        .flatMap(name -> Stream.ofNullable(offered.get(name)))
        .flatMap(found -> tipOf(found).stream())
        .findFirst();
  }

  /** A commit needs no answer of the server. */
  static Tip fixed(String commit) {
    ObjectId id = ObjectId.fromString(commit);
    return new Tip("", id, id);
  }

  /**
   * Fetches the tip into the tracking ref of the clone. JGit's own fetch command cannot be used: it
   * either leaves the objects unchecked, or calls every clone without history incomplete.
   */
  void fetch(Tip tip) throws IOException {
    Ref want = new ObjectIdRef.Unpeeled(Ref.Storage.NETWORK, tip.object().name(), tip.object());
    connection.fetch(bounds.monitor(), List.of(want), Set.of());
    RefUpdate update = local.updateRef(LocalClone.TRACKING);
    update.setNewObjectId(tip.object());
    switch (update.forceUpdate()) {
      case NEW, FORCED, FAST_FORWARD, NO_CHANGE -> {}
      case NOT_ATTEMPTED,
          LOCK_FAILURE,
          REJECTED,
          REJECTED_CURRENT_BRANCH,
          REJECTED_MISSING_OBJECT,
          REJECTED_OTHER_REASON,
          IO_FAILURE,
          RENAMED ->
          throw new IOException("the fetched commit could not be recorded");
    }
  }

  @Override
  public void close() {
    connection.close();
    close(transport, access);
  }

  private static void close(Transport transport, AutoCloseable access) {
    transport.close();
    try {
      access.close();
    } catch (Exception e) {
      throw new IllegalStateException("closing the connection", e);
    }
  }

  private static List<String> candidates(String ref) {
    if (ref.equals(Constants.HEAD)
        || ref.startsWith(Constants.R_REFS)
        || SettingsCheck.isCommit(ref)) {
      return List.of(ref);
    }
    return List.of(Constants.R_HEADS + ref, Constants.R_TAGS + ref);
  }

  private static Optional<Tip> tipOf(Ref ref) {
    Ref leaf = ref.isSymbolic() ? ref.getLeaf() : ref;
    String shortName = Repository.shortenRefName(leaf.getName());
    return Optional.ofNullable(ref.getObjectId())
        .map(
            object ->
                new Tip(
                    shortName,
                    object,
                    Optional.ofNullable(ref.getPeeledObjectId()).orElse(object)));
  }
}
