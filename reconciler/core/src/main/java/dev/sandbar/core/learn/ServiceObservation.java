package dev.sandbar.core.learn;

import dev.sandbar.core.bind.BindingException;
import dev.sandbar.core.bind.NodeBinder;
import dev.sandbar.core.convert.UnitFile;
import dev.sandbar.core.convert.UnitLines;
import dev.sandbar.core.learn.LearnedAdoption.ServiceLines;
import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.Diagnostic;
import dev.sandbar.core.model.Location;
import dev.sandbar.core.model.Node;
import dev.sandbar.core.model.Problem;
import dev.sandbar.core.model.SpecReader;
import dev.sandbar.core.model.UnitName;
import dev.sandbar.core.property.Effective.Setting;
import java.time.Instant;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * What a service of one device was seen to do, and what else its spec takes: a document that is
 * read where the device is not. Whoever has written it may have written anything.
 *
 * @param device its name
 * @param start when the watching began, by the clock of the device
 * @param seconds that it was watched for
 * @param processes at most at once
 * @param fromStart whether it was restarted and watched from there on
 * @param blind why its system calls were not seen; empty if they were
 */
public record ServiceObservation(
    String apiVersion,
    String kind,
    String device,
    UnitName unit,
    Instant start,
    long seconds,
    int processes,
    boolean fromStart,
    String blind,
    Service service,
    List<Use> uses) {

  public static final String KIND = "ServiceObservation";

  /** So many different things are all that is remembered of a service. */
  public static final int MOST_USES = 20_000;

  /** The longest reason why system calls were not seen, in characters. */
  public static final int LONGEST_REASON = 1024;

  /** Ten years: longer than anybody waits, and short enough to add them up. */
  private static final long MOST_SECONDS = 315_360_000;

  private static final int NEWEST_SYSTEMD = 9999;

  /** As a host name, or the name of an object of Kubernetes. */
  private static final Pattern DEVICE = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,252}");

  private static final Pattern CONTROL = Pattern.compile("\\p{Cntrl}");

  private static final String SAVE = "save one on a device: sandbar learn SERVICE --save FILE";

  public ServiceObservation {
    if (!isDeviceName(device)) {
      throw new IllegalArgumentException(
          "the name of a device is letters, digits, dots, - and _, at most 253");
    }
    if (!unit.isService()) {
      throw new IllegalArgumentException(unit + " is no service");
    }
    if (seconds < 0 || seconds > MOST_SECONDS || processes < 0) {
      throw new IllegalArgumentException(
          "nothing is watched for so long, or has so many processes");
    }
    if (uses.size() > MOST_USES || blind.length() > LONGEST_REASON) {
      throw new IllegalArgumentException("more is in it than is remembered of a service");
    }
    uses = List.copyOf(uses);
  }

  /** An observation as this version writes it. */
  public static ServiceObservation of(
      String device,
      UnitName unit,
      Instant start,
      long seconds,
      int processes,
      boolean fromStart,
      String blind,
      Service service,
      List<Use> uses) {
    return new ServiceObservation(
        SpecReader.API_VERSION,
        KIND,
        device,
        unit,
        start,
        seconds,
        processes,
        fromStart,
        blind,
        service,
        uses);
  }

  /** Whether a device can have this name. */
  public static boolean isDeviceName(String text) {
    return DEVICE.matcher(text).matches();
  }

  /** What the service is on the device. */
  public sealed interface Service {

    /**
     * A unit of the device.
     *
     * @param files texts of its file and of its drop-ins, in the order in which systemd reads them
     * @param variables of the files that it takes its environment from, as far as they were asked
     *     for
     * @param systemdVersion major version
     * @param stayed its process
     * @param unenforced directives of the files that the device does not enforce for an app
     * @param unreadable files of its settings that not everybody may read
     */
    record Unit(
        List<String> files,
        SortedMap<String, String> variables,
        int systemdVersion,
        Stayed stayed,
        List<String> unenforced,
        List<String> unreadable)
        implements Service {
      /** One of which nobody has looked at the process. */
      public Unit(List<String> files, SortedMap<String, String> variables, int systemdVersion) {
        this(files, variables, systemdVersion, Stayed.UNSEEN, List.of(), List.of());
      }

      public Unit {
        unenforced = List.copyOf(unenforced);
        unreadable = List.copyOf(unreadable);
        files = List.copyOf(files);
        variables = Collections.unmodifiableSortedMap(new TreeMap<>(variables));
        requireVersion(systemdVersion);
      }

      /** The whole of it as one file. */
      UnitFile file() {
        return UnitFile.read(files);
      }
    }

    /**
     * A unit of the device that an app confines where it is.
     *
     * @param files as of a unit, without the drop-in of the app
     */
    record Confined(AppName app, List<String> files, int systemdVersion) implements Service {
      public Confined {
        files = List.copyOf(files);
        requireVersion(systemdVersion);
      }
    }

    /**
     * An app that runs a program of its own.
     *
     * @param manifest of the version that is on the device
     */
    record App(Node manifest) implements Service {
      public App {
        manifest = placeless(manifest);
      }
    }
  }

  private static void requireVersion(int systemd) {
    if (systemd < 1 || systemd > NEWEST_SYSTEMD) {
      throw new IllegalArgumentException("there is no systemd " + systemd);
    }
  }

  /** The lines of the files of a service, as its own. */
  static ServiceLines lines(List<String> files, int systemdVersion) {
    return new ServiceLines(
        files.stream()
            .flatMap(text -> UnitLines.read(text).settings().stream())
            .filter(line -> line.section().equals("Service"))
            .map(line -> new Setting(line.name(), line.value()))
            .toList(),
        systemdVersion);
  }

  /** Equal documents are equal wherever they stand. */
  private static Node placeless(Node node) {
    return switch (node) {
      case Node.Scalar(_, var kind, var text) -> new Node.Scalar(Location.NOWHERE, kind, text);
      case Node.Sequence(_, var items) ->
          Node.list(items.stream().map(ServiceObservation::placeless).toList());
      case Node.Mapping(_, var entries) ->
          Node.mapping(
              entries.stream().map(it -> Node.entry(it.key(), placeless(it.value()))).toList());
    };
  }

  /** The same service, that did something else. */
  ServiceObservation with(List<Use> others) {
    return new ServiceObservation(
        apiVersion,
        kind,
        device,
        unit,
        start,
        seconds,
        processes,
        fromStart,
        blind,
        service,
        others);
  }

  /** The document. */
  public Node write() {
    return NodeBinder.write(this);
  }

  /** What reading a document comes to. */
  public sealed interface Reading {

    /** It is one. */
    record Read(ServiceObservation observation) implements Reading {}

    /** It is none, for this. */
    record Refused(Diagnostic error) implements Reading {}
  }

  /** Reads a document that anybody may have written. */
  public static Reading read(Node document) {
    if (!is(document, "kind", KIND)) {
      return refused(
          Problem.UNKNOWN_KIND, document.at(), "this is no saved observation of a service", SAVE);
    }
    if (!is(document, "apiVersion", SpecReader.API_VERSION)) {
      return refused(
          Problem.UNKNOWN_KIND,
          document.at(),
          "another version of sandbar has saved this",
          "combine with the version that the devices have");
    }
    try {
      var observation = NodeBinder.readExact(ServiceObservation.class, document);
      return control(Node.list(List.of(field(document, "uses"), field(document, "blind"))))
          .map(
              at ->
                  refused(
                      Problem.UNSAFE_TEXT,
                      at,
                      "a control character is in what the service did",
                      "sandbar writes none; " + SAVE))
          .orElseGet(() -> new Reading.Read(observation));
    } catch (BindingException e) {
      return refused(
          Problem.INVALID_VALUE,
          e.at(),
          e.path().isEmpty() ? e.problem() : e.path() + ": " + e.problem(),
          "files of other versions, or changed by hand, are not read; " + SAVE);
    }
  }

  private static Reading refused(Problem problem, Location at, String what, String help) {
    return new Reading.Refused(Diagnostic.error(problem, at, what, help));
  }

  private static boolean is(Node document, String key, String text) {
    return field(document, key) instanceof Node.Scalar(_, var kind, var found)
        && kind == Node.Kind.TEXT
        && found.equals(text);
  }

  private static Node field(Node document, String key) {
    return document.fields().getOrDefault(key, Node.mapping(List.of()));
  }

  /** Where the first control character is. */
  private static Optional<Location> control(Node node) {
    return switch (node) {
      case Node.Scalar(var at, _, var text) ->
          Optional.of(at).filter(_ -> CONTROL.matcher(text).find());
      case Node.Sequence(_, var items) -> first(items);
      case Node.Mapping mapping -> first(mapping.fields().values());
    };
  }

  private static Optional<Location> first(Collection<Node> nodes) {
    return nodes.stream().map(ServiceObservation::control).flatMap(Optional::stream).findFirst();
  }
}
