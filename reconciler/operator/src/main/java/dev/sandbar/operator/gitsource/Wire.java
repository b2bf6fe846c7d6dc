package dev.sandbar.operator.gitsource;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.sandbar.core.model.Diagnostic;
import dev.sandbar.core.model.FileContent;
import dev.sandbar.core.model.Location;
import dev.sandbar.core.model.Problem;
import dev.sandbar.core.model.Sha256;
import dev.sandbar.core.plan.PruneGuard;
import dev.sandbar.core.report.Reason;
import dev.sandbar.source.SourceTooLargeException;
import dev.sandbar.source.git.GitSecrets;
import dev.sandbar.source.git.GitSettings;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.LongFunction;

/**
 * What the operator and a worker say to each other: frames of a length, the number of a job, and
 * fields. A worker has read what strangers wrote, so no field of it is longer than its frame, and
 * no frame longer than {@link #MAX_BYTES}; whatever else it says is an {@link IOException}.
 */
final class Wire {
  /** Of one frame: more than the apps of a source may have. */
  static final int MAX_BYTES = 8 * 1024 * 1024;

  private static final int MAX_PROBLEMS = 500;
  private static final int HEADER = 8;

  private Wire() {}

  /** What the operator asks for. */
  sealed interface Request {
    long job();

    /** A poll. */
    record Poll(long job, GitJob what) implements Request {}

    /** The end of one: nobody waits for it any more. */
    record Cancel(long job) implements Request {}
  }

  /**
   * What a worker found.
   *
   * @param before apps by name that the operator has; those of them that are found again are not
   *     sent again
   */
  record Answer(long job, Look look, Map<String, GitApp> before) {}

  static void write(DataOutputStream out, Request request) throws IOException {
    var fields = new Fields();
    switch (request) {
      case Request.Cancel _ -> fields.out.writeByte(0);
      case Request.Poll(_, var what) -> {
        fields.out.writeByte(1);
        GitSettings settings = what.settings();
        fields.texts(
            what.uid(),
            what.namespace(),
            what.contentKey(),
            settings.url(),
            settings.ref(),
            settings.path(),
            settings.username(),
            what.secrets().token(),
            what.secrets().sshKey(),
            what.secrets().knownHosts(),
            what.secrets().caCertificates(),
            what.revision(),
            what.applied());
        fields.out.writeBoolean(what.loopback());
        fields.out.writeLong(what.timeout().toMillis());
      }
    }
    fields.send(out, request.job());
  }

  static Request readRequest(DataInputStream in) throws IOException {
    var frame = new Frame(in);
    if (frame.in.readByte() == 0) {
      return new Request.Cancel(frame.job);
    }
    String uid = frame.text();
    String namespace = frame.text();
    String contentKey = frame.text();
    GitSettings settings =
        GitSettings.of(frame.text())
            .withRef(frame.text())
            .withPath(frame.text())
            .withToken("", frame.text());
    var secrets = new GitSecrets(frame.text(), frame.text(), frame.text(), frame.text());
    String revision = frame.text();
    String applied = frame.text();
    boolean loopback = frame.in.readBoolean();
    Duration timeout = Duration.ofMillis(frame.in.readLong());
    return new Request.Poll(
        frame.job,
        new GitJob(
            uid, namespace, contentKey, settings, secrets, loopback, timeout, revision, applied));
  }

  /** Writes an answer, or that it is too large to be one. */
  static void write(DataOutputStream out, Answer answer) throws IOException {
    Fields fields;
    try {
      fields = fields(answer.look(), answer.before());
    } catch (SourceTooLargeException e) {
      fields =
          fields(
              new Look.Failed(
                  Reason.GIT_OPERATION_FAILED,
                  true,
                  e.getMessage() + " (Split the repository, or read a narrower path)"),
              Map.of());
    }
    fields.send(out, answer.job());
  }

  private static Fields fields(Look look, Map<String, GitApp> before) throws IOException {
    var fields = new Fields();
    switch (look) {
      case Look.Unchanged _ -> fields.out.writeByte(0);
      case Look.Failed(var reason, var stalled, var message, var retryAfter) -> {
        fields.out.writeByte(1);
        fields.texts(reason.name(), message);
        fields.out.writeBoolean(stalled);
        fields.out.writeLong(retryAfter.toMillis());
      }
      case Look.Found(var declared) -> {
        fields.out.writeByte(2);
        fields.declared(declared, before);
      }
    }
    return fields;
  }

  /**
   * Reads an answer; empty if nobody waits for it any more.
   *
   * @param before what the operator has, by the number of a job that is in hand
   */
  static Optional<Answer> readAnswer(
      DataInputStream in, LongFunction<Optional<Map<String, GitApp>>> before) throws IOException {
    var frame = new Frame(in);
    Optional<Map<String, GitApp>> known = before.apply(frame.job);
    if (known.isEmpty()) {
      return Optional.empty();
    }
    try {
      Look look =
          switch (frame.in.readByte()) {
            case 0 -> new Look.Unchanged();
            case 1 -> frame.failed();
            case 2 -> new Look.Found(frame.declared(known.get()));
            default -> throw new IOException("an unknown kind of answer");
          };
      frame.end();
      return Optional.of(new Answer(frame.job, look, known.get()));
    } catch (IllegalArgumentException e) {
      throw new IOException("an answer that cannot be one: " + e.getMessage(), e);
    }
  }

  /** Fields that are written. */
  private static final class Fields {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final DataOutputStream out = new DataOutputStream(bytes);

