package dev.sandbar.source.git;

import dev.sandbar.source.SourceTooLargeException;
import dev.sandbar.source.git.Fault.Reason;
import dev.sandbar.source.net.LostConnection;
import dev.sandbar.source.net.Outbound;
import dev.sandbar.source.net.TlsFault;
import dev.sandbar.source.net.WebPage;
import java.io.FileNotFoundException;
import java.io.InterruptedIOException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Predicate;
import org.eclipse.jgit.errors.CorruptObjectException;
import org.eclipse.jgit.errors.LargeObjectException;
import org.eclipse.jgit.errors.LockFailedException;
import org.eclipse.jgit.errors.NoRemoteRepositoryException;
import org.eclipse.jgit.errors.RemoteRepositoryException;
import org.eclipse.jgit.errors.TooLargeObjectInPackException;

/** Turns an exception of a poll into words: what is wrong, and what a person can do about it. */
final class FaultReader {
  private static final int LONGEST_DETAIL = 200;
  private static final int DEEPEST_CAUSE = 20;

  private static final List<String> DISK =
      List.of(
          "No space left",
          "Disk quota exceeded",
          "Input/output error",
          "Read-only file system",
          "Permission denied",
          "Too many open files",
          "Structure needs cleaning");

  private final List<Throwable> causes;
  private final ServerAnswer answer;
  private final PollBounds bounds;

  private FaultReader(Throwable failure, ServerAnswer answer, PollBounds bounds) {
    this.causes = causes(failure);
    this.answer = answer;
    this.bounds = bounds;
  }

  /** The fault that a failed exchange with the server is; empty if the server has no part in it. */
  static Optional<Fault> ofServer(Throwable failure, ServerAnswer answer, PollBounds bounds) {
    var reader = new FaultReader(failure, answer, bounds);
    return reader
        .forbidden()
        .or(reader::bounds)
        .or(reader::credentials)
        .or(reader::proxy)
        .or(reader::http)
        .or(reader::ssh)
        .or(reader::repository)
        .or(reader::network)
        .or(reader::cut);
  }

  /**
   * The fault of a poll that made the clone: nothing in it is old enough to be broken, so what does
   * not fit together came from the server, unless this side could not store it.
   */
  static Fault ofNewClone(Throwable failure) {
    List<Throwable> causes = causes(failure);
    if (causes.stream().anyMatch(LargeObjectException.class::isInstance)) {
      return new Fault(
          Reason.TOO_LARGE,
          "the repository holds a folder of too many files, or another object that is too large",
          "Keep manifests in a repository of their own, with folders of fewer files");
    }
    if (causes.stream().anyMatch(FaultReader::isOfDisk)) {
      return local(failure);
    }
    return new Fault(
        Reason.UNREACHABLE,
        "the server sends a damaged pack, or one that lacks objects: " + detail(failure),
        "Run 'git fsck' on the server; it is fetched again by itself");
  }

  /** What the kernel says of files, in the exceptions of which most name one. */
  private static boolean isOfDisk(Throwable failure) {
    String said = message(failure);
    return failure instanceof FileSystemException
        || failure instanceof FileNotFoundException
        || failure instanceof LockFailedException
        || DISK.stream().anyMatch(said::contains);
  }

  /** True if the exchange was ended on this side, by a bound or a check. */
  static boolean isCut(Throwable failure) {
    return causes(failure).stream()
        .anyMatch(
            it ->
                it instanceof SourceTooLargeException
                    || it instanceof TooLargeObjectInPackException
                    || it instanceof CorruptObjectException
                    || it instanceof InterruptedIOException);
  }

  /** The fault for what nothing else explains. */
  static Fault unexplained(Throwable failure) {
    return new Fault(
        Reason.UNREACHABLE,
        "the repository cannot be fetched: " + detail(failure),
        "Check the address and the server");
  }

  static Fault local(Throwable failure) {
    return new Fault(
        Reason.LOCAL_STATE,
        "the local clone cannot be used: " + detail(failure),
        "Check the state directory: space, rights, disk errors");
  }

  static Fault tooLarge(SourceTooLargeException failure) {
    return new Fault(
        Reason.TOO_LARGE,
        String.valueOf(failure.getMessage()),
        "Keep manifests in a repository of their own, or read a narrower path");
  }

  static Fault timedOut(PollBounds bounds) {
    return new Fault(
        Reason.TIMED_OUT,
        "the server did not answer in time; a poll may take "
            + bounds.limits().timeout().toSeconds()
            + " s",
        "Check the network and the load of the server");
  }

  private Optional<Fault> forbidden() {
    return find(GitReach.ForbiddenAddressException.class)
        .or(
            () ->
                answer.isForbiddenAddress()
                    ? Optional.of(new GitReach.ForbiddenAddressException())
                    : Optional.empty())
        .map(
            it ->
                new Fault(
                    Reason.FORBIDDEN_ADDRESS,
                    String.valueOf(it.getMessage()),
                    "Use the address of a Git server"));
  }

