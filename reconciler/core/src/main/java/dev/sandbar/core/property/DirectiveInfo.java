package dev.sandbar.core.property;

import dev.sandbar.core.property.DirectiveOverride.Accepted;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What is known of one directive: the only place that says it.
 *
 * @param name as in a unit file
 * @param manual page that has the whole story
 * @param section {@code Service}, {@code Unit} or {@code Install}
 * @param properties the D-Bus properties that show it, the most precise first; older versions of
 *     systemd lack some of them. None if systemd adds to it, so that it is not compared
 * @param syntax how its text and its D-Bus value become a {@link Value}
 * @param fallback what holds when a unit does not say it, as unit text; {@link #VARIES} if that
 *     depends on the machine or on the manager's own configuration
 * @param since first version of systemd that has it; 0 if all supported ones do
 * @param meaning what it does, one sentence
 * @param hold what makes it hold
 * @param override what {@code directives:} of a spec may do with it
 * @param steps the words that it takes, from the weakest to the strongest, where no {@link
 *     DirectiveOverride.Ladder} has them; empty if it takes others
 * @param ignorable whether a rule of {@code drift.ignore} may name it: it limits, schedules or
 *     restarts what runs, and is neither part of the sandbox nor of what is run
 * @param empty what systemd makes of it without a value
 */
public record DirectiveInfo(
    String name,
    String manual,
    String section,
    List<String> properties,
    Syntax syntax,
    String fallback,
    int since,
    String meaning,
    Hold hold,
    DirectiveOverride override,
    List<String> steps,
    boolean ignorable,
    EmptyAssignment empty) {

  /** A fallback that is not the same on all devices: only compared when the spec names it. */
  public static final String VARIES = "?";

  /** No row may keep it: each says what to use instead. */
  static final String UNUSED = "";

  private static final Set<Syntax> IN_RUN =
      Set.of(Syntax.CREDENTIALS, Syntax.SET_CREDENTIALS, Syntax.IMPORTS);

  private static final Set<String> MANUALS_OF_RUN = Set.of("systemd.service(5)", "systemd.kill(5)");

  public DirectiveInfo {
    properties = List.copyOf(properties);
    steps = List.copyOf(steps);
  }

  /**
   * How a directive comes to hold.
   *
   * @param feature name of the {@code compile.Feature} without which systemd silently does not
   *     apply it, or not all of it; empty if it always holds
   * @param evidence what the kernel shows of a process whose unit has it, on every version
   * @param live whether SetUnitProperties changes it in a running unit
   * @param inherited whether a slice hands it down to the units in it
   * @param kernelName what the kernel calls it, where that is not said by the evidence alone: a
   *     line of {@code /proc/PID/limits}, or a file of the cgroup; empty if it is
   * @param sandbox whether it bears on what the processes may do, so that it is compared even when
   *     the spec never named it
   */
  public record Hold(
      String feature,
      Set<Evidence> evidence,
      String kernelName,
      boolean live,
      boolean inherited,
      boolean sandbox) {

    static final Hold PLAIN = new Hold("", Set.of(), "", false, false, true);

    public Hold {
      // In the order in which they are declared.
      var inOrder = EnumSet.noneOf(Evidence.class);
      inOrder.addAll(evidence);
      evidence = Collections.unmodifiableSet(inOrder);
    }
  }

  /** What a directive is about. */
  public enum Role {
    /** What processes may do, and how much of the device they may use. */
    SANDBOX,
    /** What is run, with what input and environment, when and for how long. */
    RUN,
    /** A directory of its own, which systemd makes and hands over to the user of the unit. */
    DIRECTORY
  }

  /** The feature it needs; empty if it always holds. */
  public Optional<String> requiredFeature() {
    return hold.feature().isEmpty() ? Optional.empty() : Optional.of(hold.feature());
  }

  /** What shows that it holds; none if nothing does that another process can read. */
  public Set<Evidence> evidence() {
    return hold.evidence().isEmpty() && !hold.sandbox() && !properties.isEmpty()
        ? Set.of(Evidence.MANAGER)
        : hold.evidence();
  }

  /** Whether SetUnitProperties changes it in a running unit. */
  public boolean liveSettable() {
    return hold.live();
  }

  /** Whether it bears on what the processes may do. */
  public boolean sandbox() {
    return hold.sandbox();
  }

  /** Whether this version of systemd has it. */
  public boolean existsIn(int systemdVersion) {
    return systemdVersion >= since;
  }

  /** What it is about, to a unit that runs another program in the same sandbox. */
  public Role role() {
    if (syntax == Syntax.DIRECTORIES) {
      return Role.DIRECTORY;
    }
    return IN_RUN.contains(syntax) || MANUALS_OF_RUN.contains(manual) || DirectiveTable.ofRun(name)
        ? Role.RUN
        : Role.SANDBOX;
  }

  boolean varies() {
    return fallback.equals(VARIES);
  }

  static DirectiveInfo exec(String name, Syntax syntax, String fallback, int since) {
    return row(name, "systemd.exec(5)", "Service", syntax, fallback, since);
  }

  static DirectiveInfo control(String name, Syntax syntax, String fallback, int since) {
    return row(name, "systemd.resource-control(5)", "Service", syntax, fallback, since);
  }

  static DirectiveInfo service(String name, Syntax syntax, String fallback, int since) {
    return row(name, "systemd.service(5)", "Service", syntax, fallback, since);
  }

  static DirectiveInfo kill(String name, Syntax syntax, String fallback, int since) {
    return row(name, "systemd.kill(5)", "Service", syntax, fallback, since);
  }

  static DirectiveInfo unit(String name, Syntax syntax, String fallback, int since) {
    return row(name, "systemd.unit(5)", "Unit", syntax, fallback, since);
  }

  static DirectiveInfo install(String name, Syntax syntax, String fallback, int since) {
    return row(name, "systemd.unit(5)", "Install", syntax, fallback, since);
  }

  private static DirectiveInfo row(
      String name, String manual, String section, Syntax syntax, String fallback, int since) {
    var refused = new DirectiveOverride.Refused(UNUSED);
    return new DirectiveInfo(
        name,
        manual,
        section,
        List.of(name),
        syntax,
        fallback,
        since,
        "",
        Hold.PLAIN,
        refused,
        List.of(),
        false,
        EmptyAssignment.usual(name, section, syntax));
  }

  DirectiveInfo means(String sentence) {
    return new DirectiveInfo(
        name,
        manual,
        section,
        properties,
        syntax,
        fallback,
        since,
        sentence,
        hold,
        override,
        steps,
        ignorable,
        empty);
  }

  DirectiveInfo onBus(String... names) {
    return new DirectiveInfo(
        name,
        manual,
        section,
        List.of(names),
        syntax,
        fallback,
        since,
        meaning,
        hold,
        override,
        steps,
        ignorable,
        empty);
  }

  /** Systemd adds to it, so that nothing can be compared. */
  DirectiveInfo unread() {
    return onBus().ordinary();
  }

  DirectiveInfo live() {
    return with(
        new Hold(
            hold.feature(),
            hold.evidence(),
            hold.kernelName(),
            true,
            hold.inherited(),
            hold.sandbox()));
  }

  DirectiveInfo inherited() {
    return with(
        new Hold(
            hold.feature(), hold.evidence(), hold.kernelName(), hold.live(), true, hold.sandbox()));
  }

  DirectiveInfo needs(String feature) {
    return with(
        new Hold(
            feature,
            hold.evidence(),
            hold.kernelName(),
            hold.live(),
            hold.inherited(),
            hold.sandbox()));
  }

  DirectiveInfo shows(Evidence... evidence) {
    return with(
        new Hold(
            hold.feature(),
            Set.of(evidence),
            hold.kernelName(),
            hold.live(),
            hold.inherited(),
            hold.sandbox()));
  }

  /** A limit of each process. */
  DirectiveInfo limit(String line) {
    return shows(Evidence.LIMITS).called(line);
  }

  /** A limit of the cgroup. */
  DirectiveInfo file(String name) {
    return shows(Evidence.CGROUP_FILES).called(name);
  }

  private DirectiveInfo called(String name) {
    return with(
        new Hold(
            hold.feature(), hold.evidence(), name, hold.live(), hold.inherited(), hold.sandbox()));
  }

  DirectiveInfo ordinary() {
    return with(
        new Hold(
            hold.feature(),
            hold.evidence(),
            hold.kernelName(),
            hold.live(),
            hold.inherited(),
            false));
  }

  DirectiveInfo takes(Accepted closed, Accepted open) {
    return with(new DirectiveOverride.Setting(closed, open));
  }

  DirectiveInfo takes(Accepted both) {
    return takes(both, both);
  }

  /** In closed mode it is refused with the help that stands there already. */
  DirectiveInfo openly(Accepted open) {
    return override instanceof DirectiveOverride.Refused(var help)
        ? with(new DirectiveOverride.OpenOnly(open, help))
        : this;
  }

  DirectiveInfo toggle(String instead) {
    return with(new DirectiveOverride.Switch(instead));
  }

  DirectiveInfo toggle() {
    return toggle("remove the line, or use mode: Open");
  }

  DirectiveInfo ladder(DirectiveOverride.Ladder words) {
    return with(words);
  }

  /** From the weakest word to the strongest. */
  DirectiveInfo steps(String... words) {
    return new DirectiveInfo(
        name,
        manual,
        section,
        properties,
        syntax,
        fallback,
        since,
        meaning,
        hold,
        override,
        List.of(words),
        ignorable,
        empty);
  }

  DirectiveInfo list() {
    return with(new DirectiveOverride.Filter());
  }

  DirectiveInfo instead(String help) {
    return with(new DirectiveOverride.Refused(help));
  }

  /** A device may be tuned by hand in it, where the spec says so. */
  DirectiveInfo tunable() {
    return new DirectiveInfo(
        name,
        manual,
        section,
        properties,
        syntax,
        fallback,
        since,
        meaning,
        hold,
        override,
        steps,
        true,
        empty);
  }

  /** Where that is not as with most of its syntax. */
  DirectiveInfo empty(EmptyAssignment other) {
    return new DirectiveInfo(
        name,
        manual,
        section,
        properties,
        syntax,
        fallback,
        since,
        meaning,
        hold,
        override,
        steps,
        ignorable,
        other);
  }

  private DirectiveInfo with(Hold other) {
    return new DirectiveInfo(
        name,
        manual,
        section,
        properties,
        syntax,
        fallback,
        since,
        meaning,
        other,
        override,
        steps,
        ignorable,
        empty);
  }

  private DirectiveInfo with(DirectiveOverride other) {
    return new DirectiveInfo(
        name,
        manual,
        section,
        properties,
        syntax,
        fallback,
        since,
        meaning,
        hold,
        other,
        steps,
        ignorable,
        empty);
  }
}
