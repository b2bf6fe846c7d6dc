package dev.sandbar.core.plan;

import dev.sandbar.core.compile.CompiledApp;
import dev.sandbar.core.compile.KernelExpectation.CgroupProgram;
import dev.sandbar.core.compile.PortSocket;
import dev.sandbar.core.model.UnitName;
import dev.sandbar.core.property.Canonical;
import dev.sandbar.core.property.DirectiveTable;
import dev.sandbar.core.property.Raw;
import dev.sandbar.core.property.Value;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * The sockets that systemd opens for an app. They are in other units than the app's, and what
 * systemd says of the app is silent about them.
 */
final class PortSocketLayer {

  private static final List<CgroupProgram> FILTERS =
      List.of(CgroupProgram.INGRESS, CgroupProgram.EGRESS);

  private PortSocketLayer() {}

  static void compare(
      CompiledApp desired, Observation seen, int systemdVersion, List<Difference> out) {
    for (PortSocket socket : PortSocket.of(desired.spec())) {
      UnitName unit = socket.unit();
      ObservedUnit observed = seen.unit(unit);
      var found = new ArrayList<Difference>();
      FileLayer.compare(unit, socket.text(), observed, found);
      boolean loaded = ManagerLayer.compareLoading(unit, observed, found);
      for (Difference it : found) {
        String what = it.subject().toString();
        var subject = new Subject.SideUnit(unit, what, fix(it.subject(), observed));
        out.add(new Difference(desired.unit(), subject, it.declared(), it.observed()));
      }
      if (loaded) {
        state(desired, unit, seen, out);
        port(desired, socket, observed, out);
        filter(desired, socket, observed, systemdVersion, out);
      }
    }
  }

  private static Fix fix(Subject subject, ObservedUnit observed) {
    return SideUnitDrift.isCorrected(subject, observed) ? Fix.RESTART : Fix.OWNER;
  }

  /** Of an app that is down it is as down: nothing needs it. */
  private static void state(
      CompiledApp desired, UnitName unit, Observation seen, List<Difference> out) {
    ObservedUnit observed = seen.unit(unit);
    boolean runs = !seen.unit(desired.unit()).processes().isEmpty();
    if (runs && !StateLayer.isUp(observed.loaded())) {
      out.add(differs(desired, unit, "ActiveState", "active", observed.loaded().activeState()));
    }
  }

  /** Where it is open, which no reload changes. */
  private static void port(
      CompiledApp desired, PortSocket socket, ObservedUnit observed, List<Difference> out) {
    if (!(observed.properties().get("Listen") instanceof Raw.Array(List<Raw> all))) {
      return;
    }
    String declared = "Stream " + socket.port().range().first();
    String found =
        all.stream().map(PortSocketLayer::shown).sorted().collect(Collectors.joining(", "));
    if (!found.equals(declared)) {
      out.add(
          differs(desired, socket.unit(), "Listen", declared, found.isEmpty() ? "(none)" : found));
    }
  }

  /** A port of every address of the device, by its number alone. */
  private static String shown(Raw listening) {
    return listening instanceof Raw.Tuple(List<Raw> fields)
            && fields.size() == 2
            && fields.getFirst() instanceof Raw.Str(String type)
            && fields.getLast() instanceof Raw.Str(String address)
        ? type + " " + address.replaceFirst("^(0[.]0[.]0[.]0|\\[::\\]):", "")
        : "unknown";
  }

  private static void filter(
      CompiledApp desired,
      PortSocket socket,
      ObservedUnit observed,
      int systemdVersion,
      List<Difference> out) {
    list(desired, socket, observed, systemdVersion, "IPAddressAllow", socket.clients(), out);
    list(
        desired,
        socket,
        observed,
        systemdVersion,
        "IPAddressDeny",
        List.of("0.0.0.0/0", "::/0"),
        out);
    if (!observed.loaded().activeState().equals("active")
        || observed.cgroupPrograms().equals(ObservedUnit.UNKNOWN_PROGRAMS)) {
      return;
    }
    for (CgroupProgram program : FILTERS) {
      if (!observed.cgroupPrograms().contains(program.name())) {
        out.add(differs(desired, socket.unit(), "BPF " + program, "attached", "missing"));
      }
    }
  }

  private static void list(
      CompiledApp desired,
      PortSocket socket,
      ObservedUnit observed,
      int systemdVersion,
      String directive,
      List<String> declared,
      List<Difference> out) {
    var wanted = new TreeSet<>(declared);
    TreeSet<String> found =
        DirectiveTable.find(directive)
            .flatMap(it -> Canonical.of(it, observed.properties(), systemdVersion))
            .filter(Value.Names.class::isInstance)
            .map(it -> new TreeSet<>(((Value.Names) it).names()))
            .orElseGet(TreeSet::new);
    if (!found.equals(wanted)) {
      out.add(
          differs(
              desired,
              socket.unit(),
              directive,
              String.join(" ", wanted),
              found.isEmpty() ? "(none)" : String.join(" ", found)));
    }
  }

  private static Difference differs(
      CompiledApp desired, UnitName unit, String what, String declared, String observed) {
    return new Difference(
        desired.unit(), new Subject.SideUnit(unit, what, Fix.RESTART), declared, observed);
  }
}