  private Optional<Fault> bounds() {
    Optional<SourceTooLargeException> large =
        find(SourceTooLargeException.class).or(bounds::exceeded);
    if (large.isPresent()) {
      return large.map(FaultReader::tooLarge);
    }
    if (any(TooLargeObjectInPackException.class::isInstance)) {
      return fault(
          Reason.TOO_LARGE,
          "the repository holds a file of more than " + bounds.limits().maxObjectBytes() + " bytes",
          "Remove it, or keep manifests in a repository of their own");
    }
    boolean late =
        bounds.expired()
            || any(SocketTimeoutException.class::isInstance)
            || any(InterruptedIOException.class::isInstance);
    return late ? Optional.of(timedOut(bounds)) : Optional.empty();
  }

  private Optional<Fault> credentials() {
    return find(CredentialFileException.class)
        .map(
            it ->
                new Fault(
                    Reason.AUTHENTICATION_FAILED,
                    String.valueOf(it.getMessage()),
                    "Put the right one there and let Sandbar read it"));
  }

  private Optional<Fault> proxy() {
    return answer
        .target()
        .flatMap(target -> Outbound.fault(causes.getFirst(), target))
        .map(
            message ->
                new Fault(Reason.UNREACHABLE, message, "Check the proxy and what it lets through"));
  }

  private Optional<Fault> http() {
    int status = answer.status();
    return switch (status) {
      case 401, 403 -> status == 403 && isAskedToWait() ? busy(status) : denied(status);
      case 407 ->
          fault(
              Reason.AUTHENTICATION_FAILED,
              answer
                  .target()
                  .map(target -> Outbound.refusal(status, target))
                  .orElse("the proxy requires authentication (HTTP 407)"),
              "Give username and passwordFile in network.proxy of agent.yaml");
      case WebPage.LOGIN_REQUIRED -> page("HTTP " + status);
      case 301, 302, 303, 307, 308 ->
          fault(
              Reason.REDIRECTED,
              "the server sends to another address (HTTP " + status + "), which is not followed",
              "Use the repository's present address, often the one that ends in .git; if that is in"
                  + " use, "
                  + WebPage.QUESTION);
      case 404, 410 ->
          fault(
              Reason.REPOSITORY_MISSING,
              "there is no repository at the address (HTTP " + status + ")",
              "Check the address; many servers also say so when a token is missing");
      case 429 -> busy(status);
      case 200 -> answer.isWebPage() ? page("HTTP 200") : notGit();
      default ->
          status >= 500
              ? Optional.of(
                  new Fault(
                      Reason.UNREACHABLE,
                      "the server failed (HTTP " + status + ")",
                      "Wait, or ask the server's owner",
                      answer.retryAfter()))
              : Optional.empty();
    };
  }

  private static Optional<Fault> page(String status) {
    return fault(
        Reason.UNREACHABLE,
        "the server %s (%s)".formatted(WebPage.insteadOf("a repository"), status),
        "Log in to the network, or check the address");
  }

  private Optional<Fault> notGit() {
    return find(HttpAccess.NotGitException.class)
        .flatMap(
            it ->
                fault(
                    Reason.REPOSITORY_MISSING,
                    String.valueOf(it.getMessage()),
                    "Use a server with Git's smart HTTP protocol; plain files of a web server are"
                        + " not read"));
  }

  private boolean isAskedToWait() {
    return answer.retryAfter().isPositive();
  }

  /** Never says for how long: the number is another one each time, and so would the message be. */
  private Optional<Fault> busy(int status) {
    return Optional.of(
        new Fault(
            Reason.UNREACHABLE,
            "the server limits the number of requests (HTTP " + status + ")",
            "Use a longer interval",
            answer.retryAfter()));
  }

  private Optional<Fault> denied(int status) {
    if (answer.isTokenSent()) {
      return fault(
          Reason.AUTHENTICATION_FAILED,
          "the server refuses the credentials (HTTP " + status + ")",
          "Check the token, and that it may read the repository");
    }
    return fault(
        Reason.AUTHENTICATION_FAILED,
        "the server requires authentication, and no token is set (HTTP " + status + ")",
        "Set git.tokenFile in agent.yaml, or secretRef in the GitSource");
  }

  private Optional<Fault> ssh() {
    Optional<String> hostKey = answer.hostKeyFault();
    if (hostKey.isPresent()) {
      return fault(
          Reason.SERVER_NOT_TRUSTED,
          hostKey.get(),
          "If the server's owner confirms this key, put it into the known_hosts file");
    }
    if (any(it -> message(it).contains("authentication methods"))) {
      return fault(
          Reason.AUTHENTICATION_FAILED,
          "the server refuses the SSH key",
          "Give the public key read access, and check that the key file has no passphrase");
    }
    return Optional.empty();
  }