    void texts(String... texts) throws IOException {
      for (String text : texts) {
        byte[] encoded = text.getBytes(UTF_8);
        if ((long) bytes.size() + encoded.length > MAX_BYTES - HEADER - Integer.BYTES) {
          throw new SourceTooLargeException(
              "the apps of the repository have more than " + MAX_BYTES + " bytes together");
        }
        out.writeInt(encoded.length);
        out.write(encoded);
      }
    }

    void declared(DeclaredApps declared, Map<String, GitApp> before) throws IOException {
      texts(declared.revision(), declared.completeness().name());
      out.writeInt(declared.refused().size());
      texts(declared.refused().toArray(String[]::new));
      List<Diagnostic> problems = declared.problems().stream().limit(MAX_PROBLEMS).toList();
      out.writeInt(problems.size());
      for (Diagnostic problem : problems) {
        texts(problem.severity().name(), problem.problem().name());
        at(problem.at());
        texts(problem.message(), problem.help());
      }
      out.writeInt(declared.apps().size());
      for (GitApp app : declared.apps().values()) {
        texts(app.name());
        boolean same = before.get(app.name()) == app;
        out.writeBoolean(same);
        if (!same) {
          app(app);
        }
      }
    }

    private void app(GitApp app) throws IOException {
      at(app.at());
      texts(app.spec(), app.suspend(), app.hold());
      pairs(app.labels());
      pairs(app.annotations());
      out.writeInt(app.contents().size());
      for (FileContent.Kept kept : app.contents()) {
        texts(kept.digest().hex(), kept.object());
        out.writeInt(kept.bytes());
      }
    }

    private void at(Location at) throws IOException {
      texts(at.file());
      out.writeInt(at.line());
      out.writeInt(at.column());
    }

    private void pairs(SortedMap<String, String> pairs) throws IOException {
      out.writeInt(pairs.size());
      for (var pair : pairs.entrySet()) {
        texts(pair.getKey(), pair.getValue());
      }
    }

    void send(DataOutputStream to, long job) throws IOException {
      to.writeInt(bytes.size() + HEADER);
      to.writeLong(job);
      bytes.writeTo(to);
      to.flush();
    }
  }

  /** A frame that is read. */
  private static final class Frame {
    private final DataInputStream in;
    private final long job;

    Frame(DataInputStream stream) throws IOException {
      int length = stream.readInt();
      if (length < HEADER || length > MAX_BYTES) {
        throw new IOException("a frame of " + length + " bytes");
      }
      byte[] bytes = stream.readNBytes(length);
      if (bytes.length < length) {
        throw new EOFException();
      }
      in = new DataInputStream(new ByteArrayInputStream(bytes));
      job = in.readLong();
    }

    String text() throws IOException {
      return new String(in.readNBytes(count(1)), UTF_8);
    }

    /** So many things follow, of which each takes at least so many bytes. */
    private int count(int bytes) throws IOException {
      int count = in.readInt();
      if (count < 0 || (long) count * bytes > in.available()) {
        throw new IOException("more than the frame holds");
      }
      return count;
    }

    void end() throws IOException {
      if (in.available() > 0) {
        throw new IOException("more than the fields of the frame");
      }
    }

    Look.Failed failed() throws IOException {
      Reason reason = Reason.valueOf(text());
      String message = text();
      boolean stalled = in.readBoolean();
      return new Look.Failed(reason, stalled, message, Duration.ofMillis(in.readLong()));
    }

    DeclaredApps declared(Map<String, GitApp> before) throws IOException {
      String revision = text();
      var completeness = PruneGuard.Source.valueOf(text());
      SortedSet<String> refused = new TreeSet<>();
      for (int i = count(Integer.BYTES); i > 0; i--) {
        refused.add(text());
      }
      var problems = new ArrayList<Diagnostic>();
      for (int i = count(6 * Integer.BYTES); i > 0; i--) {
        var severity = Diagnostic.Severity.valueOf(text());
        var problem = Problem.valueOf(text());
        Location at = at();
        problems.add(new Diagnostic(severity, problem, at, text(), text()));
      }
      SortedMap<String, GitApp> apps = new TreeMap<>();
      for (int i = count(Integer.BYTES + 1); i > 0; i--) {
        String name = text();
        apps.put(name, in.readBoolean() ? known(before, name) : app(name));
      }
      return new DeclaredApps(revision, apps, refused, completeness, problems);
    }

    private static GitApp known(Map<String, GitApp> before, String name) throws IOException {
      return Optional.ofNullable(before.get(name))
          .orElseThrow(() -> new IOException("an app that was not sent before"));
    }

    private GitApp app(String name) throws IOException {
      Location at = at();
      String spec = text();
      String suspend = text();
      String hold = text();
      SortedMap<String, String> labels = pairs();
      SortedMap<String, String> annotations = pairs();
      var contents = new HashSet<FileContent.Kept>();
      for (int i = count(3 * Integer.BYTES); i > 0; i--) {
        String digest = text();
        String object = text();
        contents.add(new FileContent.Kept(new Sha256(digest), in.readInt(), object));
      }
      return GitApp.of(name, at, spec, suspend, hold, labels, annotations, contents);
    }

    private Location at() throws IOException {
      return new Location(text(), in.readInt(), in.readInt());
    }

    private SortedMap<String, String> pairs() throws IOException {
      SortedMap<String, String> pairs = new TreeMap<>();
      for (int i = count(2 * Integer.BYTES); i > 0; i--) {
        pairs.put(text(), text());
      }
      return pairs;
    }
  }
}
