package dev.sandbar.crds.v1alpha1;

import com.fasterxml.jackson.annotation.JsonClassDescription;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What has changed. */
@JsonClassDescription("What has changed, and what the operator has seen last.")
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record FleetHistorySpec(
    @Size(max = FleetHistorySpec.MAX_STORED) @JsonPropertyDescription("The changes, newest last. The oldest go when there are too many.")
        List<Entry> entries,
    @Size(max = FleetHistorySpec.MAX_OBJECTS) @JsonPropertyDescription(
            "Each app, device and repository as the operator has seen it last, for the operator"
                + " alone; what differs from it is a change.")
        List<@Size(max = FleetHistorySpec.MAX_LINE) String> seen,
    @JsonPropertyDescription(
            "How many apps, devices and repositories there is no room for; their changes are not"
                + " recorded.")
        @Nullable Integer omitted) {
  /** Most changes that are kept. */
  public static final int MAX_ENTRIES = 500;

  /** The same with those of tokens that the operator has not counted yet. */
  private static final int MAX_STORED = MAX_ENTRIES + 100;

  /** Most objects of which changes are recorded. */
  public static final int MAX_OBJECTS = 20_000;

  /** Most names of one change. */
  public static final int MAX_NAMES = 100;

  /** The longest line of what was seen. */
  public static final int MAX_LINE = 1_024;

  /** The longest message. */
  public static final int MAX_MESSAGE = 300;

  /** The longest of the other texts. */
  public static final int MAX_TEXT = 256;

  private static final int MAX_TIME = 40;

  public FleetHistorySpec {
    entries = Absent.asEmpty(entries);
    seen = Absent.asEmpty(seen);
  }

  /** One change, of one object or of several at once. */
  @JsonInclude(JsonInclude.Include.NON_EMPTY)
  public record Entry(
      @Required
          @Size(max = MAX_TIME) @JsonPropertyDescription(
              "When the operator found it, by its clock; of a token, when it was made or revoked.")
          String time,
      @Required
          @Size(max = MAX_TEXT) @JsonPropertyDescription("AppSandbox, Device, GitSource or Token.")
          String kind,
      @Size(max = MAX_NAMES) @JsonPropertyDescription(
              "Whose change it is: names of objects that changed in the same way at once.")
          List<@Size(max = MAX_TEXT) String> names,
      @JsonPropertyDescription("How many more objects there were than names.")
          @Nullable Integer more,
      @Required
          @Size(max = MAX_TEXT) @JsonPropertyDescription(
              "Created, SpecChanged, LabelsChanged, Removed, RolledOut, Enrolled, Revoked, or the"
                  + " reason for which an app is Stalled, such as RolledBack.")
          String change,
      @Size(max = MAX_TEXT) @JsonPropertyDescription(
              "The user, as the API server authenticated them. Absent where the cluster does not"
                  + " record users, and where nobody knows.")
          @Nullable String user,
      @Size(max = MAX_TEXT) @JsonPropertyDescription(
              "The field manager of the spec, as managedFields names it. Its writer has chosen that"
                  + " name.")
          @Nullable String manager,
      @Size(max = MAX_TEXT) @JsonPropertyDescription("The commit that it comes from, where a GitSource wrote it.")
          @Nullable String revision,
      @Size(max = MAX_MESSAGE) @JsonPropertyDescription(
              "What else is known: the message of the condition, or what began and ended.")
          @Nullable String message) {
    public Entry {
      names = Absent.asEmpty(names);
    }
  }
}