  private Optional<Fault> repository() {
    if (any(NoRemoteRepositoryException.class::isInstance)) {
      return fault(
          Reason.REPOSITORY_MISSING,
          "there is no repository at the address",
          "Check the address and that it may be read");
    }
    Optional<CorruptObjectException> corrupt =
        find(CorruptObjectException.class).filter(it -> it.getErrorType() != null);
    if (corrupt.isPresent()) {
      return fault(
          Reason.UNSAFE_OBJECT,
          "the repository holds an object that Git does not allow: " + detail(corrupt.get()),
          "Run 'git fsck' in the repository and rewrite the commit");
    }
    return find(RemoteRepositoryException.class).map(FaultReader::refusal);
  }

  /** What the server said in Git's own words, which differ between servers. */
  private static Fault refusal(RemoteRepositoryException said) {
    String words = message(said).toLowerCase(Locale.ROOT);
    if (words.contains("shallow")) {
      return new Fault(Reason.REF_MISSING, "the ref does not name a commit", "Follow a branch");
    }
    return words.contains("not our ref") || words.contains("want") || words.contains("missing")
        ? new Fault(
            Reason.REF_MISSING,
            "the server does not have the commit, or does not give it out",
            "Follow a branch or a tag")
        : unexplained(said);
  }

  private Optional<Fault> network() {
    Optional<TlsFault> tls = TlsFault.of(causes.getFirst(), server());
    if (tls.isPresent()) {
      return tls.map(FaultReader::tls);
    }
    if (any(LostConnection::isUnknownName)) {
      return fault(
          Reason.UNREACHABLE, "the name of the server is unknown", "Check the address and the DNS");
    }
    return causes.stream()
        .filter(LostConnection::isUnreached)
        .findFirst()
        .map(
            it ->
                new Fault(
                    Reason.UNREACHABLE,
                    "the server cannot be reached: " + detail(it),
                    "Check the address, the network and the server"));
  }

  private String server() {
    return answer.target().map(URI::getHost).orElse("the server");
  }

  private static Fault tls(TlsFault fault) {
    return switch (fault.kind()) {
      case PROTOCOL -> new Fault(Reason.UNREACHABLE, fault.message(), fault.help());
      case UNKNOWN_AUTHORITY ->
          new Fault(
              Reason.SERVER_NOT_TRUSTED,
              fault.message(),
              "Give the authority as git.caFile in agent.yaml, or ca.crt in the Secret of the"
                  + " GitSource; that of a proxy that opens TLS as network.caFile in agent.yaml");
      case EXPIRED, NOT_YET_VALID, OTHER_NAME, CERTIFICATE ->
          new Fault(Reason.SERVER_NOT_TRUSTED, fault.message(), fault.help());
    };
  }

  private Optional<Fault> cut() {
    return bounds.isCutByServer(causes) || any(SocketException.class::isInstance)
        ? fault(
            Reason.UNREACHABLE,
            "the server ended the connection before everything had come",
            "Check the network, the server and any proxy between; the fetch is retried"
                + " automatically")
        : Optional.empty();
  }

  private boolean any(Predicate<Throwable> test) {
    return causes.stream().anyMatch(test);
  }

  private <T extends Throwable> Optional<T> find(Class<T> type) {
    return causes.stream().filter(type::isInstance).map(type::cast).findFirst();
  }

  private static Optional<Fault> fault(Reason reason, String message, String help) {
    return Optional.of(new Fault(reason, message, help));
  }

  private static List<Throwable> causes(Throwable failure) {
    var causes = new ArrayList<Throwable>();
    Throwable cause = failure;
    while (cause != null && causes.size() < DEEPEST_CAUSE) {
      causes.add(cause);
      cause = cause.getCause();
    }
    return causes;
  }

  private static String message(Throwable failure) {
    return String.valueOf(failure.getMessage());
  }

  /** What the deepest cause says, as one short line: the server may have written parts of it. */
  private static String detail(Throwable failure) {
    Throwable cause = causes(failure).getLast();
    String text =
        switch (cause) {
          case NoSuchFileException gone -> gone.getFile() + " does not exist";
          case AccessDeniedException denied -> denied.getFile() + " may not be used";
          case FileAlreadyExistsException other -> other.getFile() + " is not a directory";
          default -> message(cause);
        };
    var line = new StringBuilder();
    text.codePoints()
        .limit(LONGEST_DETAIL)
        .map(c -> Character.isISOControl(c) || Character.getType(c) == Character.FORMAT ? ' ' : c)
        .forEach(line::appendCodePoint);
    return line.toString().strip();
  }
}
